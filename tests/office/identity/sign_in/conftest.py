"""A city with a few people, its whole front door over the test's database, and a clock that the test turns."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pyotp
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from starlette.middleware import Middleware

from zhengtong import engines
from zhengtong.engines.crypto import Crypto, CryptoSettings, Keyring
from zhengtong.kernel import clock, events, settings, web
from zhengtong.kernel.actor import EVERYWHERE, Actor, Permission, require
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.wake import Wake
from zhengtong.office.identity.actions import factors, hashing, links, passwords
from zhengtong.office.identity.actions.founding import found_city
from zhengtong.office.identity.permissions import organisation as organisation_permissions
from zhengtong.office.identity.permissions import sign_in as sign_in_permissions
from zhengtong.office.identity.queries import calls
from zhengtong.office.identity.queries.actors import actor_of
from zhengtong.office.identity.queries.departments import root_department
from zhengtong.office.identity.routes import routes
from zhengtong.office.identity.settings import IdentitySettings
from zhengtong.office.identity.tables import organisation

ORIGIN = "http://localhost:8600"
PASSWORD = "茶马古道上的第七匹白马在笑"
PERMISSIONS = (*organisation_permissions.ORGANISATION_PERMISSIONS, *sign_in_permissions.SIGN_IN_PERMISSIONS)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SENSITIVE = Permission("test.sensitive", "敏感操作", "A sensitive action", step_up=True)

hashed = cache(hashing.hashed)  # made to be slow
probe = web.Routes("probe", group="office")


@probe.get("/probe", needs=web.SIGNED_IN)
def read_probe(actor: Actor) -> dict[str, str | None]:
    """Who I am taken for."""
    return {
        "subject": str(actor.subject),
        "post": str(actor.post) if actor.post else None,
        "acting_for": str(actor.acting_for) if actor.acting_for else None,
        "grants": " ".join(sorted(actor.grants)),
        "department": str(actor.department) if actor.department else None,
    }


@probe.post("/probe", needs=web.SIGNED_IN)
def write_probe(actor: Actor, body: dict[str, str]) -> dict[str, str]:
    """What was sent, and by whom."""
    return {**body, "kind": actor.kind}


@probe.post("/sensitive", needs=web.SIGNED_IN)
def be_sensitive(actor: Actor) -> None:
    """Something that asks for the second factor again."""
    permitted = Actor(
        subject=actor.subject,
        kind=actor.kind,
        name=actor.name,
        second_factor_at=actor.second_factor_at,
        grants={SENSITIVE.name: EVERYWHERE},
    )
    require(permitted, SENSITIVE, now=clock.now())


@dataclass
class City:
    """The front door, and what a test needs to know behind it."""

    database: Database
    settings: settings.Settings
    crypto: Crypto
    keyring: Keyring
    app: Any
    portal: Any
    now: datetime
    clients: ExitStack = field(default_factory=ExitStack)

    def tick(self, **span: float) -> None:
        self.now += timedelta(**span)

    def browser(self, address: str = "10.0.0.1", agent: str = FIREFOX) -> TestClient:
        """A fresh browser at an address."""
        headers = {"user-agent": agent, "accept-language": "en"}
        client = TestClient(
            self.app, base_url=ORIGIN, client=(address, 50_000), headers=headers, raise_server_exceptions=False
        )
        client.portal = self.portal
        return client

    def add_person(self, login: str, name: str, *roles: str, department: UUID | None = None) -> UUID:
        """A member of staff with one post."""
        with self.database.write() as session:
            root = root_department(session)
            assert root
            person = organisation.Person(id=new_id(), login=login, name=name, created_at=self.now)
            session.add(person)
            session.flush()
            post = organisation.Post(
                id=new_id(),
                person_id=person.id,
                department_id=department or root.id,
                title="科员",
                from_on=self.now.date() - timedelta(days=30),
            )
            post.roles = [organisation.PostRole(role=role) for role in roles]
            session.add(post)
            session.info["topics"].add("identity")
            return person.id

    def enrol(self, person_id: UUID, password: str = PASSWORD) -> pyotp.TOTP:
        """Give a person a password and a code generator."""
        with self.database.write() as session:
            person = session.get_one(organisation.Person, person_id)
            actor = Actor(subject=person.id, kind="person", name=person.name)
            passwords.set_password(session, actor, person, hashed(password), now=self.now)
            made = factors.begin_totp(session, person, self.keyring, issuer="t", account=person.login, now=self.now)
            totp = pyotp.TOTP(made.secret.replace(" ", ""))
            before = totp.at(self.now - timedelta(seconds=30))
            factors.confirm_totp(session, actor, person, before, self.keyring, now=self.now)
            return totp

    def sign_in(self, login: str, totp: pyotp.TOTP, password: str = PASSWORD, **where: str) -> TestClient:
        """A browser fully signed in, by password and code."""
        self.tick(seconds=31)
        client = self.browser(**where)
        first = client.post("/api/v1/sign-in/password", json={"login": login, "password": password})
        assert first.status_code == 200, first.text
        second = client.post("/api/v1/sign-in/totp", json={"code": totp.at(self.now)})
        assert second.status_code == 200, second.text
        assert second.json()["stage"] == "full"
        return client

    def link(self, person_id: UUID | None) -> str:
        """The token of a one-time link."""
        with self.database.write() as session:
            return links.make_link(session, person_id, now=self.now).token

    def audited(self, action: str) -> list[Audit]:
        with self.database.read() as session:
            return list(session.scalars(select(Audit).where(Audit.action == action).order_by(Audit.seq)))

    def announced(self, kind: str) -> list[dict[str, Any]]:
        with self.database.read() as session:
            rows = session.scalars(select(events.EventRow).where(events.EventRow.type == f"identity.{kind}@1"))
            return [row.payload for row in rows]


@pytest.fixture
def make_city(database: Database, tmp_path: Path, now: datetime, portal: Any) -> Iterator[Callable[..., City]]:
    made = ExitStack()

    def make(**identity: Any) -> City:
        chosen = settings.load(
            {"identity": IdentitySettings, "crypto": CryptoSettings},
            file=tmp_path / "none.toml",
            environment={},
            given={
                "kernel": {"data": tmp_path / "data"},
                "identity": identity,
                "crypto": {"root_key": tmp_path / "keys" / "root.key"},
            },
        )
        crypto = engines.open_crypto(chosen.of(CryptoSettings))
        keyring = engines.open_keyring(chosen, crypto)
        wake = Wake(database)
        givens = {settings.Settings: chosen, Crypto: crypto, Keyring: keyring, Wake: wake, Database: database}
        site = web.Site(database=database, wake=wake, sign_in=actor_of, givens=givens)
        app = web.make_app(
            site,
            [routes.router, probe.router],
            title="t",
            version="0",
            static=tmp_path / "static",
            secure=False,
            middleware=[Middleware(calls.BodyDigest)],
        )
        city = City(database, chosen, crypto, keyring, app, portal, now)
        made.enter_context(clock.running(lambda: city.now))
        with database.write() as session:
            found_city(session, name_zh="云溪市", name_en="Yunxi", permissions=PERMISSIONS, now=now)
        return city

    with made:
        yield make


@pytest.fixture
def city(make_city: Callable[..., City]) -> City:
    return make_city()


@pytest.fixture
def shen(city: City) -> tuple[UUID, pyotp.TOTP]:
    """沈若川, an officer with a password and a code generator."""
    person = city.add_person("shenruochuan", "沈若川", "officer")
    return person, city.enrol(person)
