"""What an applicant should know: what can be asked of an item, what similar grants gave, how long answers take."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.kernel.actor import Actor
from zhengtong.office import deadlines, identity
from zhengtong.sharing.agreements import rules, schemas
from zhengtong.sharing.agreements.queries import naming, packs, refs, wording
from zhengtong.sharing.agreements.rules import Status
from zhengtong.sharing.agreements.tables import Agreement, AgreementTerms, Application

LIVE = (Status.IN_FORCE, Status.SUSPENDED)
ANSWERS_LOOKED_AT = 50


def offer(session: Session, one: catalogue.Item, department_id: UUID) -> schemas.Offer:
    """What can be asked of an item."""
    grants = granted_alike(session, one.id, purposes=None, but=department_id)
    place = naming.departments(session, [one.department_id])[one.department_id]
    days, verified = _limit(session, one)
    return schemas.Offer(
        item=refs.item(one),
        provider=refs.party(place),
        share_condition=one.share_condition,
        fields=[_offered(field, grants) for field in catalogue.fields_of(session, one.id)],
        similar=grants.count,
        held=held(session, one.id, department_id),
        systems=[
            schemas.PartySystem(id=each.id, name=each.name, name_en=each.name_en or each.name)
            for each in naming.own_systems(session, department_id)
        ],
        purposes=[_purpose(code, told) for code, told in packs.pack("purposes")["purposes"].items()],
        own=one.department_id == department_id,
        answer_days=days,
        answer_usual_days=_usual_days(session, one.id),
        answer_verified=verified,
    )


def hints_out(
    session: Session, terms: rules.Terms, one: catalogue.Item, department_id: UUID, *, but: UUID | None = None
) -> list[schemas.HintOut]:
    """The platform's advice on what is asked of an item. `but`: the agreement that is being changed."""
    fields = catalogue.fields_of(session, one.id)
    known = rules.ItemKnown(
        share_type=one.share_type,
        labels={field.name: naming.field_words(field.name, field.name_zh) for field in fields},
        levels={field.name: field.level.value for field in fields},
        alike=granted_alike(session, one.id, purposes=terms.purposes, but=department_id),
        held=held(session, one.id, department_id, but=but),
    )
    found = rules.hints(terms, one.id.hex, known)
    return [
        schemas.HintOut(code=each.code, tone=each.tone, words=refs.both(each.words), field=each.field) for each in found
    ]


def preview(session: Session, actor: Actor, sent: schemas.ApplicationIn, *, now: datetime) -> schemas.PreviewOut:
    """What the contract would allow, before anything is kept."""
    terms = wording.terms_of(session, sent.terms)
    one = catalogue.get_item(session, sent.item_id)
    body = wording.own_body(session, actor)
    asked = Application(
        item_id=one.id, department_id=body, provider_id=one.department_id, basis=sent.basis, scene=sent.scene
    )
    found = wording.faults(session, terms, asked, now=now)
    return schemas.PreviewOut(
        level=terms.level,
        sentences=refs.sentences(terms, naming.names(session, terms, body)),
        hints=hints_out(session, terms, one, body),
        faults=[schemas.FaultOut(field=each.name, zh=each.zh, en=each.en) for each in found],
    )


def granted_alike(session: Session, item_id: UUID, *, purposes: Iterable[str] | None, but: UUID) -> rules.Grants:
    """How the item was granted to others: for one of the purposes, or for any."""
    found = (
        select(AgreementTerms.terms)
        .join(Agreement, Agreement.id == AgreementTerms.agreement_id)
        .where(Agreement.item_id == item_id, Agreement.status.in_(LIVE), Agreement.department_id != but)
        .where(AgreementTerms.number == Agreement.in_force)
    )
    wanted = None if purposes is None else set(purposes)
    count, fields = 0, defaultdict[str, Counter[str]](Counter)
    for terms in session.scalars(found):
        if wanted is not None and not wanted & set(terms["purposes"]):
            continue
        count += 1
        for name, mask in terms["fields"].get(item_id.hex, {}).items():
            fields[name][mask] += 1
    return rules.Grants(count, fields)


def held(session: Session, item_id: UUID, department_id: UUID, *, but: UUID | None = None) -> list[str]:
    """The numbers of the live agreements that the department has on the item."""
    found = select(Agreement.number).where(
        Agreement.item_id == item_id, Agreement.department_id == department_id, Agreement.status.in_(LIVE)
    )
    if but:
        found = found.where(Agreement.id != but)
    return list(session.scalars(found.order_by(Agreement.number)))


def _offered(field: catalogue.Field, grants: rules.Grants) -> schemas.OfferedField:
    used = grants.fields.get(field.name, {})
    return schemas.OfferedField(
        name=field.name,
        name_zh=field.name_zh,
        level=field.level.value,
        is_key=field.is_key,
        meaning=field.meaning,
        used=sum(used.values()),
        advice=max(used, key=lambda one: used[one]) if used else "",
    )


def _purpose(code: str, told: dict[str, object]) -> schemas.PurposeOut:
    shown = packs.disclosure(code)["show"]
    return schemas.PurposeOut(
        code=code, zh=str(told["zh"]), en=str(told["en"]), case=bool(told["case"]), disclosure=shown
    )


def _limit(session: Session, one: catalogue.Item) -> tuple[int | None, bool]:
    """The law's limit of the answer, in working days, and whether it was checked against its article."""
    clocks = packs.course().clocks
    rule = clocks["unconditional" if one.share_type == "unconditional" else "conditional"]
    known = deadlines.rulebook(session)
    standing = next((each for each in known if each.rule.id == rule), None)
    return (standing.rule.limit, standing.rule.verified) if standing else (None, False)


def _usual_days(session: Session, item_id: UUID) -> float | None:
    """How many working days answers about this item took of late, on average."""
    found = (
        select(Application.submitted_at, Application.answered_at)
        .where(
            Application.item_id == item_id, Application.answered_at.is_not(None), Application.submitted_at.is_not(None)
        )
        .order_by(Application.answered_at.desc())
        .limit(ANSWERS_LOOKED_AT)
    )
    known = deadlines.calendar(session)
    took = [
        days
        for start, end in session.execute(found)
        if start and end and (days := _between(known, start, end)) is not None
    ]
    return round(sum(took) / len(took), 1) if took else None


def _between(known: deadlines.rules.WorkCalendar, start: datetime, end: datetime) -> int | None:
    first, last = identity.law_day(start), identity.law_day(end)
    if not all(known.knows(year) for year in range(first.year, last.year + 1)):
        return None
    return known.between(first, last)
