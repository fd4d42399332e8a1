"""Items: listed, read, registered, revised."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy.orm import Session

from zhengtong.data.catalogue import actions, queries, schemas
from zhengtong.data.catalogue.permissions import EDIT, READ
from zhengtong.data.catalogue.routes.room import routes
from zhengtong.data.catalogue.tables import Item, ItemBatch
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.office import identity


@routes.get("/catalogue/words", needs=READ)
def read_catalogue_words() -> schemas.WordsOut:
    """The words an item may use: sharing, opening, cycles, classes, states, levels."""
    return queries.catalogue_words()


@routes.get("/catalogue/figures", needs=READ)
def read_catalogue_figures(session: Session, actor: Actor) -> schemas.FiguresOut:
    """The catalogue in figures: sharing rate, states, what waits, what is late."""
    return queries.figures(session, actor)


@routes.get("/catalogue/items", needs=READ)
def list_items(
    session: Session, actor: Actor, page: web.PageArgs, wanted: Annotated[schemas.Wanted, Depends()]
) -> web.Page[schemas.ItemLine]:
    """Items by name, pinyin, initials or code; by department, state, share type, level, cycle, class."""
    return web.paginate(
        session,
        queries.find_items(actor, text=page.q, wanted=wanted),
        page,
        sort={"code": Item.code, "name": Item.name_zh, "changed": Item.changed_at},
        key=Item.id,
        item=queries.item_line,
    )


@routes.post("/catalogue/items", needs=EDIT, status=201)
def register_item(session: Session, actor: Actor, body: schemas.NewItem) -> schemas.ItemOut:
    """Draft a new item."""
    identity.get_department(session, actor, body.department_id)
    where = actions.Registration(body.department_id, code=body.code, number=body.number)
    item = actions.register_item(session, actor, body.to_content(), where, now=clock.now())
    return queries.item_out(session, actor, item)


@routes.get("/catalogue/items/{item_id}", needs=READ)
def read_item(session: Session, actor: Actor, item_id: UUID) -> schemas.ItemOut:
    """One item with its fields, versions and what can be done with it."""
    return queries.item_out(session, actor, queries.get_visible(session, actor, item_id))


@routes.put("/catalogue/items/{item_id}/draft", needs=EDIT)
def revise_item(
    session: Session, actor: Actor, item_id: UUID, body: schemas.Revision, if_match: web.IfMatch = None
) -> schemas.ItemOut:
    """Change the draft, or begin the next version of a published item."""
    item = queries.get_visible(session, actor, item_id)
    web.check_version(item.version, if_match)
    actions.revise_item(session, actor, item, body.to_content(), note=body.note, now=clock.now())
    session.flush()
    return queries.item_out(session, actor, item)


@routes.delete("/catalogue/items/{item_id}/draft", needs=EDIT)
def discard_revision(session: Session, actor: Actor, item_id: UUID) -> None:
    """Delete the revision of a published item."""
    actions.discard_revision(session, actor, queries.get_visible(session, actor, item_id), now=clock.now())


@routes.get("/catalogue/items/{item_id}/versions/{number}", needs=READ)
def read_item_version(session: Session, actor: Actor, item_id: UUID, number: int) -> schemas.VersionOut:
    """One version with all it says."""
    item = queries.get_visible(session, actor, item_id)
    return queries.version_out(queries.version_of(session, item, number))


@routes.get("/catalogue/items/{item_id}/diff", needs=READ)
def diff_item(session: Session, actor: Actor, item_id: UUID, before: int, after: int) -> schemas.ChangesOut:
    """How two versions of an item differ, and which change breaks who reads it."""
    item = queries.get_visible(session, actor, item_id)
    return queries.changes_out(session, item, before, after)


@routes.get("/catalogue/items/{item_id}/batches", needs=READ)
def list_item_batches(session: Session, actor: Actor, item_id: UUID, page: web.PageArgs) -> web.Page[schemas.BatchOut]:
    """The batches that landed, newest first, and whether each came in time."""
    item = queries.get_visible(session, actor, item_id)
    return web.paginate(
        session,
        queries.batches_of(item),
        page,
        sort={"-at": ItemBatch.at},
        key=ItemBatch.batch_id,
        item=lambda one: schemas.BatchOut.model_validate(one, from_attributes=True),
    )


@routes.get("/catalogue/items/{item_id}/usage", needs=READ)
def read_item_usage(
    session: Session, actor: Actor, item_id: UUID, days: Annotated[int, Query(ge=1, le=400)] = 90
) -> schemas.ItemUsageOut:
    """Who used the item in the last days, and what for."""
    item = queries.get_visible(session, actor, item_id)
    return queries.usage_of(session, item, until=identity.law_day(clock.now()), days=days)
