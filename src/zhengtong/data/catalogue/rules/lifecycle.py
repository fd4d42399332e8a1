"""Where an item stands, and which deed leads on. The table itself is law as data: rules/catalogue/lifecycle.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zhengtong.kernel.errors import Words

SHORTEST_REASON = 2


class State(StrEnum):
    """Where an item stands in its life."""

    CREATED = "created"
    PUBLISH_IN_REVIEW = "publish_in_review"
    PUBLISH_REJECTED = "publish_rejected"
    PUBLISHED = "published"
    WITHDRAWAL_IN_REVIEW = "withdrawal_in_review"
    WITHDRAWAL_REJECTED = "withdrawal_rejected"
    WITHDRAWN = "withdrawn"
    DELETED = "deleted"

    @classmethod
    def live(cls) -> "tuple[State, ...]":
        """The states in which an item is in the published catalogue."""
        return (cls.PUBLISHED, cls.WITHDRAWAL_IN_REVIEW, cls.WITHDRAWAL_REJECTED)


class VersionState(StrEnum):
    """Where one version of an item's content stands."""

    CREATED = "created"
    IN_REVIEW = "publish_in_review"
    REJECTED = "publish_rejected"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"

    @property
    def as_item(self) -> State:
        """The state of an item whose publication stands there; a revision goes through the same review."""
        return State.PUBLISHED if self is VersionState.SUPERSEDED else State(self.value)


@dataclass(frozen=True, slots=True)
class Deed:
    """One step of the table. `who`: `edit` (the providing department) or `review` (the data sharing authority)."""

    name: str
    label: Words
    who: str
    before: frozenset[State]
    after: State
    reason: bool


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state's code in exchanges, and its names."""

    code: int
    label: Words


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """The states and the deeds between them."""

    states: Mapping[State, StateWords]
    deeds: Mapping[str, Deed]


class LifeCycleWrong(Exception):
    """The rule pack's table does not hold together: a fault of the pack, found when it is read."""


def read_life_cycle(told: Mapping[str, Any]) -> LifeCycle:
    """The table of a rule pack. Raises LifeCycleWrong where a state is missing, named twice, or cannot be reached."""
    states = {State(name): StateWords(one["code"], Words(one["zh"], one["en"])) for name, one in told["states"].items()}
    deeds = {
        name: Deed(
            name,
            Words(one["zh"], one["en"]),
            one["who"],
            frozenset(State(each) for each in one["from"]),
            State(one["to"]),
            bool(one.get("reason", False)),
        )
        for name, one in told["deeds"].items()
    }
    if set(states) != set(State) or len({one.code for one in states.values()}) != len(states):
        raise LifeCycleWrong("every state stands once, each with a code of its own")
    lost = set(State) - {State.CREATED} - {deed.after for deed in deeds.values()}
    if lost:
        raise LifeCycleWrong(f"no deed leads to {', '.join(sorted(lost))}")
    return LifeCycle(states, deeds)


def step(table: LifeCycle, state: State, deed: str) -> State | None:
    """The state after the deed, or None where the table has no such step."""
    known = table.deeds[deed]
    return known.after if state in known.before else None


def reason_lacks(deed: Deed, reason: str) -> bool:
    """True when the deed asks for a reason and none worth the name was given."""
    return deed.reason and len(reason.strip()) < SHORTEST_REASON
