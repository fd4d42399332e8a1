"""What a measurement leaves: results, how the item stands, its month, tickets asked for or closed, and the word to others."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.quality import queries, rules
from zhengtong.data.quality.actions import tickets
from zhengtong.data.quality.events import ItemMeasured
from zhengtong.data.quality.queries import Found, Subject
from zhengtong.data.quality.rules import Form, Outcome, Score
from zhengtong.data.quality.tables import Measurement, MonthStanding, QualityRule, Result, Standing
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce
from zhengtong.office import identity

Cause = Literal["batch", "demand", "night"]
OF_TIME = (*rules.OF_ITEM, Form.FRESHNESS)


def keep_measurement(
    session: Session, subject: Subject, found: Found, *, cause: Cause, batch_id: UUID | None = None, now: datetime
) -> Measurement | None:
    """This will keep what a scan found and what follows from it. A batch is kept once; None when it is there already."""
    if batch_id and session.scalar(select(Measurement.id).where(Measurement.batch_id == batch_id)) is not None:
        return None
    item = catalogue.get_item(session, subject.item_id)
    pack = queries.pack()
    whole = rules.score(_outcomes(subject, found, whole=True), pack)
    batch = rules.score(_outcomes(subject, found, whole=False), pack) if batch_id else None
    row = _measurement(item, found, whole, batch, cause=cause, batch_id=batch_id, now=now)
    session.add(row)
    session.flush()
    known = set(session.scalars(select(QualityRule.id).where(QualityRule.item_id == item.id)))
    session.add_all(_results(row, subject, found, known))
    failing = [rules.asks_correction(one, pack) for one in _outcomes(subject, found, whole=True)]
    _stand(session, row, failing=sum(failing))
    _ask(session, item, row, subject, found)
    announce(
        session,
        ItemMeasured(item.id, row.id, batch_id, row.score or 0, row.grade, row.judged, row.passed, now),
    )
    return row


def _outcomes(subject: Subject, found: Found, *, whole: bool) -> list[Outcome]:
    pairs = zip(subject.rules, found.counts, strict=True)
    return [
        Outcome(one.rule, count.judged, count.passed)
        if whole
        else Outcome(one.rule, count.batch_judged, count.batch_passed)
        for one, count in pairs
    ]


def _measurement(
    item: catalogue.Item,
    found: Found,
    whole: Score,
    batch: Score | None,
    *,
    cause: Cause,
    batch_id: UUID | None,
    now: datetime,
) -> Measurement:
    return Measurement(
        id=new_id(),
        item_id=item.id,
        department_id=item.department_id,
        batch_id=batch_id,
        cause=cause,
        at=now,
        month=f"{identity.law_day(now):%Y-%m}",
        table_version=found.table_version,
        rows=found.rows,
        batch_rows=found.batch_rows,
        judged=whole.judged,
        passed=whole.passed,
        score=_hundredths(whole.whole),
        batch_score=_hundredths(batch.whole) if batch else None,
        grade=whole.grade.key if whole.grade else "",
        dimensions={key.value: _told(one) for key, one in whole.dimensions.items()},
        engine=found.engine,
        took_ms=found.took_ms,
    )


def _told(one: rules.DimensionScore) -> dict[str, Any]:
    return {"score": _hundredths(one.score), "rules": one.rules, "judged": one.judged, "passed": one.passed}


def _hundredths(points: Decimal | None) -> int | None:
    return None if points is None else int(points * 100)


def _results(row: Measurement, subject: Subject, found: Found, known: set[UUID]) -> list[Result]:
    return [
        Result(
            measurement_id=row.id,
            rule_id=one.id,
            rule_version=one.version,
            judged=count.judged,
            passed=count.passed,
            batch_judged=count.batch_judged,
            batch_passed=count.batch_passed,
        )
        for one, count in zip(subject.rules, found.counts, strict=True)
        if one.id in known
    ]


def _stand(session: Session, row: Measurement, *, failing: int) -> None:
    if row.score is None:
        return
    facts = {"at": row.at, "score": row.score, "grade": row.grade, "judged": row.judged, "passed": row.passed}
    held = session.get(Standing, row.item_id)
    latest = {**facts, "measurement_id": row.id, "rows": row.rows, "failing": failing}
    _put(session, held, Standing, {"item_id": row.item_id}, {**latest, "before": held.score if held else None})
    month = session.get(MonthStanding, (row.item_id, row.month))
    key = {"item_id": row.item_id, "month": row.month}
    _put(session, month, MonthStanding, key, {**facts, "department_id": row.department_id})
    session.flush()


def _put(session: Session, held: Any, model: type[Any], key: dict[str, Any], facts: dict[str, Any]) -> None:
    if held is None:
        session.add(model(**key, **facts))
        return
    for name, value in facts.items():
        setattr(held, name, value)


def _ask(session: Session, item: catalogue.Item, row: Measurement, subject: Subject, found: Found) -> None:
    """A batch speaks for itself where it was judged; a value that must be unique, and what is of the item, is of the whole.

    Without a batch only what ages by itself asks for a correction; anything may be found mended.
    """
    pack, settled = queries.pack(), tickets.live_by_rule(session, item.id)
    rows = {one.id: one for one in session.scalars(select(QualityRule).where(QualityRule.item_id == item.id))}
    for one, count in zip(subject.rules, found.counts, strict=True):
        rule = rows.get(one.id) if one.id else None
        if rule is None:
            continue
        of_batch = bool(row.batch_id and count.batch_judged and one.rule.form is not Form.UNIQUE)
        judged, passed = (count.batch_judged, count.batch_passed) if of_batch else (count.judged, count.passed)
        if not judged:
            continue
        asks = rules.asks_correction(Outcome(one.rule, judged, passed), pack)
        if asks and (row.batch_id or one.rule.form in OF_TIME):
            finding = tickets.Finding(rule, judged, passed, row.batch_id, row.id)
            tickets.note_failure(session, item, finding, now=row.at)
        elif not asks and (live := settled.get(rule.id)):
            _note_pass(session, live, judged, passed, count, row)


def _note_pass(session: Session, live: Any, judged: int, passed: int, count: rules.Count, row: Measurement) -> None:
    facts = {"judged": judged, "passed": passed, "left": count.failed, "measurement_id": str(row.id)}
    tickets.note_pass(session, live, facts=facts, now=row.at)
