"""An answer made ahead of its decision, in another process (the front): let pass where the decision rests on the same, made anew where it
does not."""

import hashlib
import time
from collections.abc import Callable
from operator import is_
from typing import Any, NamedTuple

from zhengtong.engines.crypto import Crypto, random
from zhengtong.kernel import errors as families
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway import rules
from zhengtong.sharing.gateway.actions.answering import Answerer
from zhengtong.sharing.gateway.actions.committing import Answer, Bound, masks_of
from zhengtong.sharing.gateway.queries.plans import Plan
from zhengtong.sharing.gateway.rules import Asked

KEPT, SALT = 2_000, 16
MOMENT_S = 1.0
"""How long one decision is believed to be that of the calls alike."""


class Foretold(NamedTuple):
    """What an answer would be, without the answer. `fields`: those asked for, none: all that are agreed; `keys`: those it is asked by;
    `belief`: what it rests on (`Beliefs`); `rows`, `copy`, `subjects`: as `Answer` has them; `bound`: what binds the answer's bytes to a
    receipt."""

    fields: tuple[str, ...]
    keys: tuple[str, ...]
    belief: str
    rows: int
    copy: str
    subjects: tuple[str, ...]
    bound: Bound


class Beliefs:
    """What an answer rests on beside its rows: the item's fields, the masks, which rows are given and how many at most. A digest of it, the
    same in each process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int, int, int], tuple[Plan, Any, Any, str]] = {}

    def of(self, plan: Plan, decision: agreements.Decision, limit: int) -> str:
        """The digest of a decision that allows, of this item. `limit`: the rows at most."""
        masks, rows = decision.masks, decision.rows
        key = (id(plan), id(masks), id(rows), limit)
        kept = self._kept.get(key)
        if kept is not None and kept[0] is plan and kept[1] is masks and kept[2] is rows:
            return kept[3]
        agreed = (sorted(masks_of(decision).items()), tuple(rows), limit)
        told = repr((plan.code, plan.item_id.hex, plan.fields, *agreed))
        belief = hashlib.sha256(told.encode()).hexdigest()
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[key] = (plan, masks, rows, belief)
        return belief


class Ground(NamedTuple):
    """What calls alike are answered on, as this process believes it. `given`: the fields to give; `limit`: the rows at most."""

    plan: Plan
    given: tuple[str, ...]
    limit: int
    decision: agreements.Decision
    belief: str


class Foreteller:
    """Makes answers ahead of their decisions. For a moment calls alike rest on one decision here: the city decides each."""

    def __init__(self, answerer: Answerer, crypto: Crypto) -> None:
        self._answerer, self._crypto = answerer, crypto
        self._kept: dict[tuple[Any, ...], tuple[Ground | None, float, tuple[Any, ...]]] = {}

    def foretell(
        self, who: tuple[Any, ...], asked: Asked, believed: tuple[Any, ...], made: Callable[[], Ground | None]
    ) -> tuple[Foretold, bytes] | None:
        """What a look-up would be answered, and the bytes; None where it would be refused, or fail. `who`: whose call it is; `believed`: as
        long as it is the same, what was `made` stands."""
        names = tuple([one.field for one in asked.where])
        key = (who, asked.agreement, asked.item, asked.purpose, bool(asked.case_number), asked.fields, names)
        ground = self._ground(key, believed, made)
        if ground is None:
            return None
        if asked.limit != ground.limit:
            asked = asked.with_limit(ground.limit, asked.keys)
        try:
            answer = self._answerer.answer(asked, ground.plan, ground.given, ground.decision)
        except families.Problem:
            return None
        salt, body = random(SALT), answer.body
        bound = Bound(salt, rules.answer_digest(self._crypto.sm3, salt, body), len(body))
        told = Foretold(asked.fields, names, ground.belief, answer.rows, answer.copy, answer.subjects, bound)
        return told, body

    def _ground(
        self, key: tuple[Any, ...], believed: tuple[Any, ...], made: Callable[[], Ground | None]
    ) -> Ground | None:
        kept, now = self._kept.get(key), time.monotonic()
        if kept is not None and now < kept[1] and all(map(is_, kept[2], believed)):
            return kept[0]
        ground = made()
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[key] = (ground, now + MOMENT_S, believed)
        return ground


def passing(
    told: Foretold, believed: Callable[[agreements.Decision], str], anew: Callable[[agreements.Decision], Answer]
) -> Callable[[agreements.Decision], Answer]:
    """What gives the foretold answer, without its bytes, under a decision that is `believed` to rest on the same; else the answer made `anew`."""
    ready = Answer(b"", told.rows, told.copy, told.subjects, bound=told.bound)

    def answer(decision: agreements.Decision) -> Answer:
        return ready if believed(decision) == told.belief else anew(decision)

    return answer
