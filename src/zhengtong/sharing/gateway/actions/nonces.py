"""The nonces that one process has seen, for as long as their signed time could pass: a set a minute, dropped whole."""

import threading
from datetime import datetime
from uuid import UUID

MINUTES = 6  # the signed time may be five minutes off


class Nonces:
    """Enough where one process serves (SQLite); several spend them in the committer's transaction as well."""

    def __init__(self) -> None:
        self._minutes: dict[int, set[bytes]] = {}
        self._lock = threading.Lock()

    def spend(self, owner: UUID, nonce: str, *, at: datetime, now: datetime) -> bool:
        """False where it is spent already. `at`: the call's signed time."""
        minute, mark = int(at.timestamp()) // 60, owner.bytes + nonce.encode()
        with self._lock:
            seen = self._minutes.get(minute)
            if seen is None:
                oldest = int(now.timestamp()) // 60 - MINUTES
                self._minutes = {one: kept for one, kept in self._minutes.items() if one >= oldest}
                seen = self._minutes.setdefault(minute, set())
            if mark in seen:
                return False
            seen.add(mark)
            return True
