"""Service accounts and their keys; and the door at which they open sessions."""

from uuid import UUID

from fastapi import Request
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import PUBLIC, Given
from zhengtong.office.identity.actions import service_accounts as actions
from zhengtong.office.identity.permissions.sign_in import CHANGE_SERVICE_ACCOUNTS, READ_SERVICE_ACCOUNTS
from zhengtong.office.identity.queries import service_accounts as queries
from zhengtong.office.identity.routes import browser
from zhengtong.office.identity.routes.room import routes
from zhengtong.office.identity.schemas import service_accounts as schemas
from zhengtong.office.identity.schemas.departments import DepartmentRef
from zhengtong.office.identity.settings import IdentitySettings
from zhengtong.office.identity.tables.organisation import System
from zhengtong.office.identity.tables.service_accounts import SystemKey


@routes.get("/service-accounts", needs=READ_SERVICE_ACCOUNTS)
def list_service_accounts(session: Session, actor: Actor, page: web.PageArgs) -> web.Page[schemas.ServiceAccountOut]:
    """The service accounts one may see."""
    return web.paginate(
        session,
        queries.find_systems(actor, words=page.q),
        page,
        sort={"name": System.name, "created_at": System.created_at},
        key=System.id,
        item=lambda system: _out(session, actor, system),
    )


@routes.post("/service-accounts", needs=CHANGE_SERVICE_ACCOUNTS, status=201)
def add_service_account(session: Session, actor: Actor, body: schemas.NewServiceAccount) -> schemas.ServiceAccountOut:
    """Register a department's system as a service account."""
    system = actions.add_system(
        session,
        actor,
        name=body.name,
        department_id=body.department_id,
        purpose=body.purpose,
        contact_id=body.contact_id,
        grants=_granted(body.grants),
        now=clock.now(),
    )
    return _out(session, actor, system)


@routes.get("/service-accounts/{system_id}", needs=READ_SERVICE_ACCOUNTS)
def read_service_account(session: Session, actor: Actor, system_id: UUID) -> schemas.ServiceAccountOut:
    """One service account."""
    return _out(session, actor, queries.get_system(session, actor, system_id))


@routes.patch("/service-accounts/{system_id}", needs=CHANGE_SERVICE_ACCOUNTS)
def change_service_account(
    session: Session, actor: Actor, system_id: UUID, body: schemas.ServiceAccountEdit
) -> schemas.ServiceAccountOut:
    """Change a service account."""
    system = queries.get_system(session, actor, system_id)
    web.check_version(system.version, str(body.version))
    actions.change_system(
        session,
        actor,
        system,
        name=body.name,
        purpose=body.purpose,
        grants=None if body.grants is None else _granted(body.grants),
        now=clock.now(),
    )
    return _out(session, actor, system)


@routes.post("/service-accounts/{system_id}/stop", needs=CHANGE_SERVICE_ACCOUNTS)
def stop_service_account(
    session: Session, actor: Actor, system_id: UUID, body: schemas.Stop
) -> schemas.ServiceAccountOut:
    """Stop a service account for good."""
    system = queries.get_system(session, actor, system_id)
    actions.stop_system(session, actor, system, reason=body.reason, now=clock.now())
    return _out(session, actor, system)


@routes.post("/service-accounts/{system_id}/keys", needs=CHANGE_SERVICE_ACCOUNTS, status=201)
def add_service_key(
    session: Session, actor: Actor, system_id: UUID, crypto: Given[Crypto], body: schemas.NewKey
) -> schemas.KeyOut:
    """Register a public key."""
    system = queries.get_system(session, actor, system_id)
    key = actions.add_key(
        session,
        actor,
        system,
        crypto,
        public_key=body.public_key,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
        now=clock.now(),
    )
    return _key(key)


@routes.post("/service-accounts/{system_id}/keys/{key_id}/revoke", needs=CHANGE_SERVICE_ACCOUNTS)
def revoke_service_key(
    session: Session, actor: Actor, system_id: UUID, key_id: UUID, body: schemas.Stop
) -> schemas.KeyOut:
    """Revoke a key; the sessions it opened end."""
    system = queries.get_system(session, actor, system_id)
    key = queries.key_of(session, system.id, key_id)
    actions.revoke_key(session, actor, system, key, reason=body.reason, now=clock.now())
    return _key(key)


@routes.post("/service-sessions", needs=PUBLIC)
def open_service_session(
    session: Session,
    request: Request,
    settings: Given[Settings],
    crypto: Given[Crypto],
    keyring: Given[Keyring],
    body: schemas.ServiceSignIn,
) -> schemas.ServiceSession:
    """Open a session with an SM2 signature."""
    opened = actions.open_session(
        session,
        actions.Opening(body.system, body.key, body.time, body.nonce, body.signature),
        crypto,
        keyring,
        origin=browser.relying_party(settings).origin,
        address=request.client.host if request.client else "",
        lasts=settings.of(IdentitySettings).service_session,
        now=clock.now(),
    )
    return schemas.ServiceSession(session=opened.session_id, sealed_key=opened.sealed_key.hex(), ends_at=opened.ends_at)


def _granted(grants: list[schemas.GrantView]) -> list[actions.Granted]:
    return [actions.Granted(grant.permission, grant.scope) for grant in grants]


def _key(key: SystemKey) -> schemas.KeyOut:
    facts = {name: getattr(key, name) for name in schemas.KeyOut.model_fields if name != "state"}
    return schemas.KeyOut(**facts, state=queries.state_of(key, clock.now()))


def _out(session: Session, actor: Actor, system: System) -> schemas.ServiceAccountOut:
    may = system.active and actor.may(CHANGE_SERVICE_ACCOUNTS, system.department_id)
    return schemas.ServiceAccountOut(
        id=system.id,
        version=system.version,
        name=system.name,
        department=DepartmentRef.of(queries.department_of(session, system)),
        purpose=system.purpose,
        contact_id=system.contact_id,
        active=system.active,
        created_at=system.created_at,
        last_used_at=queries.last_used_at(session, system.id),
        keys=[_key(key) for key in queries.keys_of(session, system.id)],
        grants=[
            schemas.GrantView(permission=g.permission, scope=g.scope) for g in queries.grants_of(session, system.id)
        ],
        abilities={"change": may, "add_key": may, "stop": may},
    )
