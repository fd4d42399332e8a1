"""谁查了我的数据: a person's or firm's uses, found by their own key beside the ledger; never a value, and not yet what a purpose delays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.engines.crypto import Keyring, Purpose
from zhengtong.kernel.actor import Actor
from zhengtong.office import identity
from zhengtong.sharing import agreements, ledger
from zhengtong.sharing.gateway import errors, schemas
from zhengtong.sharing.gateway.queries.names import Names, names_of, purpose_words
from zhengtong.sharing.gateway.tables import Call, Doubt

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Person:
    """Whose uses: the name to show, and the blind indexes of the number (older ones too, while an index is being moved)."""

    id: UUID
    name: str
    tokens: tuple[str, ...]


def person_of(session: Session, actor: Actor, keyring: Keyring) -> Person:
    """The resident or firm that is signed in. Raises PersonUnknown."""
    found = session.get(identity.Subject, actor.subject)
    return _person(found, keyring)


def person_by_number(session: Session, number: str, keyring: Keyring) -> Person:
    """The resident or firm with this number; one who is not registered may have uses too."""
    text = number.strip().upper()
    tokens = keyring.blind_indexes(Purpose.SUBJECTS, text)
    if len(text) != 18:
        raise errors.PersonUnknown()
    found: identity.Subject | None = identity.resident_by_number(session, text, keyring)
    found = found or session.scalar(select(identity.Firm).where(identity.Firm.code == text))
    return Person(found.id if found else UUID(int=0), found.name if found else "", tokens)


def _person(found: identity.Subject | None, keyring: Keyring) -> Person:
    if isinstance(found, identity.Resident):
        number = identity.id_number_of(found, keyring)
        return Person(found.id, found.name, keyring.blind_indexes(Purpose.SUBJECTS, number.upper()))
    if isinstance(found, identity.Firm):
        return Person(found.id, found.name, keyring.blind_indexes(Purpose.SUBJECTS, found.code.upper()))
    raise errors.PersonUnknown()


def calls_about(session: Session, person: Person) -> list[Call]:
    """All served calls whose answers named the person, the newest first."""
    ids = sorted({one for token in person.tokens for one in ledger.uses_of(session, token)}, reverse=True)
    found: list[Call] = []
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        found += session.scalars(select(Call).where(Call.receipt_id.in_(part)))
    return sorted(found, key=lambda one: one.number, reverse=True)


def is_shown(call: Call, *, now: datetime) -> bool:
    """Whether the person sees this use now, by its purpose's rule."""
    rule = agreements.disclosure(call.purpose)
    if rule["show"] == "at_once":
        return True
    return rule["show"] == "delayed" and call.response_out + timedelta(days=int(rule["days"])) <= now


def uses_page(
    session: Session, person: Person, *, now: datetime, before: int | None = None, limit: int = 30
) -> schemas.UsagePage:
    """One page of the person's uses. `before`: the number of the call after which it goes on."""
    found = calls_about(session, person)
    shown = [one for one in found if is_shown(one, now=now)]
    hidden = [one for one in found if not is_shown(one, now=now)]
    rest = [one for one in shown if before is None or one.number < before]
    page = rest[:limit]
    withheld = [one for one in hidden if agreements.disclosure(one.purpose)["show"] == "withheld"]
    return schemas.UsagePage(
        name=person.name,
        total=len(found),
        items=use_lines(session, person, page, now=now),
        next=page[-1].number if len(rest) > limit else None,
        delayed=len(hidden) - len(withheld),
        withheld=len(withheld),
        not_listed=_not_listed(hidden),
        departments=len({one.consumer_id for one in found}),
        since=found[-1].response_out if found else None,
    )


def use_lines(session: Session, person: Person, calls: Sequence[Call], *, now: datetime) -> list[schemas.UsageLine]:
    """Uses in the words of a person who is no specialist."""
    names = names_of(
        session,
        departments=[one for call in calls for one in (call.consumer_id, call.provider_id)],
        subjects=[call.system_id for call in calls],
        items=[call.item_id for call in calls],
    )
    ids = [call.receipt_id for call in calls]
    mine = select(Doubt).where(Doubt.receipt_id.in_(ids), Doubt.subject_id == person.id).order_by(Doubt.asked_at)
    doubts = {one.receipt_id: one for one in session.scalars(mine)}
    labels: dict[UUID, Mapping[str, str]] = {}
    return [_line(session, call, names, doubts.get(call.receipt_id), labels) for call in calls]


