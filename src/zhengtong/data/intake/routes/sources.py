"""Sources: connected, tried, mapped, rested, retired."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy.orm import Session

from zhengtong.data.intake import queries, schemas
from zhengtong.data.intake.actions import runs, sources, wizard
from zhengtong.data.intake.permissions import CONNECT, READ, RUN
from zhengtong.data.intake.routes.room import routes
from zhengtong.data.intake.tables import Source
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import clock, jobs, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.web import Given
from zhengtong.office import identity


@routes.get("/intake/sources", needs=READ)
def list_sources(
    session: Session, actor: Actor, page: web.PageArgs, wanted: Annotated[schemas.WantedSources, Depends()]
) -> web.Page[schemas.SourceLine]:
    """Sources by name, pinyin, initials or code; by department, kind, state, item."""
    return web.paginate(
        session,
        queries.find_sources(actor, wanted, text=page.q),
        page,
        sort={"code": Source.code, "name": Source.name_zh, "changed": Source.changed_at},
        key=Source.id,
        item=lambda source: queries.source_line(session, actor, source),
    )


@routes.post("/intake/sources", needs=CONNECT, status=201)
def add_source(session: Session, actor: Actor, body: schemas.NewSource, keyring: Given[Keyring]) -> schemas.SourceOut:
    """Connect a source, as a draft; its secrets are sealed and never shown."""
    identity.get_department(session, actor, body.department_id)
    source = sources.add_source(session, actor, body, keyring, now=clock.now())
    return queries.source_out(session, actor, source)


@routes.get("/intake/sources/{source_id}", needs=READ)
def read_source(session: Session, actor: Actor, source_id: UUID) -> schemas.SourceOut:
    """One source with its mapping."""
    return queries.source_out(session, actor, queries.get_source(session, actor, source_id))


@routes.patch("/intake/sources/{source_id}", needs=CONNECT)
def change_source(
    session: Session, actor: Actor, source_id: UUID, body: schemas.SourceChange, if_match: web.IfMatch = None
) -> schemas.SourceOut:
    """Change how a source is read and run, as it was read."""
    source = queries.get_source(session, actor, source_id)
    web.check_version(source.version, if_match)
    sources.change_source(session, actor, source, body, now=clock.now())
    session.flush()
    return queries.source_out(session, actor, source)


@routes.put("/intake/sources/{source_id}/secrets", needs=CONNECT)
def put_secrets(
    session: Session, actor: Actor, source_id: UUID, body: schemas.Secrets, keyring: Given[Keyring]
) -> schemas.SourceOut:
    """Replace the secrets; what was there can never be read."""
    source = queries.get_source(session, actor, source_id)
    sources.put_secrets(session, actor, source, body.secrets, keyring, now=clock.now())
    session.flush()
    return queries.source_out(session, actor, source)


@routes.post("/intake/sources/{source_id}/try", needs=CONNECT)
def try_source(
    database: Database, actor: Actor, source_id: UUID, body: schemas.TrialIn, workers: Given[jobs.Workers]
) -> schemas.TrialOut:
    """Look at ten rows; propose how they map, and say what would be quarantined. Nothing is kept."""
    return wizard.try_source(database, actor, source_id, body, workers.givens, now=clock.now())


@routes.put("/intake/sources/{source_id}/mapping", needs=CONNECT)
def map_source(session: Session, actor: Actor, source_id: UUID, body: schemas.MappingIn) -> schemas.SourceOut:
    """Say into which item the source flows, and from which column each field is read."""
    source = queries.get_source(session, actor, source_id)
    sources.map_source(session, actor, source, body, now=clock.now())
    session.flush()
    return queries.source_out(session, actor, source)


@routes.post("/intake/sources/{source_id}/item", needs=CONNECT, status=201)
def make_item(
    database: Database, actor: Actor, source_id: UUID, body: schemas.NewItemIn, workers: Given[jobs.Workers]
) -> schemas.SourceOut:
    """Draft an item of the catalogue from what the source gives, and map the source to it."""
    return wizard.make_item(database, actor, source_id, body, workers.givens, now=clock.now())


@routes.post("/intake/sources/{source_id}/runs", needs=RUN, status=201)
def start_run(session: Session, actor: Actor, source_id: UUID, body: schemas.StartIn) -> schemas.RunOut:
    """Run the source now; of uploads, the one that is named."""
    source = queries.get_source(session, actor, source_id)
    run = runs.start_by_hand(session, actor, source, body.upload_id, now=clock.now())
    return queries.run_out(session, actor, run)


@routes.post("/intake/sources/{source_id}/rest", needs=RUN)
def rest_source(session: Session, actor: Actor, source_id: UUID) -> schemas.SourceOut:
    """Keep the schedule from running the source."""
    source = queries.get_source(session, actor, source_id)
    sources.set_resting(session, actor, source, True, now=clock.now())
    session.flush()
    return queries.source_out(session, actor, source)


@routes.post("/intake/sources/{source_id}/wake", needs=RUN)
def wake_source(session: Session, actor: Actor, source_id: UUID) -> schemas.SourceOut:
    """Let the schedule run the source again."""
    source = queries.get_source(session, actor, source_id)
    sources.set_resting(session, actor, source, False, now=clock.now())
    session.flush()
    return queries.source_out(session, actor, source)


@routes.post("/intake/sources/{source_id}/read-anew", needs=RUN)
def read_anew(session: Session, actor: Actor, source_id: UUID) -> schemas.SourceOut:
    """Have the next run read everything from the beginning."""
    source = queries.get_source(session, actor, source_id)
    sources.read_anew(session, actor, source, now=clock.now())
    session.flush()
    return queries.source_out(session, actor, source)


@routes.delete("/intake/sources/{source_id}", needs=CONNECT)
def retire_source(session: Session, actor: Actor, source_id: UUID) -> None:
    """End a source for good; its runs and batches stay, its secrets are forgotten."""
    sources.retire_source(session, actor, queries.get_source(session, actor, source_id), now=clock.now())
