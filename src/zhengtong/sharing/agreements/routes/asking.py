"""May X read Y for Z; who may what; and deciding again from inputs."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy.orm import Session

from zhengtong.kernel import clock
from zhengtong.kernel.actor import Actor
from zhengtong.sharing.agreements import queries, schemas
from zhengtong.sharing.agreements.permissions import READ
from zhengtong.sharing.agreements.routes.ground import routes

Ids = Annotated[list[UUID], Query(max_length=40)]


@routes.post("/sharing/questions", needs=READ)
def ask(session: Session, actor: Actor, body: schemas.QuestionIn) -> schemas.Verdicts:
    """May this department read these fields for this purpose? Decided as a call would be; nothing is called."""
    return queries.ask(session, body, now=clock.now())


@routes.get("/sharing/matrix", needs=READ)
def read_matrix(session: Session, actor: Actor, department: Ids = [], item: Ids = []) -> schemas.MatrixOut:  # noqa: B006
    """Who may what, as decided now: departments by items."""
    return queries.matrix(session, departments=department, items=item, now=clock.now())
