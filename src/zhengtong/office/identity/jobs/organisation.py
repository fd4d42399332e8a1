"""What the organisation does by itself: confirmed imports are carried out, forgotten drafts are swept away."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session, undefer

from zhengtong.kernel.events import Listener
from zhengtong.kernel.jobs import Job, Run, Timer, enqueue
from zhengtong.office.identity import queries, rules
from zhengtong.office.identity.actions import imports
from zhengtong.office.identity.events import ImportConfirmed
from zhengtong.office.identity.tables import ImportDraft

ROWS_A_STEP = 20
Rows = list[tuple[int, Mapping[str, str]]]


def carry_out_import(run: Run, *, import_id: str) -> None:
    """This will carry out a confirmed import, twenty rows a step. Taken up again after a kill, it goes on where it was:
    rows that stand are unchanged by then, and those that were refused are not tried again."""
    rows = _rows_to_do(run, UUID(import_id))
    for first in range(0, len(rows), ROWS_A_STEP):
        with run.write() as session:
            draft = session.get_one(ImportDraft, UUID(import_id))
            actor = queries.importer(session, draft.uploaded_by, on=rules.law_day(run.now()), now=run.now())
            imports.import_rows(session, actor, draft, rows[first : first + ROWS_A_STEP], now=run.now())
    with run.write() as session:
        draft = session.get_one(ImportDraft, UUID(import_id))
        if draft.state == "applying":
            actor = queries.importer(session, draft.uploaded_by, on=rules.law_day(run.now()), now=run.now())
            imports.finish_import(session, actor, draft, now=run.now())


def _rows_to_do(run: Run, import_id: UUID) -> Rows:
    today = rules.law_day(run.now())
    with run.read() as session:
        draft = session.get_one(ImportDraft, import_id, options=[undefer(ImportDraft.rows)])
        if draft.state != "applying":
            return []
        actor = queries.importer(session, draft.uploaded_by, on=today, now=run.now())
        plan = queries.plan_of(session, actor, draft, on=today)
        refused = {one["row"] for one in draft.failed}
        stands = {one.row for one in plan if one.outcome == rules.Outcome.UNCHANGED}
        rows = [(one.row, one.values) for one in plan if one.row not in refused | stands]
        return rules.parents_first(rows) if draft.kind == "departments" else rows


IMPORT = Job("identity.import", carry_out_import, steps=True)


def begin_import(session: Session, event: ImportConfirmed, *, now: datetime) -> None:
    """This will put the confirmed import in the queue."""
    enqueue(session, IMPORT, unique=f"identity.import:{event.import_id}", import_id=str(event.import_id))


SWEEP_DRAFTS = Job("identity.sweep_drafts", imports.sweep_drafts)
ORGANISATION_JOBS = (IMPORT, SWEEP_DRAFTS)
ORGANISATION_TIMERS = (Timer("identity.sweep_drafts", SWEEP_DRAFTS, every="1h"),)
ORGANISATION_LISTENERS = (Listener("identity.begin_import", ImportConfirmed, begin_import),)