def _line(
    session: Session, call: Call, names: Names, doubt: Doubt | None, labels: dict[UUID, Mapping[str, str]]
) -> schemas.UsageLine:
    zh, en = names.item(call.item_id)
    given = _given(session, call)
    if call.item_id and call.item_id not in labels:
        labels[call.item_id] = {one.name: one.name_zh for one in catalogue.fields_of(session, call.item_id)}
    known = labels.get(call.item_id, {}) if call.item_id else {}
    return schemas.UsageLine(
        receipt_id=call.receipt_id,
        index=call.index,
        at=call.response_out,
        department=names.place(call.consumer_id),
        provider=names.place(call.provider_id),
        system=names.subject(call.system_id),
        item_zh=zh,
        item_en=en,
        purpose=purpose_words(call.purpose),
        agreement=call.agreement,
        operation=call.operation,
        fields=[{"zh": known.get(name, name), "en": name} for name, _ in given],
        masked=[name for name, mask in given if mask != "full"],
        doubt=doubt_out(doubt, names) if doubt else None,
    )


def doubt_out(doubt: Doubt, names: Names, *, can_answer: bool = False) -> schemas.DoubtOut:
    """A question as its asker and the department see it."""
    told: dict[str, Any] = {name: getattr(doubt, name) for name in _DOUBT}
    abilities = {"answer": can_answer and doubt.state == "open"}
    return schemas.DoubtOut(**told, department=names.place(doubt.department_id), abilities=abilities)


_DOUBT = (
    "id",
    "number",
    "kind",
    "state",
    "receipt_id",
    "said",
    "answer",
    "outcome",
    "asked_at",
    "due_at",
    "answered_at",
)


def _given(session: Session, call: Call) -> list[tuple[str, str]]:
    """The fields that the receipt on the ledger says were given, with their masks."""
    kept = ledger.find(session, call.receipt_id)
    if kept is None:
        return []
    said = ledger.Entry.of(kept.entry).body.get("fields", [])
    return [(name, mask.partition(":")[0]) for name, _, mask in (str(one).partition(":") for one in said)]


def _not_listed(hidden: Sequence[Call]) -> list[schemas.Withheld]:
    counted: dict[str, int] = {}
    for call in hidden:
        counted[call.purpose] = counted.get(call.purpose, 0) + 1
    told = []
    for purpose, count in sorted(counted.items(), key=lambda one: -one[1]):
        rule = agreements.disclosure(purpose)
        words: Any = purpose_words(purpose)
        told.append(schemas.Withheld(count=count, purpose=words, days=rule.get("days"), basis=rule.get("basis")))
    return told


def find_usage(
    session: Session,
    person: Person,
    *,
    begin: datetime | None,
    end: datetime | None,
    offset: int,
    limit: int,
    now: datetime,
) -> schemas.FindUsage:
    """The same in the shape of the Estonian data tracker; only what may be shown now."""
    found = [one for one in calls_about(session, person) if is_shown(one, now=now)]
    found = [one for one in found if (not begin or one.response_out >= begin) and (not end or one.response_out < end)]
    page = found[offset : offset + limit]
    lines = use_lines(session, person, page, now=now)
    usages = [
        schemas.TrackedUsage(
            logtime=one.at,
            action=f"{one.purpose['zh']}：查询{one.item_zh}（{'、'.join(field['zh'] for field in one.fields)}）",
            receiverCode=one.department.id.hex if one.department else "",
            receiverName=one.department.name_zh if one.department else "",
            receiverSystem=one.system,
        )
        for one in lines
    ]
    return schemas.FindUsage(totalUsages=len(found), usages=usages)


def usage_period(session: Session) -> schemas.UsagePeriod:
    """From the first to the last call that is kept."""
    begin, end = session.execute(select(func.min(Call.response_out), func.max(Call.response_out))).one()
    return schemas.UsagePeriod(periodStart=begin, periodEnd=end)
