"""The life of a ticket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.data.quality.rules import LIVE, Deed, Ending, State, after, outcome_after


@pytest.mark.parametrize(
    ("state", "deed", "then"),
    [
        ("open", "accept", "accepted"),
        ("open", "correct", "corrected"),
        ("accepted", "refuse", "refused"),
        ("corrected", "confirm", "closed"),
        ("refused", "reopen", "open"),
        ("corrected", "fail", "open"),
        ("closed", "fail", "open"),
        ("accepted", "pass", "closed"),
        ("accepted", "extend", "accepted"),
        ("open", "fail", "open"),
        ("refused", "fail", "refused"),
        ("closed", "accept", None),
        ("closed", "confirm", None),
        ("refused", "pass", None),
        ("corrected", "withdraw", None),
        ("corrected", "extend", None),
    ],
)
def test_a_deed_moves_a_ticket_or_cannot_be_done(state: str, deed: str, then: str | None) -> None:
    assert after(State(state), Deed(deed)) == (State(then) if then else None)


@given(st.lists(st.sampled_from(list(Deed)), max_size=30))
def test_from_wherever_it_gets_a_ticket_can_still_be_closed_or_asked_again(deeds: list[Deed]) -> None:
    state = State.OPEN
    for deed in deeds:
        state = after(state, deed) or state
    ways = {after(state, deed) for deed in Deed}
    assert (
        State.CLOSED in ways
        or {State.CORRECTED, State.REFUSED} & ways
        or (state is State.CLOSED and State.OPEN in ways)
    )
    assert state in (*LIVE, State.CLOSED)


def test_a_closed_ticket_says_how_it_ended() -> None:
    assert outcome_after(State.OPEN, Deed.WITHDRAW) is Ending.WITHDRAWN
    assert outcome_after(State.REFUSED, Deed.CONFIRM) is Ending.REFUSED
    assert outcome_after(State.OPEN, Deed.PASS) is Ending.CORRECTED
