"""Where the home page asks."""

from typing import Annotated

from fastapi import Query
from sqlalchemy.orm import Session

from zhengtong.insight.home import queries, schemas
from zhengtong.insight.home.permissions import FIGURES
from zhengtong.insight.home.tables import Happening
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor

routes = web.Routes("home", group="insight")


@routes.get("/home/city", needs=FIGURES)
def read_city(session: Session, actor: Actor, days: Annotated[int, Query(ge=7, le=366)] = 30) -> schemas.CityOut:
    """How the city, or the departments one sees, are doing: figures with their denominators, duties by department.

    `days`: the period, up to today.
    """
    return queries.city(session, actor, days=days, now=clock.now())


@routes.get("/home/happenings", needs=FIGURES)
def list_happenings(session: Session, actor: Actor, page: web.PageArgs) -> web.Page[schemas.HappeningOut]:
    """What happened, the newest first."""
    found = web.paginate(
        session,
        queries.happenings(session, actor),
        page,
        sort={"-at": Happening.at},
        key=Happening.id,
        item=lambda row: row,
    )
    return web.Page(items=queries.told(session, found.items), next=found.next, total=found.total)
