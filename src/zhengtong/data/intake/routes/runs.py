"""Runs: followed, paused, resumed, cancelled; what drifted, confirmed."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy import Select
from sqlalchemy.orm import Session

from zhengtong.data.intake import queries, schemas
from zhengtong.data.intake.actions import again, drifted, runs
from zhengtong.data.intake.permissions import CONNECT, READ, RUN
from zhengtong.data.intake.routes.room import routes
from zhengtong.data.intake.rules.schedules import day_begins
from zhengtong.data.intake.tables import Batch, Run
from zhengtong.kernel import clock, jobs, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.web import Given


@routes.get("/intake/status", needs=READ)
def read_intake_status(session: Session, actor: Actor) -> schemas.StatusOut:
    """Intake in figures: what runs, waits, has failed; rows landed today and rows in quarantine."""
    return queries.status(session, actor, since=day_begins(clock.now()))


@routes.get("/intake/runs", needs=READ)
def list_runs(
    session: Session, actor: Actor, page: web.PageArgs, wanted: Annotated[schemas.WantedRuns, Depends()]
) -> web.Page[schemas.RunLine]:
    """Runs by source, item, state and cause, the newest first."""
    return web.paginate(
        session,
        queries.find_runs(actor, wanted),
        page,
        sort={"-begun": Run.created_at, "changed": Run.changed_at},
        key=Run.id,
        item=lambda run: queries.run_line(session, run),
    )


@routes.get("/intake/runs/{run_id}", needs=READ)
def read_run(session: Session, actor: Actor, run_id: UUID) -> schemas.RunOut:
    """One run: how far it is, what changed at the source, why rows wait."""
    return queries.run_out(session, actor, queries.get_run(session, actor, run_id))


@routes.get("/intake/runs/{run_id}/batches", needs=READ)
def list_batches_of_run(session: Session, actor: Actor, run_id: UUID, page: web.PageArgs) -> web.Page[schemas.BatchOut]:
    """The batches that a run landed, with their digests."""
    run = queries.get_run(session, actor, run_id)
    return _batches(session, queries.batches_of(run_id=run.id), page)


@routes.get("/intake/items/{item_id}/batches", needs=READ)
def list_landed_batches(
    session: Session, actor: Actor, item_id: UUID, page: web.PageArgs
) -> web.Page[schemas.BatchOut]:
    """The batches that landed in an item, from whatever source the actor may see."""
    return _batches(session, queries.batches_seen(actor, item_id), page)


@routes.post("/intake/runs/{run_id}/pause", needs=RUN)
def pause_run(session: Session, actor: Actor, run_id: UUID) -> schemas.RunOut:
    """Pause the run after the batch in hand."""
    run = queries.get_run(session, actor, run_id, lock=True)
    runs.pause_run(session, actor, run, now=clock.now())
    return queries.run_out(session, actor, run)


@routes.post("/intake/runs/{run_id}/resume", needs=RUN)
def resume_run(session: Session, actor: Actor, run_id: UUID) -> schemas.RunOut:
    """Have a paused run go on; what stopped it is allowed for this run."""
    run = queries.get_run(session, actor, run_id, lock=True)
    runs.resume_run(session, actor, run, now=clock.now())
    return queries.run_out(session, actor, run)


@routes.post("/intake/runs/{run_id}/cancel", needs=RUN)
def cancel_run(session: Session, actor: Actor, run_id: UUID) -> schemas.RunOut:
    """End the run after the batch in hand; what has landed stays."""
    run = queries.get_run(session, actor, run_id, lock=True)
    runs.cancel_run(session, actor, run, now=clock.now())
    return queries.run_out(session, actor, run)


@routes.post("/intake/runs/{run_id}/again", needs=RUN, status=201)
def run_again(session: Session, actor: Actor, run_id: UUID) -> schemas.RunOut:
    """Begin a failed or cancelled run once more, from where its last landed batch ended."""
    run = queries.get_run(session, actor, run_id, lock=True)
    return queries.run_out(session, actor, again.run_again(session, actor, run, now=clock.now()))


@routes.post("/intake/runs/{run_id}/drift", needs=CONNECT)
def confirm_drift(
    database: Database, actor: Actor, run_id: UUID, body: schemas.DriftConfirmed, workers: Given[jobs.Workers]
) -> schemas.RunOut:
    """Confirm how the columns map now that they have changed, propose new ones to the catalogue, and go on."""
    return drifted.confirm(database, actor, run_id, body, workers.givens, now=clock.now())


def _batches(session: Session, batches: Select[Batch], page: web.PageArgs) -> web.Page[schemas.BatchOut]:
    return web.paginate(
        session, batches, page, sort={"-landed": Batch.at, "number": Batch.number}, key=Batch.id, item=queries.batch_out
    )
