"""Between an event loop and the committer."""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable

from zhengtong.kernel import logs
from zhengtong.sharing.gateway.actions.committing import Outcome, Pending
from zhengtong.sharing.gateway.actions.serving import Gateway
from zhengtong.sharing.gateway.errors import NotCommitted

MANY, LOOK_S, LOOKS, TRIES = 16, 0.001, 4, 20
"""From how many calls in two groups on a group waits for more, how often is looked whether more have come, and how many times at most:
a commit costs as much as several calls. And how many times is tried to commit while somebody else writes for a moment."""
RING_S = 0.1
"""How long after a commit in the loop's thread those who wait for the ledger to grow are woken."""
Take = Callable[[Outcome], None]
log = logs.get("gateway")


class Crossing:
    """Between a loop and the committer. Calls that came in one turn of the loop are a group, and where many came together before, those
    of the next moment with them: committed in the loop's own thread as soon as nobody else writes. Where that takes long, they are
    handed to the committer's thread together, and their outcomes come back together, for each crossing is dear."""

    def __init__(self, loop: asyncio.AbstractEventLoop, gateway: Gateway) -> None:
        self.gateway = gateway
        self._loop, self._thread = loop, threading.get_ident()
        self._calls: list[Pending] = []
        self._last, self._wanted, self._soon, self._tried = 1, 1, False, 0
        self._later: asyncio.TimerHandle | None = None
        self.is_fed = False
        """Another process makes calls ready meanwhile: half of them is group enough, or it would stand still."""
        self._told: deque[tuple[Take, Outcome]] = deque()
        self._lock, self._called, self._rings = threading.Lock(), False, False

    def submit(self, call: Pending) -> None:
        """This will hand the call over once the loop has taken what else has come. Where few come, none waits for others."""
        self._calls.append(call)
        if not self._soon:
            self._plan()

    def _plan(self) -> None:
        if len(self._calls) >= self._wanted or self.gateway.committer.at_once is None:
            if self._later:
                self._later.cancel()
            self._loop.call_soon(self._loop.call_soon, self._hand)  # in the turn between, what has come is taken too
            self._soon = True
        elif not self._later:
            self._later = self._loop.call_later(LOOK_S, self._look, len(self._calls), 1)

    def _look(self, seen: int, looks: int) -> None:
        came, left = len(self._calls) - seen, LOOKS - looks
        if left and came * left >= self._wanted - len(self._calls):
            self._later = self._loop.call_later(LOOK_S, self._look, len(self._calls), looks + 1)
        else:
            self._hand()

    def _hand(self) -> None:
        committer = self.gateway.committer
        came = len(self._calls)
        calls, self._calls = self._calls[: committer.group], self._calls[committer.group :]
        try:
            outcomes = committer.settled_here(calls)
        except Exception:  # nobody else would tell them
            log.exception("gateway.unexpected", calls=len(calls))
            outcomes = [Outcome(problem=NotCommitted(retry_after_s=1)) for _ in calls]
        if outcomes is None and self._tried < TRIES and committer.at_once and committer.is_ready:
            self._calls[:0] = calls
            self._later, self._soon, self._tried = None, True, self._tried + 1
            self._loop.call_later(LOOK_S, self._hand)
            return
        again = came + self._last  # who was answered just now asks again
        wanted = min(again, committer.group) if again >= MANY else 1
        self._wanted, self._last = wanted // 2 if self.is_fed else wanted, came
        self._later, self._soon, self._tried = None, False, 0
        if self._calls:
            self._plan()
        if outcomes is None:
            for call, problem in committer.submit_all(calls):
                call.tell(Outcome(problem=problem))
            return
        for call, outcome in zip(calls, outcomes, strict=True):
            call.tell(outcome)
        if committer.at_once and committer.at_once.has_rung and not self._rings:
            self._rings = True
            self._loop.call_later(RING_S, self._ring)

    def _ring(self) -> None:
        self._rings = False
        if self.gateway.committer.at_once:
            self.gateway.committer.at_once.ring()

    def telling(self, take: Take) -> Take:
        """What tells a call its outcome, from any thread: `take` is given it in the loop's."""

        def tell(outcome: Outcome) -> None:
            if threading.get_ident() == self._thread:
                take(outcome)
                return
            with self._lock:
                self._told.append((take, outcome))
                first, self._called = not self._called, True
            if first:
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits there any more
                    self._loop.call_soon_threadsafe(self._settle)

        return tell

    def _settle(self) -> None:
        with self._lock:
            told, self._told, self._called = self._told, deque(), False
        for take, outcome in told:
            take(outcome)
