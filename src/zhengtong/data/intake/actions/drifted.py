"""A change of the source's columns, confirmed by a person."""

from datetime import datetime

from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.intake import errors, schemas
from zhengtong.data.intake.actions import runs, sources
from zhengtong.data.intake.permissions import CONNECT
from zhengtong.data.intake.rules import RunState, drift
from zhengtong.data.intake.tables import Run, Source
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.errors import Words


def confirm(session: Session, actor: Actor, run: Run, given: schemas.DriftConfirmed, *, now: datetime) -> None:
    """This will accept the columns as they are now, with this mapping, and have the run go on. Needs CONNECT.

    A column that the item does not have yet is added to the item in the catalogue, not here. Raises RunNotSo, MappingWrong.
    """
    source = session.get_one(Source, run.source_id)
    require(actor, CONNECT, source, now=now)
    if run.state is not RunState.PAUSED or not run.drift:
        raise errors.RunNotSo(state=runs.STATES[run.state], deed=Words("确认列的变化", "confirmed"))
    columns = _columns_now(source, run)
    fields = catalogue.fields_of(session, source.item_id) if source.item_id else []
    sources.check_mapping(fields, given.mapping, [one["name"] for one in columns])
    before = {"mapping": source.mapping, "columns": [one["name"] for one in source.columns]}
    source.mapping = {name: column for name, column in given.mapping.items() if column}
    source.columns, source.changed_at = columns, now
    after = {"mapping": source.mapping, "columns": [one["name"] for one in columns]}
    audit.record(session, actor, "intake.drift_confirmed", source, before=before, after=after, at=now)
    if given.resume:
        runs.resume(session, run, now=now)


def _columns_now(source: Source, run: Run) -> list[dict[str, str]]:
    """The accepted columns with the run's changes made to them."""
    now = {one["name"]: one.get("type", "") for one in source.columns}
    for told in run.drift:
        change = drift.Change(told["change"])
        if change in (drift.Change.GONE, drift.Change.RENAMED):
            now.pop(told["column"], None)
        if change is drift.Change.ADDED:
            now[told["column"]] = told["after"]
        if change is drift.Change.RENAMED:
            now[told["after"]] = ""
        if change is drift.Change.RETYPED:
            now[told["column"]] = told["after"]
    return [{"name": name, "type": kind} for name, kind in now.items()]
