"""Health, alarms and settings."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

import zhengtong
from zhengtong.kernel import clock, jobs, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.office import deadlines, identity
from zhengtong.office.operations import queries, rules, schemas
from zhengtong.office.operations.permissions import READ, READ_SETTINGS
from zhengtong.office.operations.routes import ground
from zhengtong.office.operations.routes.ground import routes
from zhengtong.office.operations.rules import JobState
from zhengtong.office.operations.settings import Operations

Workers = web.Given[jobs.Workers]
Chosen = web.Given[Settings]
STARTED = clock.now()


@routes.get("/operations/overview", needs=READ)
def get_overview(session: Session, base: web.Given[Database], chosen: Chosen) -> schemas.OverviewOut:
    """The engine room at a glance; engines are asked on the health page only."""
    now = clock.now()
    found = rules.alarms(_measured(session, base, chosen, now), _limits(chosen))
    return schemas.OverviewOut(
        health=rules.worst(found),
        alarms=[ground.alarm(one) for one in found],
        queue=_queue(session, now),
        workers=chosen.kernel.workers,
    )


@routes.get("/operations/health", needs=READ)
def get_health(database: Database, actor: Actor, workers: Workers, chosen: Chosen) -> schemas.HealthOut:
    """Everything measured now: database, engines, process, queue, leases."""
    now = clock.now()
    engines = [_engine(answer) for answer in queries.ask_engines(workers.givens)]
    down = tuple(engine.name for engine in engines if engine.state == "bad")
    with database.read() as session:
        measured = replace(_measured(session, database, chosen, now), engines_down=down)
        found = rules.alarms(measured, _limits(chosen))
        stands = queries.database_health(session, database, now=now)
        return schemas.HealthOut(
            health=rules.worst(found),
            alarms=[ground.alarm(one) for one in found],
            database=schemas.DatabaseOut(
                kind=stands.kind,
                version=stands.version,
                size_bytes=stands.size,
                wal_bytes=stands.wal,
                ahead_s=stands.ahead_s,
            ),
            engines=engines,
            process=_process(chosen, now),
            queue=_queue(session, now),
            running=[ground.job(row, actor, workers.registry) for row in queries.leases(session)],
        )


@routes.get("/operations/settings", needs=READ_SETTINGS)
def list_settings(chosen: Chosen) -> schemas.SettingsOut:
    """Every setting, its value and where it comes from; secrets are hidden."""
    return schemas.SettingsOut(
        items=[
            schemas.SettingOut(
                section=told.section,
                key=told.key,
                value=told.value,
                source=told.source,
                description=ground.described(told.description),
            )
            for told in chosen.told()
        ]
    )


def _measured(session: Session, database: Database, chosen: Settings, now: datetime) -> rules.Measured:
    machine = queries.machine_health(chosen.kernel.data)
    _, dead = queries.waiting_or_dead(queries.count_jobs(session))
    return rules.Measured(
        dead_jobs=dead,
        oldest_waiting_s=queries.oldest_waiting_s(session, now=now),
        workers=chosen.kernel.workers,
        disk_free=machine.disk_free,
        disk_total=machine.disk_total,
        wal=queries.database_health(session, database, now=now).wal,
        missing_years=tuple(sorted(deadlines.years_to_load(session, on=identity.law_day(now)))),
        alone=database.is_sqlite,
    )


def _limits(chosen: Settings) -> rules.Limits:
    said = chosen.of(Operations)
    return rules.Limits(said.queue_age_s, said.disk_free_share, said.wal_mb)


def _queue(session: Session, now: datetime) -> schemas.QueueOut:
    counted = queries.count_jobs(session)
    return schemas.QueueOut(
        waiting=counted[JobState.WAITING],
        retrying=counted[JobState.RETRYING],
        running=counted[JobState.RUNNING],
        dead=counted[JobState.DEAD],
        oldest_waiting_s=queries.oldest_waiting_s(session, now=now),
    )


def _engine(answer: queries.EngineAnswer) -> schemas.EngineOut:
    return schemas.EngineOut(
        name=answer.name,
        adapter=answer.adapter,
        state="ok" if answer.failure is None else "bad",
        text=answer.failure or answer.promise,
        took_ms=round(answer.took_s * 1000, 1),
    )


def _process(chosen: Settings, now: datetime) -> schemas.ProcessOut:
    machine = queries.machine_health(chosen.kernel.data)
    return schemas.ProcessOut(
        version=zhengtong.__version__,
        python=machine.python,
        system=machine.system,
        started_at=STARTED,
        memory_bytes=machine.memory,
        disk_free_bytes=machine.disk_free,
        disk_total_bytes=machine.disk_total,
        workers=chosen.kernel.workers,
        at=now,
    )
