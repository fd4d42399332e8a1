"""Who commits: an event loop in its own thread where SQLite's writer is free (`settled_here`); else a thread that takes what waits, as a
group, and while one group is written the next gathers by itself."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from zhengtong.kernel import clock, logs
from zhengtong.kernel import errors as families
from zhengtong.kernel.db import Database
from zhengtong.office import identity
from zhengtong.sharing import agreements, ledger
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.actions.committing import deciding, writing
from zhengtong.sharing.gateway.actions.committing.at_once import AT_ONCE, AtOnce, NotAtOnce
from zhengtong.sharing.gateway.actions.committing.deciding import Group, Known
from zhengtong.sharing.gateway.actions.committing.pending import Outcome, Pending
from zhengtong.sharing.gateway.actions.committing.writing import Moved, Tools

TRIES = 3
BELIEVED_S = 60.0
"""Levels and working days change beside the ledger; the contracts themselves are looked at in each commit."""
log = logs.get("gateway")
Snapshots = Callable[[Session], agreements.Snapshot]
Watch = Callable[[], families.Problem | None]
Write = Callable[[], AbstractContextManager[Session]]


class Committer:
    """One a process. `submit` from any thread or loop; each call is told its outcome once, after the commit."""

    def __init__(
        self,
        database: Database,
        tools: Tools,
        *,
        snapshot: Snapshots,
        changes: Callable[[], int],
        watch: Watch,
        group: int,
        queue: int,
        at_once: AtOnce | None = None,
    ) -> None:
        self._database, self._tools, self._snapshot, self._watch = database, tools, snapshot, watch
        self._changes = changes
        self.group, self._queue, self.at_once = group, queue, at_once
        self._settling = threading.Lock()
        self._waiting: deque[Pending] = deque()
        self._arrived = threading.Condition()
        self._known: Known | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False

    def submit(self, call: Pending) -> None:
        """This will have the call decided and committed. Raises GatewayBusy, GatewayStopped."""
        for _, problem in self.submit_all([call]):
            raise problem

    def submit_all(self, calls: Sequence[Pending]) -> list[tuple[Pending, families.Problem]]:
        """The same for calls that came together, so that they are there before the thread wakes; returns those that were not taken."""
        with self._arrived:
            if self._stopped:
                return [(one, errors.GatewayStopped(retry_after_s=5)) for one in calls]
            room = max(self._queue - len(self._waiting), 0)
            self._waiting.extend(calls[:room])
            if self._thread is None and self._waiting:
                self._thread = threading.Thread(target=self._work, name="gateway-committer", daemon=True)
                self._thread.start()
            self._arrived.notify()
        return [(one, errors.GatewayBusy(retry_after_s=1)) for one in calls[room:]]

    def settled_here(self, calls: Sequence[Pending]) -> list[Outcome] | None:
        """The calls' outcomes, committed in this very thread; None, and nothing done, where that would mean to wait for another writer,
        to pass others that wait, or to read the contracts anew: then `submit_all` is the way."""
        if self.at_once is None or self._database.writing or not self.is_ready:
            return None
        if not self._settling.acquire(blocking=False):
            return None
        try:
            if self._stopped or self._waiting:
                return None
            return self._settled(calls, self.at_once.write)
        except NotAtOnce:
            return None
        finally:
            self._settling.release()

    def stop(self) -> None:
        """This will commit what waits and end."""
        with self._arrived:
            self._stopped = True
            self._arrived.notify()
        if self._thread:
            self._thread.join(timeout=10)
        if self.at_once:
            with self._settling:
                self.at_once.close()

    def snapshot(self) -> agreements.Snapshot:
        """The contracts as this process believes them: to prepare an answer on, never to release one."""
        known, changes, instant = self._known, self._changes(), time.monotonic()
        if known is None or not known.holds(changes, instant):
            with self._database.read() as session:
                known = Known(self._snapshot(session), changes=changes, until=instant + BELIEVED_S)
            self._known = known
        return known.snapshot

    @property
    def is_ready(self) -> bool:
        """True while the contracts in memory are believed."""
        known = self._known
        return known is not None and known.holds(self._changes(), time.monotonic())

    @property
    def epoch(self) -> tuple[int, int]:
        """Another one when the contracts may have changed."""
        return self._changes(), self._known.snapshot.seq if self._known else -1

    def forget(self) -> None:
        """This will have the contracts read anew before the next group is decided."""
        self._known = None

    def _work(self) -> None:
        while True:
            with self._arrived:
                self._arrived.wait_for(lambda: self._waiting or self._stopped)
                if not self._waiting:
                    return
                group = [self._waiting.popleft() for _ in range(min(self.group, len(self._waiting)))]
            with self._settling:
                outcomes = self._settled(group, self._database.write)
            for call, outcome in zip(group, outcomes, strict=True):
                call.tell(outcome)

    def _settled(self, group: Sequence[Pending], write: Write) -> list[Outcome]:
        """The group's outcomes. A group that fails as a whole is tried call by call, so that one cannot hold up the others."""
        try:
            if stale := self._watch():
                return [Outcome(problem=stale) for _ in group]
            return self._commit(group, write)
        except NotAtOnce:
            raise
        except Exception as failure:
            self._known = None
            self._tools.subjects.forget()
            away = isinstance(failure, DBAPIError)
            log.exception("gateway.commit_failed", calls=len(group))
            if away or len(group) == 1:
                return [Outcome(problem=errors.NotCommitted(retry_after_s=1)) for _ in group]
        return [outcome for one in group for outcome in self._settled([one], write)]

    def _commit(self, waiting: Sequence[Pending], write: Write) -> list[Outcome]:
        for _ in range(TRIES):
            self.snapshot()
            known = self._known
            assert known is not None
            group = deciding.decide_group(known, waiting, now=clock.now(), refused={})
            try:
                with write() as session:
                    held = ledger.hold(session)
                    group = self._looked_again(session, known, waiting, group, held)
                    outcomes = writing.write_group(session, group, self._tools, held)
            except Moved:
                self._known = None
                continue
            for agreement_id, after in group.after.items():
                after.kept = after.kept or after.used_total > group.before[agreement_id].used_total
                known.counters[agreement_id] = after if after.kept else group.before[agreement_id]
            return outcomes
        return [Outcome(problem=errors.NotCommitted(retry_after_s=1)) for _ in waiting]

    def _looked_again(
        self, session: Session, known: Known, waiting: Sequence[Pending], group: Group, held: ledger.Held
    ) -> Group:
        """Under the lock: the group as it was decided where nothing it rests on has moved; else decided anew."""
        now = group.at
        moved = held.contract_seq != known.snapshot.seq
        if moved:
            if session.info.get(AT_ONCE):
                self._known = None
                raise NotAtOnce
            known.snapshot = self._snapshot(session)
        asked = deciding.agreements_asked(known, waiting)
        kept = writing.counters(session, asked) if asked else {}
        for agreement_id in asked:
            believed, present = known.counters.get(agreement_id), kept.get(agreement_id)
            if present is None:
                moved = moved or believed is not None
                known.counters.pop(agreement_id, None)
            elif believed is None or not believed.same(present):
                moved = True
                known.counters[agreement_id] = present
        refused = self._over(session, waiting, now)
        if moved or refused:
            return deciding.decide_group(known, waiting, now=now, refused=refused)
        return group

    def _over(self, session: Session, waiting: Sequence[Pending], now: datetime) -> dict[int, families.Problem]:
        """Calls whose session has ended, or, where several processes serve, whose nonce was spent; by place."""
        owners = {one.signed[0] for one in waiting if one.signed}
        live = identity.live_service_sessions(session, owners, now=now) if owners else frozenset()
        if live == owners and (not owners or self._database.is_sqlite):
            return {}
        signed = [(place, one.signed) for place, one in enumerate(waiting) if one.signed]
        over: dict[int, families.Problem] = {
            place: identity.session_over() for place, (owner, _) in signed if owner not in live
        }
        if not self._database.is_sqlite:
            fresh = identity.spend_nonces(session, [one for _, one in signed], now=now)
            over |= {place: identity.nonce_spent() for (place, _), good in zip(signed, fresh, strict=True) if not good}
        return over
