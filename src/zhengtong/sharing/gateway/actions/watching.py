"""A gateway on a chain of validators serves only while its head is fresh: contracts that were suspended elsewhere must be known here.

A thread asks our node several times a second how many entries there are and when its newest block was agreed upon; what is not on the
ledger here is taken in at once. The head is as fresh as that block. A node that is silent, cut off or behind, a chain that has halted,
a thread that has died: no fresh head comes, and after `within_s` everything is refused. The chain must make blocks also when nothing
happens (`create_empty_blocks_interval`), or its silence cannot be told from being cut off.
"""

import threading
import time

from sqlalchemy.exc import SQLAlchemyError

from zhengtong.engines.chain import Chain, Glance
from zhengtong.kernel import clock, logs
from zhengtong.kernel import errors as families
from zhengtong.kernel.db import Database
from zhengtong.sharing import ledger
from zhengtong.sharing.gateway import errors

PAUSE_S = 0.2
log = logs.get("gateway")


class HeadWatch:
    """Called before each group of calls: the problem for which nothing may be served, or None."""

    def __init__(self, database: Database, chain: Chain, *, within_s: float) -> None:
        self._database, self._chain, self._within_s = database, chain, within_s
        self._fresh_until, self._told = 0.0, ""
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self) -> families.Problem | None:
        if time.monotonic() < self._fresh_until:
            return None
        return errors.HeadStale(seconds=f"{self._within_s:g}", retry_after_s=1)

    def start(self) -> None:
        """This will keep looking, until `stop`; once is enough. From here on the ledger waits for the validators' order."""
        if self._thread is None:
            with self._database.write() as session:
                ledger.set_consensus(session, True, now=clock.now())
            self._thread = threading.Thread(target=self._work, name="gateway-head", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def look(self) -> None:
        """This will take in what is new and note how fresh the head is."""
        asked = time.monotonic()
        seen = self._chain.glance()
        if seen is None or not self._has_all(seen):
            return
        age = max(0.0, (clock.now() - seen.at).total_seconds())
        self._fresh_until = max(self._fresh_until, asked - age + self._within_s)

    def _has_all(self, seen: Glance) -> bool:
        """True once every entry that the node has told of is on the ledger here."""
        with self._database.read() as session:
            here = ledger.followed(session)
        more = here < seen.count
        if more:
            self._chain.carry()
        while more:
            with self._database.write() as session:
                more = ledger.take_in(session, self._chain, now=clock.now())
                here = ledger.followed(session)
        return here >= seen.count

    def _work(self) -> None:
        while not self._stopped.is_set():
            try:
                self.look()
                self._told = ""
            except (families.Problem, SQLAlchemyError, ledger.EntryWrong) as failure:
                if self._told != str(failure):  # each once, though it is tried again at once
                    self._told = str(failure)
                    log.warning("gateway.head_not_fresh", reason=self._told)
            self._stopped.wait(PAUSE_S)
