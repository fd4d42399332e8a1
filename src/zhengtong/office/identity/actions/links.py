"""One-time links: by which new staff, those whose factors were reset, and the first administrator set up their accounts."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from zhengtong.kernel.db import new_id
from zhengtong.office.identity.actions import sessions
from zhengtong.office.identity.actions.sessions import Issued
from zhengtong.office.identity.errors import sign_in as errors
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.queries.departments import root_department
from zhengtong.office.identity.rules import sessions as rules
from zhengtong.office.identity.rules.sessions import Caller, Method
from zhengtong.office.identity.tables import organisation
from zhengtong.office.identity.tables import sign_in as tables

LASTS = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link as it is handed over, once; only its digest is kept."""

    token: str = field(repr=False)
    page: str
    ends_at: datetime

    def address(self, public_url: str) -> str:
        """The address to open. The token stands in the fragment, which browsers send to no server and write to no log."""
        return f"{public_url.rstrip('/')}/{self.page}#{self.token}"


def make_link(session: Session, subject_id: UUID | None, *, now: datetime, lasts: timedelta = LASTS) -> Link:
    """This will make a link to set up an account (None: the first administrator's); earlier ones of the same die."""
    row = tables.OneTimeLink
    mine = row.subject_id == subject_id if subject_id else row.subject_id.is_(None)
    session.execute(update(row).where(mine, row.used_at.is_(None)).values(used_at=now))
    token = sessions.new_token()
    kept = tables.OneTimeLink(
        id=new_id(), subject_id=subject_id, token_hash=rules.token_hash(token), made_at=now, ends_at=now + lasts
    )
    session.add(kept)
    session.flush()
    return Link(token, "enrol" if subject_id else "first-administrator", kept.ends_at)


def first_administrator_link(session: Session, *, now: datetime) -> Link | None:
    """A link by which the first administrator of an empty city signs up; None once there is an administrator."""
    root_department(session, lock=True)
    return None if queries.has_administrator(session) else make_link(session, None, now=now)


def redeem_link(session: Session, token: str, caller: Caller, *, limits: rules.Limits, now: datetime) -> Issued:
    """This will begin the set-up of the account the link is for. The link stays good until the set-up is done.

    Raises LinkUsedOrExpired.
    """
    link = queries.live_link(session, token, now=now)
    subject = session.get(organisation.Subject, link.subject_id) if link and link.subject_id else None
    if subject is None or not subject.active:
        raise errors.LinkUsedOrExpired()
    sessions.end_all(session, subject.id, now=now)
    return sessions.begin(session, subject, caller, method=Method.LINK, limits=limits, now=now)


def check_first(session: Session, token: str, *, now: datetime) -> tables.OneTimeLink:
    """The first administrator's link. Raises LinkUsedOrExpired, CityNotEmpty."""
    link = queries.live_link(session, token, now=now)
    if link is None or link.subject_id is not None:
        raise errors.LinkUsedOrExpired()
    if queries.has_administrator(session):
        raise errors.CityNotEmpty()
    return link
