"""Where lineage is reached."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from sqlalchemy.orm import Session

from zhengtong.data.catalogue import queries
from zhengtong.data.catalogue.actions import lineage as actions
from zhengtong.data.catalogue.permissions import EDIT, READ
from zhengtong.data.catalogue.queries import lineage
from zhengtong.data.catalogue.routes.room import routes
from zhengtong.data.catalogue.schemas.lineage import (
    DerivationIn,
    DerivationOut,
    DerivationPlan,
    GraphOut,
    RunEventIn,
    RunHeard,
)
from zhengtong.kernel import clock
from zhengtong.kernel.actor import Actor

Steps = Annotated[int, Query(ge=0, le=6)]
FieldName = Annotated[str | None, Query(max_length=63, description="only what concerns this field")]


@routes.get("/catalogue/items/{item_id}/lineage", needs=READ)
def read_item_lineage(
    session: Session, actor: Actor, item_id: UUID, field: FieldName = None, up: Steps = 2, down: Steps = 2
) -> GraphOut:
    """What the item is made from and what is made of it, with levels."""
    item = queries.get_visible(session, actor, item_id)
    return lineage.graph_of(session, actor, item, only=field, up=up, down=down)


@routes.get("/catalogue/items/{item_id}/lineage/events", needs=READ)
def export_item_lineage(session: Session, actor: Actor, item_id: UUID) -> list[dict[str, Any]]:
    """The runs that make the item, as OpenLineage run events."""
    return lineage.events_of(session, actor, queries.get_visible(session, actor, item_id))


@routes.get("/catalogue/items/{item_id}/derivation", needs=READ)
def read_derivation(session: Session, actor: Actor, item_id: UUID) -> DerivationOut:
    """The query that makes the item."""
    return lineage.derivation_out(session, actor, queries.get_visible(session, actor, item_id))


@routes.post("/catalogue/items/{item_id}/derivation/preview", needs=EDIT)
def preview_derivation(session: Session, actor: Actor, item_id: UUID, body: DerivationIn) -> DerivationPlan:
    """What a query would make of the item. Nothing is kept."""
    item = queries.get_visible(session, actor, item_id)
    return lineage.plan_derivation(session, actor, item, body.sql, body.dialect)[0]


@routes.put("/catalogue/items/{item_id}/derivation", needs=EDIT)
def set_derivation(session: Session, actor: Actor, item_id: UUID, body: DerivationIn) -> DerivationOut:
    """Keep the query that makes the item; its lineage follows."""
    item = queries.get_visible(session, actor, item_id)
    actions.set_derivation(session, actor, item, body, now=clock.now())
    return lineage.derivation_out(session, actor, item)


@routes.delete("/catalogue/items/{item_id}/derivation", needs=EDIT)
def drop_derivation(session: Session, actor: Actor, item_id: UUID) -> None:
    """Forget the query that makes the item."""
    actions.drop_derivation(session, actor, queries.get_visible(session, actor, item_id), now=clock.now())


@routes.post("/catalogue/lineage/events", needs=EDIT)
def hear_run_event(session: Session, actor: Actor, body: RunEventIn) -> RunHeard:
    """Take a RunEvent of OpenLineage from another system; told twice, it counts once."""
    return actions.hear_run(session, actor, body, now=clock.now())
