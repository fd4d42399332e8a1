"""What a person decides about doubtful pairs: merge, keep apart, undo. A decision is remembered and never asked again."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from zhengtong.data.entities import errors, events, queries
from zhengtong.data.entities.actions.settling import Cause, settle_around
from zhengtong.data.entities.permissions import REVIEW
from zhengtong.data.entities.rules import Happening, PairState, Verdict
from zhengtong.data.entities.tables import Decision, DecisionSide, Pair, Record, Story
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce

HAPPENED = {Verdict.MERGE: Happening.MERGED, Verdict.APART: Happening.KEPT_APART}


def decide(
    session: Session, actor: Actor, pair: Pair, verdict: Verdict, *, reason: str, keyring: Keyring, now: datetime
) -> Decision:
    """This will merge the two beings of a waiting pair, or keep them apart for good.

    Merging concerns the pair itself; keeping apart concerns all records that either side has now. Needs REVIEW.
    Raises PairSettledMeanwhile.
    """
    require(actor, REVIEW, now=now)
    if pair.state not in (PairState.WAITING, PairState.IMPLIED):
        raise errors.PairSettledMeanwhile(state=queries.state_words(pair.state))
    left, right = (_side(session, side) for side in (pair.one_id, pair.other_id))
    decision = Decision(
        id=new_id(),
        kind=pair.kind,
        verdict=verdict,
        pair_id=pair.id,
        one_id=pair.one_id,
        other_id=pair.other_id,
        left=[str(one) for one in left],
        right=[str(one) for one in right],
        reason=reason,
        decided_at=now,
        decided_by=actor.subject,
        decided_by_name=actor.name,
    )
    session.add(decision)
    session.flush()
    session.add_all(DecisionSide(decision_id=decision.id, record_id=one) for one in {*left, *right})
    session.flush()
    entities = sorted({_entity(session, pair.one_id), _entity(session, pair.other_id)})
    cause = Cause(HAPPENED[verdict], actor.name, {"decision": str(decision.id)})
    settle_around(session, keyring, pair.kind, {pair.one_id, pair.other_id}, now=now, cause=cause)
    _remember(session, decision, entities, cause, now)
    told = {"verdict": verdict.value, "entities": [str(one) for one in entities], "reason": reason}
    audit.record(session, actor, f"entities.{verdict.value}", decision, after=told, at=now)
    if verdict is Verdict.MERGE:
        announce(session, events.EntitiesMerged(entities[0], entities[-1], pair.kind.value))
    return decision


def undo(session: Session, actor: Actor, decision_id: UUID, *, keyring: Keyring, now: datetime) -> Decision:
    """This will take a decision back: the beings are settled as if it had never been taken. Needs REVIEW.

    Raises DecisionNotFound.
    """
    require(actor, REVIEW, now=now)
    decision = session.get(Decision, decision_id)
    if decision is None or decision.undone_at is not None:
        raise errors.DecisionNotFound()
    decision.undone_at, decision.undone_by_name = now, actor.name
    session.flush()
    concerned = set(session.scalars(select(DecisionSide.record_id).where(DecisionSide.decision_id == decision.id)))
    cause = Cause(Happening.UNDONE, actor.name, {"decision": str(decision.id)})
    settle_around(session, keyring, decision.kind, concerned, now=now, cause=cause)
    session.execute(delete(DecisionSide).where(DecisionSide.decision_id == decision.id))
    audit.record(session, actor, "entities.undone", decision, before={"verdict": decision.verdict.value}, at=now)
    return decision


def _side(session: Session, record_id: UUID) -> Sequence[UUID]:
    """The records of the being that this record belongs to."""
    entity = select(Record.entity_id).where(Record.id == record_id).scalar_subquery()
    return session.scalars(select(Record.id).where(Record.entity_id == entity, Record.gone_at.is_(None))).all()


def _entity(session: Session, record_id: UUID) -> UUID:
    return session.scalars(select(Record.entity_id).where(Record.id == record_id)).one()


def _remember(session: Session, decision: Decision, entities: Sequence[UUID], cause: Cause, now: datetime) -> None:
    """Keeping apart moves no record, so that its story is written here."""
    if decision.verdict is Verdict.APART:
        for entity_id in entities:
            what = Happening.KEPT_APART
            told = {"decision": str(decision.id)}
            session.add(Story(id=new_id(), entity_id=entity_id, at=now, what=what, by_name=cause.by_name, told=told))
