"""Disputes, wishes, and what each department supplies and asks for, as they go out."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.kernel.errors import Words
from zhengtong.office import deadlines
from zhengtong.sharing.agreements import rules, schemas
from zhengtong.sharing.agreements.permissions import ANSWER, SUPERVISE, Desk
from zhengtong.sharing.agreements.queries import naming, packs, refs
from zhengtong.sharing.agreements.rules import Status, Step
from zhengtong.sharing.agreements.tables import Agreement, Application, Dispute, Wish

LATE = (deadlines.Status.OVERDUE, deadlines.Status.MET_LATE)


def dispute_abilities(desk: Desk, one: Dispute) -> dict[str, bool]:
    """What the actor can do with a dispute as it stands."""
    live = one.step is not Step.CLOSED
    party = desk.body in (one.department_id, one.against_id)
    bureau = desk.everywhere(SUPERVISE)
    settles = desk.body == one.department_id if one.step is Step.TALK else bureau
    return {
        "say": live and (party or bureau),
        "go_further": live and one.step in rules.NEXT_STEP and (party or bureau),
        "settle": live and settles,
    }


def dispute_lines(session: Session, found: Iterable[Dispute], *, now: datetime) -> list[schemas.DisputeLine]:
    """Disputes in a list."""
    rows = list(found)
    places = refs.parties(session, [each for one in rows for each in (one.department_id, one.against_id)])
    clocks = refs.clocks(session, [one.clock_id for one in rows], now=now)
    about = _numbers(session, rows)
    return [
        schemas.DisputeLine(
            id=one.id,
            number=one.number,
            title=one.title,
            step=one.step,
            label=refs.both(rules.STEP_WORDS[one.step]),
            department=places[one.department_id],
            against=places[one.against_id],
            application_id=one.application_id,
            agreement_id=one.agreement_id,
            about=about.get(one.application_id or one.agreement_id, ""),  # type: ignore[arg-type]
            opened_at=one.opened_at,
            closed_at=one.closed_at,
            outcome=one.outcome,
            clock=clocks.get(one.clock_id) if one.clock_id else None,
        )
        for one in rows
    ]


def dispute_out(session: Session, desk: Desk, one: Dispute, *, now: datetime) -> schemas.DisputeOut:
    """One dispute with what was said."""
    (line,) = dispute_lines(session, [one], now=now)
    deeds, able = refs.deeds(session, one.id), dispute_abilities(desk, one)
    return schemas.DisputeOut(**line.model_dump(), version=one.version, deeds=deeds, abilities=able)


def wish_abilities(desk: Desk, one: Wish) -> dict[str, bool]:
    """What the actor can do with a wish as it stands."""
    towards = one.provider_id is not None and desk.covers(ANSWER, one.provider_id)
    return {"answer": one.state in ("open", "accepted") and (towards or desk.everywhere(SUPERVISE))}


def wishes_out(session: Session, desk: Desk, found: Iterable[Wish]) -> list[schemas.WishOut]:
    """Wishes in a list."""
    rows = list(found)
    places = refs.parties(session, [each for one in rows for each in (one.department_id, one.provider_id)])
    wanted = [one.item_id for one in rows if one.item_id]
    items = {one.id: one for one in session.scalars(select(catalogue.Item).where(catalogue.Item.id.in_(wanted)))}
    return [
        schemas.WishOut(
            id=one.id,
            number=one.number,
            title=one.title,
            wanted=one.wanted,
            purpose=refs.both(packs.purposes().get(one.purpose, Words(one.purpose, one.purpose))),
            state=one.state,
            answer=one.answer,
            department=places[one.department_id],
            provider=places.get(one.provider_id) if one.provider_id else None,
            item=refs.item(items[one.item_id]) if one.item_id in items else None,
            created_by=one.created_by_name,
            created_at=one.created_at,
            changed_at=one.changed_at,
            abilities=wish_abilities(desk, one),
        )
        for one in rows
    ]


def supply(session: Session) -> list[schemas.SupplyLine]:
    """By department: what it lists by share type, what it provides and uses, what it was asked and answered late."""
    counts: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    live = catalogue.Item.state.in_(catalogue.State.live())
    listed = select(catalogue.Item.department_id, catalogue.Item.share_type, func.count()).where(live)
    for place, kind, many in session.execute(listed.group_by(catalogue.Item.department_id, catalogue.Item.share_type)):
        counts[place][kind] += many
    held = Agreement.status.in_((Status.IN_FORCE, Status.SUSPENDED))
    for name, column in (("provides", Agreement.provider_id), ("uses", Agreement.department_id)):
        for place, many in session.execute(select(column, func.count()).where(held).group_by(column)):
            counts[place][name] += many
    asked = select(Application.provider_id, func.count()).where(Application.submitted_at.is_not(None))
    for place, many in session.execute(asked.group_by(Application.provider_id)):
        counts[place]["asked"] += many
    clock = deadlines.Clock
    late = select(clock.department_id, func.count()).where(
        clock.about_kind == "agreements.application", clock.status.in_(LATE), clock.rule.like("sharing.answer%")
    )
    for whose, many in session.execute(late.group_by(clock.department_id)):
        if whose:
            counts[whose]["answered_late"] += many
    places = naming.departments(session, counts)
    names = ("unconditional", "conditional", "refused", "provides", "uses", "asked", "answered_late")
    lines = [
        schemas.SupplyLine(department=refs.party(places[key]), **{name: told[name] for name in names})
        for key, told in counts.items()
        if key in places
    ]
    return sorted(
        lines, key=lambda one: (-one.provides - one.uses, -one.conditional - one.unconditional, one.department.name_zh)
    )


def _numbers(session: Session, rows: list[Dispute]) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for model, ids in (
        (Application, [one.application_id for one in rows if one.application_id]),
        (Agreement, [one.agreement_id for one in rows if one.agreement_id]),
    ):
        if ids:
            found |= dict(session.execute(select(model.id, model.number).where(model.id.in_(ids))).all())
    return found
