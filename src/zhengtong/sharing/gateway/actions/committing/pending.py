"""A call on its way through the committer, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from zhengtong.kernel import errors
from zhengtong.sharing import agreements


class Bound(NamedTuple):
    """What binds an answer's bytes to its receipt: a salt, the digest of both, and how many bytes they are."""

    salt: bytes
    digest: str
    size: int


class Answer(NamedTuple):
    """What would leave. `copy`: the versions it is from; `subjects`: a blind index for each person or firm it names; `bound`: where the
    bytes are elsewhere and bound already."""

    body: bytes
    rows: int
    copy: str
    subjects: tuple[str, ...] = ()
    media_type: str = "application/json"
    bound: Bound | None = None

    def __repr__(self) -> str:
        return f"Answer({self.rows} rows of {self.copy})"

    @property
    def size(self) -> int:
        """In bytes."""
        return self.bound.size if self.bound else len(self.body)


class Item(NamedTuple):
    """The item asked, as far as the receipt says it; without an id where there is none of that code."""

    code: str
    id: UUID | None = None
    provider_id: UUID | None = None


class Message(NamedTuple):
    """The call as a message. `request_out`, `response_in`: when the provider's own interface was asked and answered (relay)."""

    id: str
    request_in: datetime
    request_bytes: int
    request_out: datetime | None = None
    response_in: datetime | None = None


@dataclass(slots=True)
class Outcome:
    """How a call ended: with an answer and its receipt, or with a problem (a refusal by the contract has a receipt too).

    `index`: the receipt's place on the ledger; `head`: the signed root of the group it was committed in; `salt`: binds the answer.
    """

    receipt_id: UUID | None = None
    decision: agreements.Decision | None = None
    answer: Answer | None = None
    problem: errors.Problem | None = None
    index: int | None = None
    salt: bytes = b""
    head: str = ""
    at: datetime | None = None


@dataclass(eq=False, slots=True)
class Pending:
    """A call that waits. `answer` makes what is given under a decision (quick: no network); `tell` is called once, after the commit.

    `signed`: the service session and nonce, looked at again in the transaction; none for what the platform itself asks.
    """

    request: agreements.CallRequest
    item: Item
    message: Message
    answer: Callable[[agreements.Decision], Answer]
    tell: Callable[[Outcome], None]
    signed: tuple[UUID, str] | None = None


def masks_of(decision: agreements.Decision) -> dict[str, str]:
    """The masks of a decision's fields, with the width of a band where one is agreed: `general:100000`."""
    if decision.masks:
        return dict(decision.masks)
    bands = decision.bands
    return {name: f"{mask}:{bands[name]}" if name in bands else mask for name, mask in decision.fields.items()}


@dataclass(slots=True)
class Counter:
    """How much of an agreement is used, as the database has it or will have it with the group. `kept`: there is a row."""

    day: date
    used_day: int = 0
    used_total: int = 0
    second: int = 0
    used_second: int = 0
    kept: bool = False

    def at(self, day: date, second: int) -> "Counter":
        """The same on this day, in this second."""
        used_day = self.used_day if self.day == day else 0
        used_second = self.used_second if self.second == second else 0
        return Counter(day, used_day, self.used_total, second, used_second, self.kept)

    def same(self, other: "Counter") -> bool:
        """True when both stand for the same row."""
        return (self.kept, self.used_total, self.day, self.used_day, self.second, self.used_second) == (
            other.kept,
            other.used_total,
            other.day,
            other.used_day,
            other.second,
            other.used_second,
        )
