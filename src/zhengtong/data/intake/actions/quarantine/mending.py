"""Rows mended, replayed and discarded, one or many: many in small steps, so that nobody waits long for the database."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace as with_grants
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.intake import errors, queries, schemas
from zhengtong.data.intake.actions import runs
from zhengtong.data.intake.actions.quarantine.proposing import Rules
from zhengtong.data.intake.actions.running.queueing import pass_on
from zhengtong.data.intake.permissions import MEND, RUN
from zhengtong.data.intake.rules import Cause, Confidence, RowState
from zhengtong.data.intake.tables import QuarantinedRow, Run, Source
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import Database
from zhengtong.kernel.errors import Field
from zhengtong.office import identity

AT_ONCE = 500
Change = Callable[[QuarantinedRow], bool]


def mend(database: Database, actor: Actor, how: schemas.MendIn, *, now: datetime) -> schemas.Done:
    """This will set values of open rows: one value, one text in place of another, or what is proposed and sure. Needs MEND.

    Values are not judged here: a replay judges them. Raises NoRowChosen, RowNotOpen, MendWrong.
    """
    _check(how)
    done, touched = 0, []
    with database.read() as session:
        known = Rules(session, identity.law_day(now))
        for rows in _steps(database, actor, how, now):
            with database.write() as writing:
                for row in _again(writing, rows):
                    changed = _mended(how, row, known)
                    if changed:
                        row.mended = {**row.mended, **changed}
                        _decided(row, actor, now)
                        touched.append(row.id)
                done = len(touched)
                told = {"rows": len(rows), "how": how.how, "field": how.field or ""}
                audit.record(writing, actor, "intake.rows_mended", _source(writing, rows[0]), after=told, at=now)
    if how.replay and touched:
        chosen = schemas.ReplayIn(ids=touched[: schemas.MOST_CHOSEN])
        return schemas.Done(rows=done, run_id=replay(database, actor, chosen, now=now).run_id)
    return schemas.Done(rows=done)


def replay(database: Database, actor: Actor, chosen: schemas.Chosen, *, now: datetime) -> schemas.Done:
    """This will have the rows judged again, as they read now, and land those that pass, as batches of their own. Needs MEND.

    One run for each source. Raises NoRowChosen, RowNotOpen.
    """
    begun: dict[UUID, UUID] = {}
    done = 0
    for rows in _steps(database, actor, chosen, now):
        with database.write() as session:
            for row in _again(session, rows):
                if row.source_id not in begun:
                    run = runs.start_run(
                        session, _as_runner(actor), row.source_id, cause=Cause.REPLAY, now=now, queued=False
                    )
                    begun[row.source_id] = run.id
                row.state, row.replay_run_id = RowState.REPLAYING, begun[row.source_id]
                row.decided_by, row.decided_by_name = actor.subject, actor.name
                done += 1
    with database.write() as session:
        for source_id, run_id in begun.items():
            run = session.get_one(Run, run_id)
            waiting = select(QuarantinedRow.id).where(QuarantinedRow.replay_run_id == run_id)
            run.total = len(session.scalars(waiting).all())
            if not runs.is_behind(session, run):
                pass_on(session, run)
            source = session.get_one(Source, source_id)
            audit.record(session, actor, "intake.rows_replayed", source, after={"rows": run.total}, at=now)
    return schemas.Done(rows=done, run_id=next(iter(begun.values()), None))


def discard(database: Database, actor: Actor, chosen: schemas.DiscardIn, *, now: datetime) -> schemas.Done:
    """This will give up the rows for good; they stay to be seen, with the reason. Needs MEND. Raises NoRowChosen, RowNotOpen."""
    done = 0
    for rows in _steps(database, actor, chosen, now):
        with database.write() as session:
            for row in _again(session, rows):
                row.state, row.reason = RowState.DISCARDED, chosen.reason
                _decided(row, actor, now)
                done += 1
            told = {"rows": len(rows), "reason": chosen.reason}
            audit.record(session, actor, "intake.rows_discarded", _source(session, rows[0]), after=told, at=now)
    return schemas.Done(rows=done)


def _check(how: schemas.MendIn) -> None:
    faults = []
    if how.how in ("set", "replace") and not how.field:
        faults.append(Field("field", "请选择要改的字段。", "Choose the field to mend."))
    if how.how == "replace" and not how.find:
        faults.append(Field("find", "请填写要替换的文字。", "Say what is to be replaced."))
    if faults:
        raise errors.MendWrong(fields=faults)


def _mended(how: schemas.MendIn, row: QuarantinedRow, known: Rules) -> dict[str, str | None]:
    """The values that change."""
    if how.how == "proposed":
        found = known.mendings(row)
        return {name: one.value for name, one in found.items() if one.confidence is Confidence.SURE}
    name = how.field or ""
    before = row.mended.get(name, row.values.get(name))
    after = how.value if how.how == "set" else (before or "").replace(how.find, how.put)
    fields = row.values or {one.name: None for one in catalogue.fields_of(known.session, row.item_id)}
    return {name: after} if name in fields and after != before else {}


def _steps(
    database: Database, actor: Actor, chosen: schemas.Chosen, now: datetime
) -> Iterator[Sequence[QuarantinedRow]]:
    """The open rows that were chosen, five hundred at a time, of one source each. Raises RowNotOpen when one named is not open."""
    with database.read() as session:
        rows = list(session.scalars(queries.chosen_rows(actor, chosen)))
        for source_id in dict.fromkeys(row.source_id for row in rows):
            require(actor, MEND, session.get_one(Source, source_id), now=now)
    closed = [row for row in rows if row.state is not RowState.OPEN]
    if chosen.ids and (closed or len(rows) < len(set(chosen.ids))):
        raise errors.RowNotOpen(count=len(set(chosen.ids)) - len(rows) + len(closed))
    by_source: dict[UUID, list[QuarantinedRow]] = {}
    for row in rows:
        if row.state is RowState.OPEN:
            by_source.setdefault(row.source_id, []).append(row)
    for own in by_source.values():
        for at in range(0, len(own), AT_ONCE):
            yield own[at : at + AT_ONCE]


def _again(session: Session, rows: Sequence[QuarantinedRow]) -> Sequence[QuarantinedRow]:
    """The rows in this transaction, those that are still open."""
    ids = [row.id for row in rows]
    still = select(QuarantinedRow).where(QuarantinedRow.id.in_(ids), QuarantinedRow.state == RowState.OPEN)
    return session.scalars(still.with_for_update()).all()


def _decided(row: QuarantinedRow, actor: Actor, now: datetime) -> None:
    row.decided_at, row.decided_by, row.decided_by_name = now, actor.subject, actor.name


def _source(session: Session, row: QuarantinedRow) -> Source:
    return session.get_one(Source, row.source_id)


def _as_runner(actor: Actor) -> Actor:
    """Who may mend may have the mended rows land."""
    return with_grants(actor, grants={**actor.grants, RUN.name: actor.scope(MEND)})
