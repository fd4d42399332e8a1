"""Applications as they go out: in a list, and one with everything."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.kernel.errors import Words
from zhengtong.sharing.agreements import rules, schemas
from zhengtong.sharing.agreements.permissions import Desk, application_abilities
from zhengtong.sharing.agreements.queries import hinting, naming, packs, refs, wording
from zhengtong.sharing.agreements.tables import Agreement, Application

_NEXT = {
    "applicant": Words("等申请部门", "the applicant"),
    "office": Words("等本部门共享工作机构核对", "the own sharing office"),
    "provider": Words("等数据提供部门", "the provider"),
    "both": Words("等双方签署", "both sides sign"),
    "nobody": Words("已办结", "done"),
}


def application_lines(
    session: Session, found: Iterable[Application], *, now: datetime
) -> list[schemas.ApplicationLine]:
    """Applications in a list."""
    rows = list(found)
    places = refs.parties(session, [each for one in rows for each in (one.department_id, one.provider_id)])
    clocks = refs.clocks(session, [one.clock_id for one in rows], now=now)
    numbers = _numbers(session, [one.agreement_id for one in rows])
    return [_line(one, places, clocks, numbers) for one in rows]


def application_out(session: Session, desk: Desk, one: Application, *, now: datetime) -> schemas.ApplicationOut:
    """One application with everything."""
    (line,) = application_lines(session, [one], now=now)
    course = packs.course()
    whose_turn = course.states[one.state].next
    terms = rules.Terms.of(one.granted or one.terms)
    names = naming.names(session, terms, one.department_id)
    return schemas.ApplicationOut(
        **line.model_dump(),
        version=one.version,
        basis=one.basis,
        scene=one.scene,
        responsible_id=one.responsible_id,
        responsible_name=one.responsible_name,
        terms=one.terms,
        granted=one.granted,
        level=terms.level,
        reasons=one.reasons,
        named=_named(names, one.item_id),
        sentences=refs.sentences(terms, names),
        hints=_hints(session, one) if whose_turn != "nobody" else [],
        refusal_basis=one.refusal_basis,
        refusal_law=one.refusal_law,
        checklist=packs.points(personal=wording.is_personal(session, terms), by="provider"),
        next=refs.both(_NEXT[whose_turn]),
        deeds=refs.deeds(session, one.id),
        abilities=application_abilities(desk, course, one, wording.done(session, one.id)),
    )


def _hints(session: Session, one: Application) -> list[schemas.HintOut]:
    return hinting.hints_out(session, rules.Terms.of(one.terms), one.item, one.department_id, but=one.agreement_id)


def _named(names: rules.Names, item_id: UUID) -> dict[str, schemas.BothWords]:
    told = {**names.fields.get(item_id.hex, {}), **names.persons, **names.posts}
    return {key: refs.both(words) for key, words in told.items()}


def _line(
    one: Application,
    places: dict[UUID, schemas.PartyRef],
    clocks: dict[UUID, schemas.DutyClock],
    numbers: dict[UUID, str],
) -> schemas.ApplicationLine:
    known, terms = packs.course().states[one.state], one.granted or one.terms
    return schemas.ApplicationLine(
        id=one.id,
        number=one.number,
        kind=one.kind,
        state=one.state,
        code=known.code,
        label=refs.both(known.label),
        item=refs.item(one.item),
        department=places[one.department_id],
        provider=places[one.provider_id],
        unconditional=one.unconditional,
        purposes=refs.purposes(terms),
        fields=sum(len(masks) for masks in terms["fields"].values()),
        created_by=one.created_by_name,
        created_at=one.created_at,
        changed_at=one.changed_at,
        agreement_id=one.agreement_id,
        agreement_number=numbers.get(one.agreement_id) if one.agreement_id else None,
        clock=clocks.get(one.clock_id) if one.clock_id else None,
    )


def _numbers(session: Session, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    wanted = {one for one in ids if one}
    if not wanted:
        return {}
    rows = session.execute(select(Agreement.id, Agreement.number).where(Agreement.id.in_(wanted)))
    return dict(rows.all())
