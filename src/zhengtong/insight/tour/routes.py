"""Where the demo's pages ask. In a real city none of these addresses exists."""

from collections.abc import MutableMapping
from email.utils import format_datetime
from typing import Any

from sqlalchemy.orm import Session
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zhengtong.engines.crypto import Keyring
from zhengtong.insight.tour import actions, queries, schemas
from zhengtong.insight.tour.actions import Curtain
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given, problems

routes = web.Routes("tour", group="insight")


@routes.get("/tour", needs=web.SIGNED_IN)
def read_demo(session: Session, actor: Actor, settings: Given[Settings], keyring: Given[Keyring]) -> schemas.DemoOut:
    """The demo's clock, and where the guided tour begins."""
    _in_a_demo(settings)
    return queries.demo_out(session, actor, keyring, now=clock.now())


@routes.post("/tour/clock", needs=web.SIGNED_IN)
def move_clock(
    database: Database, actor: Actor, settings: Given[Settings], body: schemas.StepIn
) -> schemas.DemoClockOut:
    """Move the demo's clock on; it never goes back."""
    _in_a_demo(settings)
    actions.move(database, actor, body.step)
    with database.read() as session:
        return queries.clock_out(session, now=clock.now())


@routes.get("/tour/reset", needs=web.SIGNED_IN)
def foresee_reset(session: Session, settings: Given[Settings]) -> schemas.ResetOut:
    """What beginning anew would wipe out."""
    _in_a_demo(settings)
    return queries.reset_out(session)


@routes.post("/tour/reset", needs=web.SIGNED_IN)
def begin_anew(actor: Actor, settings: Given[Settings], curtain: Given[Curtain]) -> None:
    """Wipe the demo out and load it again: it stops answering for about a minute; all are signed out."""
    _in_a_demo(settings)
    actions.begin_anew(actor, curtain)


class CityDate:
    """Dates every answer of a demo by its own clock, so that the pages go by it too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: MutableMapping[str, Any] | Message) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", format_datetime(clock.now(), usegmt=True).encode())
                message = {**message, "headers": [*message.get("headers", []), date]}
            await send(message)

        await self._app(scope, receive, dated)


def _in_a_demo(settings: Settings) -> None:
    if not settings.kernel.demo:
        raise problems.NoSuchAddress()
