"""The shapes that several views share, read for many at once: departments, items, clocks, deeds."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.kernel.errors import Words
from zhengtong.office import deadlines, identity
from zhengtong.sharing import ledger
from zhengtong.sharing.agreements import rules, schemas
from zhengtong.sharing.agreements.queries import naming, packs
from zhengtong.sharing.agreements.tables import Deed

OWN_DEEDS = {
    "draft": Words("起草", "Drafted"),
    "propose": Words("拟定协议", "Agreement proposed"),
    "change": Words("拟定变更", "Change proposed"),
    "countersign": Words("签署", "Signed"),
    "in_force": Words("生效", "In force"),
    "suspend": Words("暂停", "Suspended"),
    "resume": Words("恢复", "Resumed"),
    "end": Words("终止", "Ended"),
    "correct": Words("提出校核", "Correction asked"),
    "open": Words("提出争议", "Dispute opened"),
    "say": Words("补充意见", "Said"),
    "go_further": Words("升级处理", "Taken further"),
    "settle": Words("了结", "Settled"),
    "wish": Words("提出需求", "Wished"),
    "accepted": Words("将编目", "To be listed"),
    "listed": Words("已在目录", "Listed"),
    "declined": Words("不能提供", "Declined"),
}


def both(words: Words) -> schemas.BothWords:
    """Words over the wire."""
    return schemas.BothWords(zh=words.zh, en=words.en)


def party(one: identity.Department) -> schemas.PartyRef:
    """A department over the wire."""
    return schemas.PartyRef(
        id=one.id, name_zh=one.name_zh, name_en=one.name_en or one.name_zh, short_name=one.short_name or one.name_zh
    )


def parties(session: Session, ids: Iterable[UUID | None]) -> dict[UUID, schemas.PartyRef]:
    """Departments by id."""
    return {key: party(one) for key, one in naming.departments(session, ids).items()}


def item(one: catalogue.Item) -> schemas.SharedItem:
    """An item over the wire."""
    return schemas.SharedItem(
        id=one.id,
        code=one.number or one.code,
        name_zh=one.name_zh,
        name_en=one.name_en or one.name_zh,
        level=one.level.value,
        share_type=one.share_type,
    )


def clocks(session: Session, ids: Iterable[UUID | None], *, now: datetime) -> dict[UUID, schemas.DutyClock]:
    """How deadlines stand, by id."""
    wanted = {one for one in ids if one}
    if not wanted:
        return {}
    known, found = deadlines.calendar(session), {}
    for clock in session.scalars(select(deadlines.Clock).where(deadlines.Clock.id.in_(wanted))):
        state = deadlines.rules.settle(deadlines.state_of(clock), known, now=now).clock
        stands = deadlines.remaining(state, known, now=now)
        found[clock.id] = schemas.DutyClock(
            words=both(stands.words),
            share=stands.share,
            tone=stands.tone.value,
            due_at=clock.due_at,
            limit=clock.limit,
            unit=state.rule.unit.value,
            verified=state.rule.verified,
            source=state.rule.source,
            article=state.rule.article,
        )
    return found


def deeds(session: Session, about: UUID) -> list[schemas.DeedOut]:
    """What was done to a thing, in order, and where it stands on the ledger."""
    rows = list(session.scalars(select(Deed).where(Deed.about == about).order_by(Deed.at, Deed.id)))
    places = parties(session, [one.department_id for one in rows])
    there = indices(session, [one.entry_id for one in rows])
    return [
        schemas.DeedOut(
            at=one.at,
            deed=one.deed,
            label=both(deed_words(one.deed)),
            state=one.state,
            by=one.by_name,
            department=places.get(one.department_id) if one.department_id else None,
            said=one.said,
            facts=one.facts,
            index=there.get(one.entry_id) if one.entry_id else None,
        )
        for one in rows
    ]


def indices(session: Session, entries: Iterable[UUID | None]) -> dict[UUID, int]:
    """Where entries stand on the ledger, by id; those that wait for consensus are absent."""
    wanted = {one for one in entries if one}
    if not wanted:
        return {}
    columns = (ledger.LedgerEntry.id, ledger.LedgerEntry.index)
    rows = session.execute(select(*columns).where(ledger.LedgerEntry.id.in_(wanted)))
    return dict(rows.all())


def deed_words(deed: str) -> Words:
    """What a deed is called."""
    known = packs.course().deeds.get(deed)
    return known.label if known else OWN_DEEDS.get(deed, Words(deed, deed))


def sentences(terms: rules.Terms, names: rules.Names) -> list[schemas.Sentence]:
    """The contract in words over the wire."""
    told = rules.sentences(terms, names)
    return [schemas.Sentence(key=key, label=both(rules.LABELS[key]), words=both(words)) for key, words in told.items()]


def purposes(told: Mapping[str, object]) -> list[schemas.BothWords]:
    """The purposes of kept terms, by name."""
    codes = told.get("purposes", ())
    assert isinstance(codes, list | tuple)
    return [both(packs.purposes().get(one, Words(one, one))) for one in codes]
