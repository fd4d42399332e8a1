"""What a run does when the columns of its source have changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.landing.planning import Plan
from zhengtong.data.intake.rules import ColumnSeen, OnDrift, drift
from zhengtong.data.intake.tables import Run, Source
from zhengtong.kernel.errors import Words

SHOWN = 5


def note(
    session: Session, plan: Plan, run: Run, columns: Sequence[ColumnSeen], *, now: datetime
) -> errors.ColumnsChanged | None:
    """This will keep what has changed with the run; returns why the run must stop, if it must.

    Where it goes on, the columns as they are now count as accepted. A source whose columns were never seen accepts them.
    """
    source = session.get_one(Source, run.source_id)
    if not plan.accepted:
        source.columns = [{"name": one.name, "type": one.type} for one in columns]
        return None
    found = drift.drift(plan.accepted, columns, plan.mapped)
    if not found:
        return None
    run.drift, run.changed_at = [one.told() for one in found], now
    needed = {field.name: field.needed for field in plan.fields}
    if "drift" not in plan.allowed and drift.stops(found, pauses=plan.on_drift is OnDrift.PAUSE, needed=needed):
        return _stop(found)
    source.columns = [{"name": one.name, "type": one.type} for one in columns]
    return None


def note_new(
    session: Session, plan: Plan, run: Run, names: Sequence[str], *, now: datetime
) -> errors.ColumnsChanged | None:
    """As `note`, for columns that only come up while the rows are read."""
    known = {one["column"] for one in run.drift}
    found = [drift.Drift(name, drift.Change.ADDED) for name in names if name not in known]
    if not found:
        return None
    run.drift, run.changed_at = [*run.drift, *(one.told() for one in found)], now
    if plan.on_drift is OnDrift.PAUSE and "drift" not in plan.allowed:
        return _stop(found)
    source = session.get_one(Source, run.source_id)
    source.columns = [*source.columns, *({"name": one.column, "type": ""} for one in found)]
    return None


def _stop(found: Sequence[drift.Drift]) -> errors.ColumnsChanged:
    told = [drift.words(one) for one in found[:SHOWN]]
    more = len(found) - SHOWN
    zh = "；".join(words[0] for words in told) + (f" 等 {len(found)} 处" if more > 0 else "")
    en = "; ".join(words[1] for words in told) + (f" and {more} more" if more > 0 else "")
    return errors.ColumnsChanged(changes=Words(zh, en))
