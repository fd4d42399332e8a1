"""Put a rule pack in force, or retire it. Clocks that run already keep the terms they started under."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from zhengtong.kernel import audit, events
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.office.deadlines import queries, rules
from zhengtong.office.deadlines.errors import PackInForce, PackNotFound, ReasonMissing
from zhengtong.office.deadlines.events import RulePackPut, RulePackRetired
from zhengtong.office.deadlines.permissions import CHANGE_PACKS
from zhengtong.office.deadlines.tables import RulePack


@dataclass(frozen=True, slots=True)
class RuleChange:
    """How one rule would hold before and after; one of the two is None for a new or a vanishing rule."""

    id: str
    before: rules.Standing | None
    after: rules.Standing | None


def preview_pack(session: Session, actor: Actor, *, text: str, now: datetime) -> list[RuleChange]:
    """What putting this pack in force would change. Raises PermissionMissing, PackWrong."""
    require(actor, CHANGE_PACKS, now=now)
    pack, book = rules.read_pack(text), queries.rulebook(session)
    others = [one for one in book.packs if one.pack != pack.pack]
    place = next((n for n, one in enumerate(book.packs) if one.pack == pack.pack), len(others))
    return _compare(book, rules.RuleBook((*others[:place], pack, *others[place:])))


def put_pack(session: Session, actor: Actor, *, text: str, now: datetime) -> RulePack:
    """This will put the pack in force, on top of the others or in the place of its former edition.

    Raises PermissionMissing, StepUpNeeded, PackWrong, PackInForce.
    """
    require(actor, CHANGE_PACKS, now=now)
    pack, digest = rules.read_pack(text), queries.digest_of(text)
    former = _holding(session, pack.pack)
    if former and former.digest == digest:
        raise PackInForce(pack=pack.pack)
    if former:
        former.retired_at = now
    row = RulePack(
        id=new_id(),
        pack=pack.pack,
        text=text,
        digest=digest,
        position=former.position if former else _next_position(session),
        put_at=now,
        put_by=actor.subject,
        put_by_name=actor.name,
    )
    session.add(row)
    before = {"digest": former.digest} if former else None
    after = {"digest": digest, "rules": len(pack.rules)}
    audit.record(session, actor, "deadlines.pack_put", row, before=before, after=after, at=now)
    events.announce(session, RulePackPut(pack=pack.pack, digest=digest))
    return row


def put_bundled_pack(session: Session, actor: Actor, name: str, *, now: datetime) -> RulePack:
    """This will put a pack that came with this release in force. Raises PackNotFound, and what `put_pack` raises."""
    return put_pack(session, actor, text=queries.bundled_pack(name), now=now)


def retire_pack(session: Session, actor: Actor, name: str, *, reason: str, now: datetime) -> RulePack:
    """This will take a pack out of force; the rules it overrode hold again.

    Raises PermissionMissing, StepUpNeeded, PackNotFound, ReasonMissing.
    """
    require(actor, CHANGE_PACKS, now=now)
    row = _holding(session, name)
    if row is None:
        raise PackNotFound(pack=name)
    if not reason.strip():
        raise ReasonMissing()
    row.retired_at = now
    audit.record(
        session, actor, "deadlines.pack_retired", row, before={"digest": row.digest}, after={"reason": reason}, at=now
    )
    events.announce(session, RulePackRetired(pack=name, reason=reason))
    return row


def _holding(session: Session, name: str) -> RulePack | None:
    return session.scalar(select(RulePack).where(RulePack.pack == name, RulePack.retired_at.is_(None)))


def _next_position(session: Session) -> int:
    return (session.scalar(select(func.max(RulePack.position))) or 0) + 1


def _compare(before: rules.RuleBook, after: rules.RuleBook) -> list[RuleChange]:
    ids = sorted(before.standing.keys() | after.standing.keys())
    pairs = (RuleChange(one, before.standing.get(one), after.standing.get(one)) for one in ids)
    return [pair for pair in pairs if _rule(pair.before) != _rule(pair.after)]


def _rule(standing: rules.Standing | None) -> rules.Rule | None:
    return standing.rule if standing else None
