"""One line from a bureau's record to the person who sees its use: entered by any end, each step by the right of its own room."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.insight.thread.place import Place
from tests.sharing.gateway.place import FIRMS, PERSON

STEPS = ["source", "batch", "rules", "item", "agreement", "decision", "call", "view"]
PROVEN = ["batch", "item", "agreement", "decision", "call"]
Ask = Callable[..., Any]


def shown(told: Any) -> dict[str, str]:
    return {one["step"]: one["shown"] for one in told["steps"]}


@pytest.mark.parametrize("kind", ["batch", "item", "agreement", "receipt"])
def test_by_any_end_the_whole_thread_is_there_and_proven(place: Place, ask: Ask, kind: str) -> None:
    told = ask(place.auditor(), f"{kind}/{place.end_of(kind)}").json()
    assert [one["step"] for one in told["steps"]] == STEPS
    assert set(shown(told).values()) == {"open"}
    assert {one["step"]: one["proof"]["state"] for one in told["steps"] if one["proof"]} == dict.fromkeys(
        PROVEN, "proven"
    )
    assert (told["proven"], told["provable"]) == (5, 5)
    assert told["checkpoint"]["size"] > max(one["proof"]["index"] for one in told["steps"] if one["proof"])
    assert not [value for value in (PERSON, *FIRMS, "甲公司") if value in str(told)]
