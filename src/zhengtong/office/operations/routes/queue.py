"""Jobs, events and timers."""

from collections import Counter
from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy.orm import Session

from zhengtong.kernel import clock, events, jobs, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.office.operations import actions, queries, rules, schemas
from zhengtong.office.operations.permissions import ACT, READ
from zhengtong.office.operations.routes import ground
from zhengtong.office.operations.routes.ground import routes
from zhengtong.office.operations.rules import JobState

Workers = web.Given[jobs.Workers]
NameQuery = Annotated[str | None, Query(max_length=100)]


@routes.get("/operations/jobs", needs=READ)
def list_jobs(
    session: Session,
    actor: Actor,
    page: web.PageArgs,
    workers: Workers,
    state: JobState | None = None,
    name: NameQuery = None,
) -> web.Page[schemas.JobOut]:
    """The queue, the newest first."""
    return web.paginate(
        session,
        queries.jobs_in(state, name),
        page,
        sort={"-seq": jobs.JobRow.seq, "due_at": jobs.JobRow.due_at, "attempts": jobs.JobRow.attempts},
        key=jobs.JobRow.seq,
        item=lambda row: ground.job(row, actor, workers.registry),
    )


@routes.get("/operations/jobs/names", needs=READ)
def list_job_names(session: Session, workers: Workers) -> schemas.NamesOut:
    """Every kind of work, with how much of it is not done."""
    counted = queries.count_by_name(session)
    items = []
    for name in sorted({*workers.registry.jobs, *counted}):
        here = counted.get(name, Counter())
        waiting, dead = queries.waiting_or_dead(here)
        items.append(
            schemas.NameCount(
                name=name, label=queries.label_of(name), waiting=waiting, running=here[JobState.RUNNING], dead=dead
            )
        )
    return schemas.NamesOut(items=items)


@routes.post("/operations/jobs/replay", needs=ACT)
def replay_jobs(session: Session, actor: Actor, wanted: schemas.Replaying) -> schemas.Changed:
    """Replay failed jobs: those numbered, or all dead ones of a name."""
    done = actions.replay_jobs(session, actor, numbers=wanted.ids, name=wanted.name, now=clock.now())
    return schemas.Changed(changed=len(done), ids=done)


@routes.get("/operations/jobs/{number:int}", needs=READ)
def get_job(session: Session, actor: Actor, number: int, workers: Workers) -> schemas.JobDetail:
    """One job with its arguments and error."""
    return ground.job_detail(queries.get_job(session, number), actor, workers.registry)


@routes.post("/operations/jobs/{number:int}/replay", needs=ACT)
def replay_job(session: Session, actor: Actor, number: int, workers: Workers) -> schemas.JobDetail:
    """Put a failed or cancelled job in the queue again."""
    return ground.job_detail(actions.replay_job(session, actor, number, now=clock.now()), actor, workers.registry)


@routes.post("/operations/jobs/{number:int}/cancel", needs=ACT)
def cancel_job(
    session: Session, actor: Actor, number: int, wanted: schemas.Cancelling, workers: Workers
) -> schemas.JobDetail:
    """Take a waiting job out of the queue."""
    row = actions.cancel_job(session, actor, number, reason=wanted.reason, now=clock.now())
    return ground.job_detail(row, actor, workers.registry)


@routes.get("/operations/events", needs=READ)
def list_events(
    session: Session,
    page: web.PageArgs,
    told: web.Given[Database],
    type: NameQuery = None,
    state: JobState | None = None,
) -> web.Page[schemas.EventOut]:
    """What was announced, the newest first, and how its deliveries stand."""
    listeners = told.listeners
    statement = queries.events_in(session, listeners, kind=type, state=state)
    rows = web.paginate(
        session, statement, page, sort={"-seq": events.EventRow.seq}, key=events.EventRow.seq, item=lambda row: row
    )
    delivered = queries.deliveries_of(session, listeners, rows.items)
    items = [ground.event(row, delivered[row.id], listeners) for row in rows.items]
    return web.Page(items=items, next=rows.next, total=rows.total)


@routes.get("/operations/events/{event_id}", needs=READ)
def get_event(
    session: Session, actor: Actor, event_id: UUID, told: web.Given[Database], workers: Workers
) -> schemas.EventDetail:
    """One event with what it said; its deliveries are jobs, and replayed as jobs."""
    row = queries.get_event(session, event_id)
    delivered = queries.deliveries_of(session, told.listeners, [row])[row.id]
    return schemas.EventDetail(
        **dict(ground.event(row, delivered, told.listeners)),
        body=rules.hidden(row.payload),
        delivered_to=[ground.job(one, actor, workers.registry) for one in delivered],
    )


@routes.get("/operations/timers", needs=READ)
def list_timers(session: Session, actor: Actor, workers: Workers) -> schemas.TimersOut:
    """What happens by itself, and when."""
    return _timers(session, actor, workers.registry)


@routes.post("/operations/timers/{name}/run", needs=ACT)
def run_timer(session: Session, actor: Actor, name: str, workers: Workers) -> schemas.TimersOut:
    """Run a timer's job now; its next time stays as planned."""
    actions.run_timer(session, actor, workers.registry, name, now=clock.now())
    return _timers(session, actor, workers.registry)


def _timers(session: Session, actor: Actor, registry: jobs.Registry) -> schemas.TimersOut:
    planned = queries.timers(session)
    items = []
    for name, timer in sorted(registry.timers.items()):
        row, last = planned.get(name), queries.last_run(session, name)
        state = rules.state_of(last.state, last.attempts) if last else None
        items.append(
            schemas.TimerOut(
                name=name,
                label=queries.label_of(name),
                job=timer.job.name,
                schedule=rules.schedule(timer.every, timer.cron),
                next_at=row.next_at if row else None,
                last_at=row.last_at if row else None,
                last_state=state,
                last_state_name=rules.STATES[state] if state else None,
                last_job=last.seq if last else None,
                abilities=schemas.TimerAbilities(run=actor.may(ACT)),
            )
        )
    return schemas.TimersOut(items=items)
