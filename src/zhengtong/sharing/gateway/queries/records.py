"""The record of calls: who may see which, lists, receipts with their proof, and the last day in figures."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor
from zhengtong.kernel.settings import Settings
from zhengtong.sharing import ledger
from zhengtong.sharing.gateway import errors, schemas
from zhengtong.sharing.gateway.permissions import READ, RECHECK
from zhengtong.sharing.gateway.queries import copies
from zhengtong.sharing.gateway.queries.names import condition_words, names_of, purpose_words
from zhengtong.sharing.gateway.tables import Call, SignedGroup

WINDOW = timedelta(hours=24)
SAMPLED = 20_000


def visible_calls(actor: Actor) -> Select[Call]:
    """Calls of either side where the actor's scope reaches; all for who sees the whole city; a system sees its own."""
    reach, statement = actor.scope(READ), select(Call)
    if reach.everywhere:
        return statement
    sides = (Call.consumer_id.in_(reach.departments), Call.provider_id.in_(reach.departments))
    return statement.where(or_(Call.system_id == actor.subject, *sides))


def find_calls(
    actor: Actor,
    *,
    text: str | None = None,
    agreement: str | None = None,
    item: str | None = None,
    outcome: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Select[Call]:
    """Calls by agreement, item, outcome (`served`, `refused`), time; `text`: a receipt's id, a case number, a code."""
    statement = visible_calls(actor)
    if agreement:
        statement = statement.where(Call.agreement == agreement)
    if item:
        statement = statement.where(Call.item_code == item)
    if outcome:
        statement = statement.where(Call.code == "" if outcome == "served" else Call.code != "")
    if since:
        statement = statement.where(Call.response_out >= since)
    if until:
        statement = statement.where(Call.response_out < until)
    if text:
        statement = statement.where(_named(text))
    return statement


def _named(text: str) -> ColumnElement[bool]:
    try:
        return Call.receipt_id == UUID(text)
    except ValueError:
        parts = (Call.agreement, Call.item_code, Call.case_number, Call.purpose)
        return or_(*(part.contains(text, autoescape=True) for part in parts))


def call_lines(session: Session, calls: Sequence[Call]) -> list[schemas.CallLine]:
    """The calls with names."""
    names = names_of(
        session,
        departments=[one for call in calls for one in (call.consumer_id, call.provider_id)],
        subjects=[call.system_id for call in calls],
        items=[call.item_id for call in calls],
    )
    lines = []
    for call in calls:
        zh, en = names.item(call.item_id)
        lines.append(
            schemas.CallLine(
                number=call.number,
                receipt_id=call.receipt_id,
                index=call.index,
                at=call.response_out,
                agreement=call.agreement,
                item_code=call.item_code,
                item_zh=zh,
                item_en=en,
                operation=call.operation,
                consumer=names.place(call.consumer_id),
                provider=names.place(call.provider_id),
                system=names.subject(call.system_id),
                purpose=call.purpose,
                purpose_words=purpose_words(call.purpose),
                case_number=call.case_number,
                served=not call.code,
                code=call.code,
                code_words=condition_words(call.code),
                rows=call.rows,
                about=call.about,
                request_bytes=call.request_bytes,
                response_bytes=call.response_bytes,
                took_ms=_took_ms(call),
            )
        )
    return lines


def get_call(session: Session, actor: Actor, receipt_id: UUID) -> Call:
    """The call of a receipt. Raises ReceiptNotFound."""
    found = session.scalar(visible_calls(actor).where(Call.receipt_id == receipt_id))
    if found is None:
        raise errors.ReceiptNotFound()
    return found


def receipt_out(session: Session, actor: Actor, call: Call, settings: Settings) -> schemas.ReceiptOut:
    """The receipt with its entry and its proof."""
    (line,) = call_lines(session, [call])
    kept = ledger.find(session, call.receipt_id)
    entry = ledger.Entry.of(kept.entry) if kept else None
    return schemas.ReceiptOut(
        **line.model_dump(),
        entry=dict(entry.body) if entry else {},
        bundle=bundle_of(session, kept.index, settings) if kept else None,
        can_recheck=actor.may(RECHECK) and call.inputs is not None,
    )


def bundle_of(session: Session, index: int, settings: Settings) -> dict[str, Any] | None:
    """The receipt's proof: up to a checkpoint with co-signatures, else to the root signed with its own group."""
    signed = select(SignedGroup.note).where(SignedGroup.size > index).order_by(SignedGroup.size).limit(1)
    needed = settings.of(ledger.Ledger).witnesses_needed
    origin = ledger.origin_of(settings)
    return ledger.receipt_bundle(session, index, origin=origin, needed=needed, note=session.scalar(signed))


def monitoring(session: Session, actor: Actor, *, now: datetime) -> schemas.Monitoring:
    """The last 24 hours of the calls that the actor may see."""
    since = now - WINDOW
    seen = find_calls(actor, since=since).subquery()
    served = func.sum(case((seen.c.code == "", 1), else_=0))
    refused = func.sum(case((seen.c.code != "", 1), else_=0))
    group = (seen.c.agreement, seen.c.item_code, seen.c.item_id, seen.c.consumer_id, seen.c.provider_id)
    sums = (served, refused, func.sum(seen.c.rows), func.max(seen.c.response_out))
    rows = session.execute(select(*group, *sums).group_by(*group).order_by(served.desc()).limit(100)).all()
    names = names_of(
        session, departments=[one for row in rows for one in (row[3], row[4])], items=[row[2] for row in rows]
    )
    uses = [
        schemas.Use(
            agreement=row[0],
            item_code=row[1],
            item_zh=names.item(row[2])[0],
            item_en=names.item(row[2])[1],
            consumer=names.place(row[3]),
            provider=names.place(row[4]),
            served=row[5],
            refused=row[6],
            rows=row[7],
            last_at=row[8],
        )
        for row in rows
    ]
    took, hours = _times(session, actor, since, now)
    return schemas.Monitoring(
        served=sum(one.served for one in uses),
        refused=sum(one.refused for one in uses),
        rows=sum(one.rows for one in uses),
        p50_ms=took[len(took) // 2] if took else None,
        p99_ms=took[int(len(took) * 0.99)] if took else None,
        hours=hours,
        uses=uses,
        copies=copies.copies_out(session, actor),
    )


def _times(session: Session, actor: Actor, since: datetime, now: datetime) -> tuple[list[float], list[schemas.Hour]]:
    """How long the newest calls took, sorted; and the calls by hour, empty hours included."""
    statement = find_calls(actor, since=since).order_by(Call.number.desc()).limit(SAMPLED)
    columns = (Call.request_in, Call.response_out, Call.code)
    took: list[float] = []
    counted: dict[datetime, tuple[int, int]] = {}
    for began, ended, code in session.execute(statement.with_only_columns(*columns)):
        took.append(round((ended - began).total_seconds() * 1000, 2))
        hour = ended.replace(minute=0, second=0, microsecond=0)
        served, refused = counted.get(hour, (0, 0))
        counted[hour] = (served + (not code), refused + bool(code))
    first = now.replace(minute=0, second=0, microsecond=0) - WINDOW + timedelta(hours=1)
    line = [first + timedelta(hours=place) for place in range(24)]
    hours = [schemas.Hour(at=at, served=counted.get(at, (0, 0))[0], refused=counted.get(at, (0, 0))[1]) for at in line]
    return sorted(took), hours


def _took_ms(call: Call) -> float:
    return round((call.response_out - call.request_in).total_seconds() * 1000, 2)
