"""What a page is told about the session it runs in."""

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import STEP_UP_LASTS, Actor
from zhengtong.kernel.settings import Settings
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.queries.actors import grants_in
from zhengtong.office.identity.queries.grants import Posting, postings_of
from zhengtong.office.identity.rules import organisation as days
from zhengtong.office.identity.rules import sessions as rules
from zhengtong.office.identity.rules.sessions import Stage
from zhengtong.office.identity.schemas import sign_in as schemas
from zhengtong.office.identity.schemas.departments import DepartmentRef
from zhengtong.office.identity.settings import IdentitySettings
from zhengtong.office.identity.tables import organisation
from zhengtong.office.identity.tables import sign_in as tables


def nobody(settings: Settings) -> schemas.SessionState:
    """The state of a browser that nobody has signed in with."""
    kernel = settings.kernel
    return schemas.SessionState(
        stage=Stage.NONE,
        idle_s=int(settings.of(IdentitySettings).idle.total_seconds()),
        demo=kernel.demo,
        city=schemas.CityView(zh=kernel.city, en=kernel.city_en),
    )


def state_of(
    session: Session,
    row: tables.LoginSession,
    subject: organisation.Subject,
    settings: Settings,
    *,
    now: datetime,
) -> schemas.SessionState:
    """The state of a session, as a page needs it."""
    account = queries.account(session, subject)
    left = queries.recovery_codes_left(session, subject.id)
    idle = settings.of(IdentitySettings).idle
    limits = queries.limits(settings.of(IdentitySettings))
    shown = row.second_factor_at is not None
    state = nobody(settings)
    state.stage = row.stage
    state.factors = _factors(account, left)
    state.set_up = rules.missing(account, second_factor_shown=shown) if row.stage == Stage.SET_UP else []
    state.subject = schemas.SubjectView(
        id=subject.id, kind=subject.kind, name=subject.name, login=queries.login_of(subject)
    )
    state.language = queries.language_of(session, subject.id)
    state.ends_at = row.ends_at
    if row.stage != Stage.FULL:
        state.idle_ends_at = row.last_seen_at + limits.unfinished
        return state
    state.idle_ends_at = min(row.last_seen_at + idle, row.ends_at)
    state.second_factor_at = row.second_factor_at
    state.stepped_up_until = row.second_factor_at + STEP_UP_LASTS if row.second_factor_at else None
    state.recovery_codes_left = left
    _add_posts(session, state, row, subject, now=now)
    return state


def _add_posts(
    session: Session,
    state: schemas.SessionState,
    row: tables.LoginSession,
    subject: organisation.Subject,
    *,
    now: datetime,
) -> None:
    postings = postings_of(session, subject.id, on=days.law_day(now)) if subject.kind == "person" else []
    chosen = queries.chosen_posting(row, postings)
    grants = grants_in(session, subject, postings, chosen, on=days.law_day(now))
    state.permissions = sorted(grants)
    state.city_wide = sorted(name for name, scope in grants.items() if scope.everywhere)
    state.posts = [_post_view(posting) for posting in postings]
    state.post = _post_view(chosen) if chosen else None


def account_out(session: Session, subject: organisation.Subject) -> schemas.AccountOut:
    """One's own account, as its page needs it."""
    password = session.get(tables.Password, subject.id)
    totp = queries.totp_of(session, subject.id)
    passkeys = queries.passkeys_of(session, subject.id)
    external = session.scalars(
        select(tables.ExternalAccount).where(tables.ExternalAccount.subject_id == subject.id)
    ).all()
    is_staff = subject.kind == "person"
    return schemas.AccountOut(
        login=queries.login_of(subject),
        name=subject.name,
        password=schemas.PasswordView(set=password is not None, changed_at=password.changed_at if password else None),
        totp=schemas.TotpView(added_at=totp.added_at) if totp else None,
        passkeys=[schemas.PasskeyOut.of(passkey) for passkey in passkeys],
        recovery_codes_left=queries.recovery_codes_left(session, subject.id),
        external=[schemas.ExternalView(issuer=one.issuer, linked_at=one.linked_at) for one in external],
        abilities={
            "change_password": password is not None,
            "remove_totp": totp is not None and (bool(passkeys) or not is_staff),
            "remove_passkey": len(passkeys) > 1
            or (bool(passkeys) and password is not None and (totp is not None or not is_staff)),
            "unlink_external": bool(external) and (password is not None or bool(passkeys) or len(external) > 1),
        },
    )


def session_out(row: tables.LoginSession, actor: Actor) -> schemas.SessionOut:
    """One of one's sessions, with its device in words."""
    device = rules.device(row.user_agent)
    return schemas.SessionOut(
        id=row.id,
        current=row.id == actor.session,
        device=schemas.DeviceView(words_zh=device.zh, words_en=device.en),
        address=row.address,
        method=row.method,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        ends_at=row.ends_at,
    )


def _factors(account: rules.Account, left: int) -> list[Literal["totp", "passkey", "recovery"]]:
    found: list[Literal["totp", "passkey", "recovery"]] = []
    if account.has_passkey:
        found.append("passkey")
    if account.has_totp:
        found.append("totp")
    if left and account.has_second_factor:
        found.append("recovery")
    return found


def _post_view(posting: Posting) -> schemas.PostView:
    acting = None
    if posting.acting:
        acting = schemas.ActingView(id=posting.acting, for_name=posting.post.person.name, until=posting.until)
    return schemas.PostView(
        id=posting.post.id,
        title=posting.post.title,
        department=DepartmentRef.of(posting.post.department),
        acting=acting,
    )
