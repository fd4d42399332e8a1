"""Several items at once: each on its own, so that one that cannot be done does not stop the others."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from zhengtong.data.catalogue.actions import reviewing, telling
from zhengtong.data.catalogue.tables import Item
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Conflict, Invalid, Problem, Refused


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item; `why` it could not be done, None when it was."""

    item: Item
    why: Problem | None


def submit_items(session: Session, actor: Actor, items: Sequence[Item], *, now: datetime) -> list[Outcome]:
    """This will submit each item that can be, and tell the reviewers once a department. Needs EDIT in their departments."""
    found = _each(session, items, lambda item: reviewing.submit_item(session, actor, item, now=now, tell=False))
    counted = Counter(one.item.department.name_zh for one in found if one.why is None)
    for department, count in counted.items():
        telling.tell_of_many(session, count, department, now=now)
    return found


def publish_items(session: Session, actor: Actor, items: Sequence[Item], *, now: datetime) -> list[Outcome]:
    """This will publish each item that waits for it. Needs REVIEW; raises StepUpNeeded for all of them."""
    return _each(session, items, lambda item: reviewing.publish_item(session, actor, item, now=now))


def _each(session: Session, items: Sequence[Item], do: Callable[[Item], None]) -> list[Outcome]:
    found = []
    for item in items:
        try:
            with session.begin_nested():
                do(item)
        except (Invalid, Conflict, Refused) as why:
            found.append(Outcome(item, why))
        else:
            found.append(Outcome(item, None))
    return found
