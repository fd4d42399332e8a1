"""What feeds the registers, what contradicts, by what records are compared."""

from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data.entities import actions, queries, schemas
from zhengtong.data.entities.actions import working
from zhengtong.data.entities.permissions import DECLARE, READ
from zhengtong.data.entities.routes.room import routes
from zhengtong.data.entities.rules import Kind
from zhengtong.kernel import clock
from zhengtong.kernel.actor import Actor


@routes.get("/entities/sources/all", needs=READ)
def read_entity_sources(session: Session, actor: Actor) -> schemas.EntitySources:
    """Feeds, models and contradiction rules."""
    return queries.sources_out(session, actor)


@routes.put("/entities/sources/feeds", needs=DECLARE)
def declare_feed(session: Session, actor: Actor, body: schemas.EntityFeedIn) -> schemas.EntityFeed:
    """Have an item feed a register; it is read at once."""
    feed = actions.declare_feed(session, actor, body, now=clock.now())
    session.flush()
    working.order_rebuild(session, feed.kind)
    return queries.feed_out(feed, queries.item_refs(session, [feed.item_id])[feed.item_id])


@routes.post("/entities/sources/packs", needs=DECLARE)
def put_entity_pack(session: Session, actor: Actor, body: schemas.EntityPackIn) -> schemas.EntityPackPut:
    """Put a bundled pack in place; the registers are read anew."""
    put = actions.put_pack(session, actor, body.name, items=body.items, now=clock.now())
    working.order_all(session)
    return schemas.EntityPackPut(feeds=put.feeds, rules=put.rules, unbound=list(put.unbound))


@routes.put("/entities/sources/rules/{rule_id}", needs=DECLARE)
def switch_rule(session: Session, actor: Actor, rule_id: UUID, body: schemas.EntityRuleIn) -> schemas.EntitySources:
    """Look for a contradiction, or no longer."""
    actions.switch_rule(session, actor, rule_id, enabled=body.enabled, now=clock.now())
    session.flush()
    working.order_look(session, rule_id)
    return queries.sources_out(session, actor)


@routes.post("/entities/sources/models/{kind}/train", needs=DECLARE, status=202)
def train_model(session: Session, actor: Actor, kind: Kind) -> None:
    """Train a model on the register as it stands; it is kept beside the others."""
    actions.check_trainable(session, actor, kind, now=clock.now())
    working.order_training(session, kind, by=actor.name)


@routes.put("/entities/sources/models/{kind}", needs=DECLARE)
def use_model(session: Session, actor: Actor, kind: Kind, body: schemas.EntityModelIn) -> schemas.EntitySources:
    """Compare records by another model; the register is settled anew."""
    actions.use_model(session, actor, kind, body.number, now=clock.now())
    session.flush()
    working.order_rebuild(session, kind)
    return queries.sources_out(session, actor)


@routes.post("/entities/sources/rebuild", needs=DECLARE, status=202)
def rebuild_registers(session: Session, actor: Actor) -> None:
    """Read the registers anew from the lake and look for contradictions."""
    working.order_all(session)
