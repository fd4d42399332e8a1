"""Where items are found."""

from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy.orm import Session

from zhengtong.data.catalogue.actions import finding
from zhengtong.data.catalogue.permissions import READ, REVIEW
from zhengtong.data.catalogue.queries import search
from zhengtong.data.catalogue.routes.room import routes
from zhengtong.data.catalogue.schemas.search import Found, IndexState, Narrowed, Suggestion, narrowed_by
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor

Typed = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$", description="what was typed so far")]


@routes.get("/catalogue/search", needs=READ)
def search_catalogue(
    session: Session, actor: Actor, page: web.PageArgs, narrowed: Annotated[Narrowed, Depends(narrowed_by)]
) -> Found:
    """Items by words, pinyin, code; by `字段:` (`field:`) and `标准:` (`element:`); with facets. One slip is forgiven."""
    limit = min(page.limit, 100)
    return search.find_in_index(session, actor, page.q or "", narrowed, after=page.after, limit=limit)


@routes.get("/catalogue/suggestions", needs=READ)
def suggest_items(session: Session, actor: Actor, q: Typed = "") -> list[Suggestion]:
    """The eight items that come first for what is typed so far."""
    return search.suggest(session, actor, q)


@routes.get("/catalogue/index", needs=READ)
def read_index(session: Session) -> IndexState:
    """Whether the search index holds every item, and how far its rebuild is."""
    return search.index_state(session, finding.NAME)


@routes.post("/catalogue/index/rebuild", needs=REVIEW, status=202)
def rebuild_index(session: Session, actor: Actor) -> IndexState:
    """Make the search index again in the background."""
    finding.ask_rebuild(session, actor, now=clock.now())
    return search.index_state(session, finding.NAME)
