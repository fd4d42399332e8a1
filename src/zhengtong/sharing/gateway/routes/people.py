"""谁查了我的数据, and the questions that follow; the same for a portal, in the shape of the Estonian data tracker."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from sqlalchemy.orm import Session

from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import audit, clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.web import Given
from zhengtong.sharing.gateway import schemas
from zhengtong.sharing.gateway.actions import doubting
from zhengtong.sharing.gateway.permissions import ANSWER, FIND_USAGE, TRACE
from zhengtong.sharing.gateway.queries import uses
from zhengtong.sharing.gateway.routes.room import routes, share
from zhengtong.sharing.gateway.tables import Doubt

Before = Annotated[int | None, Query(ge=1)]
Code = Annotated[str, Query(min_length=8, max_length=20)]
State = Annotated[Literal["open", "answered"] | None, Query()]


@routes.get("/share/mine", needs=web.SIGNED_IN)
def read_my_uses(session: Session, actor: Actor, keyring: Given[Keyring], before: Before = None) -> schemas.UsagePage:
    """Who looked at my data, when, for what, which fields; with how many are not yet listed, and why."""
    person = uses.person_of(session, actor, keyring)
    return uses.uses_page(session, person, now=clock.now(), before=before)


@routes.post("/share/mine/{receipt_id}/doubts", needs=web.SIGNED_IN, status=201)
def raise_doubt(
    session: Session, actor: Actor, receipt_id: UUID, body: schemas.DoubtIn, keyring: Given[Keyring]
) -> schemas.DoubtOut:
    """Ask about a use of my data, or object to it."""
    person = uses.person_of(session, actor, keyring)
    return doubting.raise_doubt(session, actor, person, receipt_id, body, now=clock.now())


@routes.post("/share/traces", needs=TRACE)
def trace_person(
    session: Session, actor: Actor, body: schemas.TraceIn, keyring: Given[Keyring], before: Before = None
) -> schemas.UsagePage:
    """Find a person's uses for them, at a service desk; who asked and why is audited."""
    person = uses.person_by_number(session, body.number, keyring)
    found = uses.uses_page(session, person, now=clock.now(), before=before)
    thing = doubting.Traced(person.id, person.name)
    audit.record(session, actor, "gateway.traced", thing, after={"reason": body.reason, "uses": found.total})
    return found


@routes.get("/share/doubts", needs=ANSWER)
def list_doubts(session: Session, actor: Actor, page: web.PageArgs, state: State = None) -> web.Page[schemas.DoubtOut]:
    """Questions and objections asked of one's department."""
    return web.paginate(
        session,
        doubting.visible_doubts(actor, state=state),
        page,
        sort={"-asked": Doubt.asked_at, "number": Doubt.number},
        key=Doubt.id,
        item=lambda one: doubting.doubt_line(session, actor, one),
    )


@routes.post("/share/doubts/{doubt_id}/answer", needs=ANSWER)
def answer_doubt(session: Session, actor: Actor, doubt_id: UUID, body: schemas.DoubtAnswerIn) -> schemas.DoubtOut:
    """Answer a question or objection."""
    doubt = doubting.get_doubt(session, actor, doubt_id)
    return doubting.answer_doubt(session, actor, doubt, body, now=clock.now())


@share.get("/tracker/findUsage", needs=FIND_USAGE)
def find_usage(
    session: Session,
    actor: Actor,
    keyring: Given[Keyring],
    userCode: Code,
    periodStart: Annotated[datetime | None, Query()] = None,
    periodEnd: Annotated[datetime | None, Query()] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> schemas.FindUsage:
    """A person's uses, for the portal of residents."""
    person = uses.person_by_number(session, userCode, keyring)
    begin, end = (one if one is None or one.tzinfo else None for one in (periodStart, periodEnd))
    return uses.find_usage(session, person, begin=begin, end=end, offset=offset, limit=limit, now=clock.now())


@share.get("/tracker/usagePeriod", needs=FIND_USAGE)
def usage_period(session: Session, actor: Actor) -> schemas.UsagePeriod:
    """From when to when uses are known."""
    return uses.usage_period(session)


@share.get("/tracker/heartbeat", needs=web.PUBLIC)
def heartbeat() -> schemas.Heartbeat:
    """That the tracker answers."""
    return schemas.Heartbeat()
