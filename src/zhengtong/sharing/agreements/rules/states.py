"""Where an application stands, and which deed leads on. The table is law as data: rules/agreements/applications.yaml."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zhengtong.kernel.errors import Words


class State(StrEnum):
    """Where an application stands. Its code, as operators know it, stands in the table."""

    CREATED = "created"
    CHECKING = "checking"
    ANSWERING = "answering"
    SUPPLEMENTING = "supplementing"
    SENT_BACK = "sent_back"
    REFUSED = "refused"
    AGREED = "agreed"
    PROVIDING = "providing"
    FINISHED = "finished"
    INVALID = "invalid"
    HANDED_OVER = "handed_over"


class Status(StrEnum):
    """Where an agreement stands, as the ledger says."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Side(StrEnum):
    """Whose a deed on an agreement is."""

    PROVIDER = "provider"
    CONSUMER = "consumer"
    BUREAU = "bureau"


class Step(StrEnum):
    """The steps of a dispute."""

    TALK = "talk"
    BUREAU = "bureau"
    ARBITRATION = "arbitration"
    CLOSED = "closed"


class Kind(StrEnum):
    """What an application asks for."""

    NEW = "new"
    CHANGE = "change"
    RENEWAL = "renewal"


NEXT_STEP = {Step.TALK: Step.BUREAU, Step.BUREAU: Step.ARBITRATION}
STATUS_WORDS = {
    Status.PROPOSED: Words("待签署", "to be signed"),
    Status.IN_FORCE: Words("生效中", "in force"),
    Status.SUSPENDED: Words("已暂停", "suspended"),
    Status.ENDED: Words("已终止", "ended"),
}
SIDE_WORDS = {
    Side.PROVIDER: Words("提供方", "the provider"),
    Side.CONSUMER: Words("使用方", "the consumer"),
    Side.BUREAU: Words("数据主管部门", "the data authority"),
}
STEP_WORDS = {
    Step.TALK: Words("双方协商", "talks"),
    Step.BUREAU: Words("主管部门协调", "the authority coordinates"),
    Step.ARBITRATION: Words("政府裁决", "arbitration"),
    Step.CLOSED: Words("已了结", "settled"),
}
SHORTEST_REASON = 2


@dataclass(frozen=True, slots=True)
class Deed:
    """One step of the table. `who`: applicant, office, provider, bureau or platform."""

    name: str
    label: Words
    who: str
    before: frozenset[State]
    after: State
    reason: bool
    once: bool


@dataclass(frozen=True, slots=True)
class StateWords:
    """A state's code in exchanges, its names, and who acts next."""

    code: str
    label: Words
    next: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What a refusal rests on; only one that suffices is taken."""

    label: Words
    suffices: bool


@dataclass(frozen=True, slots=True)
class Course:
    """The course of an application: states, deeds, bases of refusal, the clocks' rules."""

    states: Mapping[State, StateWords]
    deeds: Mapping[str, Deed]
    bases: Mapping[str, Basis]
    refusal_source: Words
    clocks: Mapping[str, str]
    renew_before_days: int
    proposal_lapses_days: int


class CourseWrong(Exception):
    """The table does not hold together: a fault of the rule pack, found when it is read."""


def read_course(told: Mapping[str, Any]) -> Course:
    """The table of a rule pack. Raises CourseWrong where a state is missing, cannot be reached, or has an unknown code."""
    states = {State(name): StateWords(one["code"], _words(one), one["next"]) for name, one in told["states"].items()}
    deeds = {name: _deed(name, one) for name, one in told["deeds"].items()}
    if set(states) != set(State):
        raise CourseWrong("every state stands once")
    strange = {one.code for one in states.values()} - set(told["codes"])
    if strange:
        raise CourseWrong(f"no such code: {', '.join(sorted(strange))}")
    lost = set(State) - {State.CREATED} - {deed.after for deed in deeds.values()}
    if lost:
        raise CourseWrong(f"no deed leads to {', '.join(sorted(lost))}")
    bases = {key: Basis(_words(one), bool(one["suffices"])) for key, one in told["refusal_bases"].items()}
    return Course(
        states,
        deeds,
        bases,
        _words(told["refusal_source"]),
        told["clocks"],
        told["renew_before_days"],
        told["proposal_lapses_days"],
    )


def step(course: Course, state: State, deed: str, *, done: Iterable[str] = ()) -> State | None:
    """The state after the deed, or None where the table has no such step, or it was `done` and can be done once."""
    known = course.deeds[deed]
    if state not in known.before or (known.once and deed in set(done)):
        return None
    return known.after


def reason_lacks(deed: Deed, reason: str) -> bool:
    """True when the deed asks for a reason and none worth the name was given."""
    return deed.reason and len(reason.strip()) < SHORTEST_REASON


def _deed(name: str, one: Mapping[str, Any]) -> Deed:
    before = frozenset(State(each) for each in one["from"])
    return Deed(name, _words(one), one["who"], before, State(one["to"]), bool(one.get("reason")), bool(one.get("once")))


def _words(one: Mapping[str, str]) -> Words:
    return Words(one["zh"], one["en"])
