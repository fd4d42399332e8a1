"""Where departments' systems push rows to."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Path, Request
from sqlalchemy.orm import Session

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import pushes
from zhengtong.data.intake.permissions import PUSH
from zhengtong.data.intake.routes.room import routes
from zhengtong.data.intake.rules import pushing
from zhengtong.data.intake.schemas.push import ReceiptOut
from zhengtong.data.intake.settings import Intake
from zhengtong.data.intake.tables import Push, Run, Source
from zhengtong.engines.crypto import Crypto
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given


async def _bytes(request: Request) -> bytes:
    return await request.body()


Bytes = Annotated[bytes, Depends(_bytes)]
Key = Annotated[str, Header(alias="Idempotency-Key", max_length=100, description="the same key for the same batch")]
Media = Annotated[str, Header(alias="Content-Type", max_length=200)]
Named = Annotated[str, Path(max_length=60, description="id or code of the source")]


@routes.post("/intake/push/{source}", needs=PUSH)
def push_rows(
    database: Database,
    actor: Actor,
    source: Named,
    body: Bytes,
    settings: Given[Settings],
    crypto: Given[Crypto],
    key: Key = "",
    media: Media = "",
) -> ReceiptOut:
    """Push a batch: `{"rows": [...]}` or a list as JSON, or one JSON object a line. All of it is kept, or none."""
    limits = settings.of(Intake)
    media_type = media.partition(";")[0].strip().lower()
    if media_type not in pushing.TYPES:
        raise web.WrongMediaType()
    if len(body) > limits.push_mb * 2**20:
        raise web.TooLarge(limit_mb=limits.push_mb)
    if len(key) < 8:
        raise errors.PushKeyNeeded()
    sent = pushes.Sent(key, body, media_type, crypto.sm3(body).hex())
    kept = pushes.receive(database, actor, source, sent, data=settings.kernel.data, limits=limits, now=clock.now())
    return _receipt(*kept)


@routes.get("/intake/pushes/{push_id}", needs=PUSH)
def read_push(session: Session, actor: Actor, push_id: UUID) -> ReceiptOut:
    """What has become of a pushed batch."""
    push, source = pushes.find_push(session, actor, push_id, now=clock.now())
    run = session.get(Run, push.run_id) if push.run_id else None
    return _receipt(push, source, repeated=False, run=run)


def _receipt(push: Push, source: Source, repeated: bool, run: Run | None = None) -> ReceiptOut:
    return ReceiptOut(
        id=push.id,
        source=source.code,
        key=push.key,
        rows=push.rows,
        digest=push.digest,
        received_at=push.at,
        repeated=repeated,
        run_id=push.run_id,
        state=run.state if run else None,
    )
