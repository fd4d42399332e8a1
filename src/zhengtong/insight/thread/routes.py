"""Where the thread is reached. Who is signed in may ask; each step asks its own room's right."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query, Response
from sqlalchemy.orm import Session

from zhengtong.engines.lake import Lake
from zhengtong.insight.thread import queries, schemas
from zhengtong.insight.thread.queries import Reading
from zhengtong.insight.thread.rules import Kind, Step
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.given import Givens
from zhengtong.kernel.jobs import Workers
from zhengtong.kernel.web import Given

routes = web.Routes("thread", group="insight")
Id = Annotated[str, Path(max_length=80, pattern=r"^[^\x00]+$", description="id, or the number people know it by")]
Version = Annotated[int | None, Query(ge=1, lt=2**31, description="of the item, or of the agreement's terms")]
FieldName = Annotated[str, Query(max_length=63, pattern=r"^[^\x00]*$", description="a field of the item to follow")]
Text = Annotated[str, Query(min_length=3, max_length=80, pattern=r"^[^\x00]+$")]
Works = Given[Workers]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which of its versions, and which field is followed."""

    version: int | None
    field: str


def _asked(version: Version = None, field: FieldName = "") -> _Asked:
    return _Asked(version, field)


Asked = Annotated[_Asked, Depends(_asked)]


@routes.get("/thread", needs=web.SIGNED_IN)
def find_thread(session: Session, actor: Actor, q: Text, works: Works) -> list[schemas.ThreadEnd]:
    """What a number or id names, of what one may see: an item, an agreement, a receipt, a batch."""
    return queries.ends(_reading(session, actor, works.givens), q)


@routes.get("/thread/{kind}/{id:path}/steps/{step}", needs=web.SIGNED_IN)
def list_thread_lines(
    session: Session, actor: Actor, kind: Kind, id: Id, step: Step, page: web.PageArgs, asked: Asked, works: Works
) -> web.Page[schemas.ThreadLine]:
    """All batches, agreements or calls on a thread, each with how its proof stands."""
    reading = _reading(session, actor, works.givens)
    focus = queries.enter(reading, kind, id, version=asked.version, field=asked.field)
    return queries.lines(reading, focus, step, page)


@routes.get("/thread/{kind}/{id:path}/check", needs=web.SIGNED_IN)
def check_thread(
    session: Session, actor: Actor, kind: Kind, id: Id, asked: Asked, works: Works, lake: Given[Lake]
) -> schemas.ThreadCheck:
    """Check every proof of the thread now; the first that is broken is named."""
    reading = _reading(session, actor, works.givens)
    focus = queries.enter(reading, kind, id, version=asked.version, field=asked.field)
    return queries.check(reading, focus, queries.steps(reading, focus), lake)


@routes.get("/thread/{kind}/{id:path}/proofs", needs=web.SIGNED_IN)
def read_thread_proofs(session: Session, actor: Actor, kind: Kind, id: Id, asked: Asked, works: Works) -> Response:
    """The thread's proofs as a file that `zhengtong verify` checks without the city."""
    reading = _reading(session, actor, works.givens)
    focus = queries.enter(reading, kind, id, version=asked.version, field=asked.field)
    told = queries.bundle(reading, focus, queries.steps(reading, focus))
    headers = {"Content-Disposition": f'attachment; filename="thread-{kind.value}-{focus.id[-12:]}.jsonl"'}
    return Response(told, media_type="application/x-ndjson", headers=headers)


@routes.get("/thread/{kind}/{id:path}", needs=web.SIGNED_IN)
def read_thread(session: Session, actor: Actor, kind: Kind, id: Id, asked: Asked, works: Works) -> schemas.ThreadOut:
    """Where a value comes from and where it went: every step with its proof, as far as one may see."""
    reading = _reading(session, actor, works.givens)
    focus = queries.enter(reading, kind, id, version=asked.version, field=asked.field)
    return queries.thread_out(reading, focus)


def _reading(session: Session, actor: Actor, givens: Givens) -> Reading:
    return Reading.of(session, actor, givens, now=clock.now())
