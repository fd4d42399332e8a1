"""An answer made ahead of its decision, in another process (the front): let pass where the decision rests on the same, made anew where it
does not."""

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

from zhengtong.engines.crypto import Crypto, random
from zhengtong.kernel import errors as families
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway import rules
from zhengtong.sharing.gateway.actions.committing import Answer, Bound, Pending, masks_of
from zhengtong.sharing.gateway.queries.plans import Plan

KEPT, SALT = 2_000, 16


class Foretold(NamedTuple):
    """What an answer would be, without the answer. `fields`: all that the request names; `belief`: what it rests on (`Beliefs`);
    `rows`, `copy`, `subjects`: as `Answer` has them; `bound`: what binds the answer's bytes to a receipt."""

    fields: tuple[str, ...]
    belief: str
    rows: int
    copy: str
    subjects: tuple[str, ...]
    bound: Bound


class Beliefs:
    """What an answer rests on beside its rows: the item's fields, the masks, which rows are given. A digest of it, the same in each process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int, int], tuple[Plan, Any, Any, str]] = {}

    def of(self, plan: Plan, decision: agreements.Decision) -> str:
        """The digest of a decision that allows, of this item."""
        masks, rows = decision.masks, decision.rows
        key = (id(plan), id(masks), id(rows))
        kept = self._kept.get(key)
        if kept is not None and kept[0] is plan and kept[1] is masks and kept[2] is rows:
            return kept[3]
        told = repr((plan.code, plan.item_id.hex, plan.fields, sorted(masks_of(decision).items()), tuple(rows)))
        belief = hashlib.sha256(told.encode()).hexdigest()
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[key] = (plan, masks, rows, belief)
        return belief


def foretell(
    call: Pending, plan: Plan | None, before: agreements.Decision, beliefs: Beliefs, crypto: Crypto
) -> tuple[Foretold, bytes] | None:
    """What the call would be answered under this decision, and the answer's bytes; None where it would be refused, or fail."""
    if plan is None or not before.allowed:
        return None
    try:
        answer = call.answer(before)
    except families.Problem:
        return None
    salt, body = random(SALT), answer.body
    bound = Bound(salt, rules.answer_digest(crypto.sm3, salt, body), len(body))
    belief = beliefs.of(plan, before)
    return Foretold(call.request.fields, belief, answer.rows, answer.copy, answer.subjects, bound), body


def passing(
    told: Foretold, plan: Plan, beliefs: Beliefs, anew: Callable[[agreements.Decision], Answer]
) -> Callable[[agreements.Decision], Answer]:
    """What gives the foretold answer, without its bytes, under a decision that rests on the same; else the answer made `anew`."""
    ready = Answer(b"", told.rows, told.copy, told.subjects, bound=told.bound)

    def answer(decision: agreements.Decision) -> Answer:
        return ready if beliefs.of(plan, decision) == told.belief else anew(decision)

    return answer
