"""The registers: search, golden record, whole particulars."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from sqlalchemy.orm import Session

from zhengtong.data.entities import actions, queries, schemas
from zhengtong.data.entities.permissions import READ, READ_LEADS, REVEAL
from zhengtong.data.entities.routes.room import routes
from zhengtong.data.entities.rules import Kind
from zhengtong.data.entities.tables import Entity, Lead
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.web import Given


@routes.get("/entities/figures", needs=READ)
def read_entity_figures(session: Session, actor: Actor) -> schemas.EntityFigures:
    """How the registers stand."""
    return queries.figures(session, actor)


@routes.get("/entities/registers/{kind}", needs=READ)
def list_entities(
    session: Session,
    actor: Actor,
    kind: Kind,
    page: web.PageArgs,
    wanted: Annotated[schemas.Wanted, Depends()],
    keyring: Given[Keyring],
) -> web.Page[schemas.EntityLine]:
    """Firms or persons by name, pinyin, initials, or the whole code number; persons masked."""
    found = web.paginate(
        session,
        queries.find_entities(actor, keyring, kind, wanted, text=page.q),
        page,
        sort={"-changed": Entity.changed_at, "name": Entity.name, "sources": Entity.sources},
        key=Entity.id,
        item=queries.entity_line,
    )
    queries.entity_lines(session, keyring, found.items)
    return found


@routes.get("/entities/{entity_id}", needs=READ)
def read_entity(session: Session, actor: Actor, entity_id: UUID, keyring: Given[Keyring]) -> schemas.EntityOut:
    """The golden record of one firm or person: each value with its source, what belongs to it, what happened to it."""
    entity = queries.get_entity(session, actor, entity_id)
    members = queries.members_of(session, entity)
    ids = [one.id for one in members]
    line = queries.entity_line(entity)
    queries.entity_lines(session, keyring, [line])
    leads = session.scalars(queries.visible_leads(actor).where(Lead.entity_id.in_(ids)).order_by(Lead.found_at)).all()
    return schemas.EntityOut(
        **line.model_dump(),
        values=queries.values_out(session, entity, members, keyring),
        members=queries.members_out(session, entity, members, keyring),
        stories=queries.stories_out(session, entity, members),
        decisions=queries.decisions_out(session, actor, entity, members),
        leads=queries.lead_lines(session, leads, now=clock.now()) if actor.may(READ_LEADS) else [],
        pairs=queries.waiting_pairs(session, ids),
        version=entity.version,
        abilities=queries.abilities(actor, entity),
    )


@routes.post("/entities/{entity_id}/reveal", needs=REVEAL, shown_once=True)
def reveal_entity(
    session: Session, actor: Actor, entity_id: UUID, body: schemas.EntityRevealIn, keyring: Given[Keyring]
) -> schemas.EntityRevealed:
    """A person's whole values, for a purpose that is kept."""
    entity = queries.get_entity(session, actor, entity_id)
    values = actions.reveal(session, actor, entity, body.purpose, keyring, now=clock.now())
    return schemas.EntityRevealed(values=values)
