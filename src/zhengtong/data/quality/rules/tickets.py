"""The life of a correction ticket (校核): asked, accepted, corrected or refused, closed; and opened again when it must be."""

from enum import StrEnum


class TicketState(StrEnum):
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


class TicketEnding(StrEnum):
    """How a closed ticket ended."""

    NONE = ""
    CORRECTED = "corrected"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


WAITS = (TicketState.OPEN, TicketState.ACCEPTED)
ANSWERED = (TicketState.CORRECTED, TicketState.REFUSED)
LIVE = (*WAITS, *ANSWERED)
MOVES = {
    (TicketState.OPEN, Deed.ACCEPT): TicketState.ACCEPTED,
    (TicketState.OPEN, Deed.CORRECT): TicketState.CORRECTED,
    (TicketState.ACCEPTED, Deed.CORRECT): TicketState.CORRECTED,
    (TicketState.OPEN, Deed.REFUSE): TicketState.REFUSED,
    (TicketState.ACCEPTED, Deed.REFUSE): TicketState.REFUSED,
    (TicketState.CORRECTED, Deed.CONFIRM): TicketState.CLOSED,
    (TicketState.REFUSED, Deed.CONFIRM): TicketState.CLOSED,
    (TicketState.CORRECTED, Deed.REOPEN): TicketState.OPEN,
    (TicketState.REFUSED, Deed.REOPEN): TicketState.OPEN,
    (TicketState.CLOSED, Deed.REOPEN): TicketState.OPEN,
    (TicketState.OPEN, Deed.WITHDRAW): TicketState.CLOSED,
    (TicketState.ACCEPTED, Deed.WITHDRAW): TicketState.CLOSED,
    (TicketState.OPEN, Deed.PASS): TicketState.CLOSED,
    (TicketState.ACCEPTED, Deed.PASS): TicketState.CLOSED,
    (TicketState.CORRECTED, Deed.PASS): TicketState.CLOSED,
    (TicketState.OPEN, Deed.EXTEND): TicketState.OPEN,
    (TicketState.ACCEPTED, Deed.EXTEND): TicketState.ACCEPTED,
    (TicketState.CORRECTED, Deed.FAIL): TicketState.OPEN,
    (TicketState.CLOSED, Deed.FAIL): TicketState.OPEN,
}


def after(state: TicketState, deed: Deed) -> TicketState | None:
    """Where the ticket stands after the deed; None when it cannot be done now.

    A remark and a further failure of what is asked already change nothing.

    >>> after(TicketState.OPEN, Deed.CORRECT), after(TicketState.CLOSED, Deed.CORRECT)
    (<TicketState.CORRECTED: 'corrected'>, None)
    """
    if deed is Deed.REMARK or (deed is Deed.FAIL and state in (*WAITS, TicketState.REFUSED)):
        return state
    return MOVES.get((state, deed))


def outcome_after(before: TicketState, deed: Deed) -> TicketEnding:
    """How a ticket that this deed closes has ended."""
    if deed is Deed.WITHDRAW:
        return TicketEnding.WITHDRAWN
    return TicketEnding.REFUSED if before is TicketState.REFUSED else TicketEnding.CORRECTED


STATE_WORDS = {
    TicketState.OPEN: ("待核实", "open"),
    TicketState.ACCEPTED: ("核实中", "accepted"),
    TicketState.CORRECTED: ("已更正", "corrected"),
    TicketState.REFUSED: ("不予更正", "refused"),
    TicketState.CLOSED: ("已办结", "closed"),
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
