"""The life of a correction ticket (校核): asked, accepted, corrected or refused, closed; and opened again when it must be."""

from enum import StrEnum


class State(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REFUSED = "refused"
    CLOSED = "closed"


class Deed(StrEnum):
    """What happens to a ticket."""

    OPEN = "open"
    ACCEPT = "accept"
    CORRECT = "correct"
    REFUSE = "refuse"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    EXTEND = "extend"
    REMARK = "remark"
    PASS = "pass"  # noqa: S105 - a batch passes
    FAIL = "fail"


class Outcome(StrEnum):
    """How a closed ticket ended."""

    NONE = ""
    CORRECTED = "corrected"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


WAITS = (State.OPEN, State.ACCEPTED)
ANSWERED = (State.CORRECTED, State.REFUSED)
LIVE = (*WAITS, *ANSWERED)
MOVES = {
    (State.OPEN, Deed.ACCEPT): State.ACCEPTED,
    (State.OPEN, Deed.CORRECT): State.CORRECTED,
    (State.ACCEPTED, Deed.CORRECT): State.CORRECTED,
    (State.OPEN, Deed.REFUSE): State.REFUSED,
    (State.ACCEPTED, Deed.REFUSE): State.REFUSED,
    (State.CORRECTED, Deed.CONFIRM): State.CLOSED,
    (State.REFUSED, Deed.CONFIRM): State.CLOSED,
    (State.CORRECTED, Deed.REOPEN): State.OPEN,
    (State.REFUSED, Deed.REOPEN): State.OPEN,
    (State.CLOSED, Deed.REOPEN): State.OPEN,
    (State.OPEN, Deed.WITHDRAW): State.CLOSED,
    (State.ACCEPTED, Deed.WITHDRAW): State.CLOSED,
    (State.OPEN, Deed.PASS): State.CLOSED,
    (State.ACCEPTED, Deed.PASS): State.CLOSED,
    (State.CORRECTED, Deed.PASS): State.CLOSED,
    (State.OPEN, Deed.EXTEND): State.OPEN,
    (State.ACCEPTED, Deed.EXTEND): State.ACCEPTED,
    (State.CORRECTED, Deed.FAIL): State.OPEN,
    (State.CLOSED, Deed.FAIL): State.OPEN,
}


def after(state: State, deed: Deed) -> State | None:
    """Where the ticket stands after the deed; None when it cannot be done now.

    A remark and a further failure of what is asked already change nothing.

    >>> after(State.OPEN, Deed.CORRECT), after(State.CLOSED, Deed.CORRECT)
    (<State.CORRECTED: 'corrected'>, None)
    """
    if deed is Deed.REMARK or (deed is Deed.FAIL and state in (*WAITS, State.REFUSED)):
        return state
    return MOVES.get((state, deed))


def outcome_after(before: State, deed: Deed) -> Outcome:
    """How a ticket that this deed closes has ended."""
    if deed is Deed.WITHDRAW:
        return Outcome.WITHDRAWN
    return Outcome.REFUSED if before is State.REFUSED else Outcome.CORRECTED


STATE_WORDS = {
    State.OPEN: ("待核实", "open"),
    State.ACCEPTED: ("核实中", "accepted"),
    State.CORRECTED: ("已更正", "corrected"),
    State.REFUSED: ("不予更正", "refused"),
    State.CLOSED: ("已办结", "closed"),
}
DEED_WORDS = {
    Deed.OPEN: ("提出校核", "ask for a correction"),
    Deed.ACCEPT: ("受理", "accept"),
    Deed.CORRECT: ("答复已更正", "answer as corrected"),
    Deed.REFUSE: ("答复不予更正", "refuse with a reason"),
    Deed.CONFIRM: ("确认办结", "confirm"),
    Deed.REOPEN: ("再次提出", "ask again"),
    Deed.WITHDRAW: ("撤回", "withdraw"),
    Deed.EXTEND: ("同意延长", "extend the limit"),
    Deed.REMARK: ("补充说明", "add words"),
    Deed.PASS: ("批次合格", "a batch passes"),
    Deed.FAIL: ("批次不合格", "a batch fails"),
}
