"""The room's routes object, and kept things as they go over the wire."""

from zhengtong.kernel import events, jobs, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Words
from zhengtong.office.operations import queries, rules, schemas
from zhengtong.office.operations.permissions import ACT
from zhengtong.office.operations.rules import JobState

routes = web.Routes("operations", group="office")


def job(row: jobs.JobRow, actor: Actor, registry: jobs.Registry) -> schemas.JobOut:
    """A job in a list."""
    state = rules.state_of(row.state, row.attempts)
    known = registry.jobs.get(row.name)
    may = actor.may(ACT)
    return schemas.JobOut(
        id=row.seq,
        name=row.name,
        label=queries.label_of(row.name),
        state=state,
        state_name=rules.STATES[state],
        key=rules.hidden(row.key) if row.key else None,
        attempts=row.attempts,
        retries=known.retries if known else None,
        due_at=row.due_at,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        error=rules.hidden(row.error.splitlines()[0]) if row.error else None,
        abilities=schemas.JobAbilities(
            replay=may and state in (JobState.DEAD, JobState.CANCELLED),
            cancel=may and state in (JobState.WAITING, JobState.RETRYING),
        ),
    )


def job_detail(row: jobs.JobRow, actor: Actor, registry: jobs.Registry) -> schemas.JobDetail:
    """A job, whole."""
    return schemas.JobDetail(
        **dict(job(row, actor, registry)),
        arguments=rules.hidden(row.args),
        kept=rules.hidden(row.kept),
        whole_error=rules.hidden(row.error) if row.error else None,
        lease_until=row.lease_until,
        request_id=row.request_id,
    )


def event(row: events.EventRow, rows: list[jobs.JobRow], listeners: events.Listeners) -> schemas.EventOut:
    """An event in a list."""
    states = [rules.state_of(one.state, one.attempts) for one in rows]
    counts = schemas.DeliveryCounts(
        waiting=states.count(JobState.WAITING) + states.count(JobState.RETRYING),
        running=states.count(JobState.RUNNING),
        done=states.count(JobState.DONE),
        dead=states.count(JobState.DEAD) + states.count(JobState.CANCELLED),
    )
    heard = len(listeners.get(row.type, ()))
    return schemas.EventOut(
        id=row.id,
        seq=row.seq,
        type=row.type,
        label=queries.label_of(row.type),
        key=rules.hidden(row.key),
        at=row.at,
        listeners=heard,
        deliveries=counts,
    )


def alarm(one: rules.Alarm) -> schemas.AlarmOut:
    """An alarm."""
    return schemas.AlarmOut(code=one.code, level=one.level, text=one.text, link=one.link)


def described(text: str) -> Words:
    """A setting's description, `中文 | English`, as words."""
    zh, _, en = text.partition(" | ")
    return Words(zh, en or zh)
