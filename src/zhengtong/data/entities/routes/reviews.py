"""Doubtful pairs: the list, one side by side, decide, undo."""

from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data.entities import actions, queries, schemas
from zhengtong.data.entities.permissions import READ, REVIEW
from zhengtong.data.entities.routes.room import routes
from zhengtong.data.entities.rules import Kind
from zhengtong.data.entities.tables import Decision, Pair, Record
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.web import Given


@routes.get("/entities/reviews/waiting", needs=READ)
def list_pairs(
    session: Session, actor: Actor, page: web.PageArgs, kind: Kind | None = None
) -> web.Page[schemas.PairLine]:
    """Doubtful pairs that wait to be settled, the likeliest first."""
    found = web.paginate(
        session,
        queries.waiting(actor, kind),
        page,
        sort={"-probability": Pair.probability, "found": Pair.found_at},
        key=Pair.id,
        item=lambda pair: pair,
    )
    return web.Page(items=queries.pair_lines(session, found.items), next=found.next, total=found.total)


@routes.get("/entities/reviews/{pair_id}", needs=READ)
def read_pair(session: Session, actor: Actor, pair_id: UUID, keyring: Given[Keyring]) -> schemas.PairOut:
    """One pair side by side, with what speaks for and against."""
    return queries.pair_out(session, actor, queries.get_pair(session, actor, pair_id), keyring)


@routes.post("/entities/reviews/{pair_id}/decide", needs=REVIEW)
def decide_pair(
    session: Session,
    actor: Actor,
    pair_id: UUID,
    body: schemas.PairDecideIn,
    keyring: Given[Keyring],
    if_match: web.IfMatch = None,
) -> schemas.PairDecided:
    """Merge the two, or keep them apart, as they were shown."""
    pair = queries.get_pair(session, actor, pair_id)
    web.check_version(pair.version, if_match)
    decision = actions.decide(session, actor, pair, body.verdict, reason=body.reason, keyring=keyring, now=clock.now())
    return _decided(session, decision)


@routes.post("/entities/decisions/{decision_id}/undo", needs=REVIEW)
def undo_decision(session: Session, actor: Actor, decision_id: UUID, keyring: Given[Keyring]) -> schemas.PairDecided:
    """Take a decision back."""
    return _decided(session, actions.undo(session, actor, decision_id, keyring=keyring, now=clock.now()))


def _decided(session: Session, decision: Decision) -> schemas.PairDecided:
    record = session.get_one(Record, decision.one_id)
    return schemas.PairDecided(
        decision=decision.id,
        entity_id=record.entity_id,
        next=queries.next_pair(session, decision.kind, but=decision.pair_id),
        waiting=queries.count_waiting(session, decision.kind),
    )
