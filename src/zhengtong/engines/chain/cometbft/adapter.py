"""The chain of several departments' nodes: entries wait in a table, `carry` sends them and takes in what was agreed upon.

What a node's application says it holds is believed only as far as it comes to the app hash in that node's blocks; `inspect` compares the
nodes with each other. A node that is silent is passed over for the next one; sending twice is harmless, because the same bytes are one
entry on the chain.
"""

import base64
import json
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from zhengtong.engines import chain
from zhengtong.engines.chain import (
    ChainSettings,
    EntryRow,
    Features,
    Glance,
    HeadRow,
    NodeAltered,
    NodesUnset,
    Ordered,
    Refused,
    Status,
    Suspicion,
    WaitingRow,
)
from zhengtong.engines.chain.cometbft import inspection, standing, wire
from zhengtong.engines.chain.cometbft.application import ENTRIES, PAGE
from zhengtong.engines.chain.cometbft.rpc import Node, Nodes, Sent, Silent, Unknown
from zhengtong.kernel import clock, logs, wake
from zhengtong.kernel.db import Database

NAME, PAUSE_S = "cometbft", 0.1
log = logs.get("chain")


class Cometbft:
    """Followed by us, ordered by all."""

    def __init__(self, chosen: ChainSettings, database: Database) -> None:
        urls = [url.strip() for url in chosen.nodes.split(",") if url.strip()]
        self._chosen, self._database = chosen, database
        self._nodes = Nodes(urls, timeout_s=chosen.timeout_s)
        self._carrying = threading.Lock()
        self._chain_id = ""

    @property
    def features(self) -> Features:
        return Features(NAME, consensus=True)

    def submit(self, session: Session, entries: Sequence[bytes]) -> tuple[Ordered, ...] | None:
        chain.checked_sizes(entries, self._chosen.max_entry_bytes)
        digests = [chain.digest_of(entry) for entry in entries]
        placed = chain.found(session, digests)
        now = clock.now()
        fresh = {
            digest: {"digest": digest, "entry": entry, "submitted_at": now}
            for digest, entry in zip(digests, entries, strict=True)
            if digest not in placed
        }
        if not fresh:
            return tuple(placed[digest] for digest in digests)
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(dialect.insert(WaitingRow).on_conflict_do_nothing(), list(fresh.values()))
        wake.ring(session, chain.BELL)
        return None

    def follow(self, session: Session, after: int, limit: int) -> Sequence[Ordered]:
        return chain.after(session, after, limit)

    def refused(self, session: Session) -> Sequence[Refused]:
        asked = select(WaitingRow).where(WaitingRow.refused.is_not(None)).order_by(WaitingRow.seq)
        return [Refused(row.digest, row.entry, row.refused or "") for row in session.scalars(asked)]

    def forget(self, session: Session, digest: bytes) -> None:
        session.execute(delete(WaitingRow).where(WaitingRow.digest == digest, WaitingRow.refused.is_not(None)))

    def carry(self) -> int:
        with self._carrying:
            silent: list[Exception] = []
            for node in self._nodes.in_turn():
                try:
                    if self._nodes.prefer(node):
                        self._send_all_again()
                    self._send(node)
                    return self._await(node)
                except (Silent, Unknown) as failure:
                    log.warning("a node is passed over", node=node.url, reason=str(failure))
                    silent.append(failure)
            raise self._nodes.away(silent[0])

    def status(self) -> Status:
        with self._database.read() as session:
            head = session.get(HeadRow, 1)
            waiting = session.scalar(select(func.count()).where(WaitingRow.refused.is_(None))) or 0
            asked = select(func.min(WaitingRow.submitted_at)).where(WaitingRow.refused.is_(None))
            oldest = session.scalar(asked)
        count = head.count if head else 0
        late = oldest is not None and clock.now() - oldest > timedelta(seconds=3 * self._chosen.resend_s)
        return standing.look(self._nodes.all, count=count, waiting=waiting, late=late)

    def glance(self) -> Glance | None:
        seen = standing.ask(next(self._nodes.in_turn()))
        if seen is None or seen.at is None or seen.catching_up:
            return None
        return Glance(seen.count, seen.at)

    def inspect(self, *, since: int = 1) -> Sequence[Suspicion]:
        return inspection.compare(self._nodes.all, since=since)

    def close(self) -> None:
        """This will hang up."""
        self._nodes.close()

    def _await(self, node: Node) -> int:
        """What is ordered already, and what was sent just now, if it does not take too long."""
        until = time.monotonic() + self._chosen.wait_s
        taken = self._take_in(node)
        asked = select(WaitingRow.seq).where(WaitingRow.sent_at.is_not(None), WaitingRow.refused.is_(None)).limit(1)
        while time.monotonic() < until:
            with self._database.read() as session:
                if session.scalar(asked) is None:
                    break
            time.sleep(PAUSE_S)
            taken += self._take_in(node)
        return taken

    def _send_all_again(self) -> None:
        """What only the node before knew must be told to the next one, in order."""
        with self._database.write() as session:
            session.execute(update(WaitingRow).where(WaitingRow.sent_at.is_not(None)).values(sent_at=None))

    def _send(self, node: Node) -> None:
        """All that waits and was not sent, or so long ago that the node may have lost it."""
        last = 0
        while True:
            late = clock.now() - timedelta(seconds=self._chosen.resend_s)
            due = or_(WaitingRow.sent_at.is_(None), WaitingRow.sent_at < late)
            asked = select(WaitingRow).where(WaitingRow.refused.is_(None), due, WaitingRow.seq > last)
            with self._database.read() as session:
                rows = list(session.scalars(asked.order_by(WaitingRow.seq).limit(self._chosen.batch)))
                first = session.scalar(select(func.min(WaitingRow.seq)).where(WaitingRow.refused.is_(None)))
            if not rows:
                return
            last = rows[-1].seq
            sent = list(node.send([row.entry for row in rows]))
            self._note(rows, sent, first)

    def _note(self, rows: Sequence[WaitingRow], sent: Sequence[Sent], first: int | None) -> None:
        """A refusal is final when nothing older waits: what the entry may build upon cannot be on its way then."""
        now = clock.now()
        kept = [row.seq for row, one in zip(rows, sent, strict=True) if one.kept]
        refused = [(row.seq, one.refused) for row, one in zip(rows, sent, strict=True) if one.refused]
        with self._database.write() as session:
            session.execute(update(WaitingRow).where(WaitingRow.seq.in_(kept)).values(sent_at=now))
            for seq, reason in refused:
                if seq == first:
                    session.execute(update(WaitingRow).where(WaitingRow.seq == seq).values(refused=reason))
                    wake.ring(session, chain.BELL)

    def _take_in(self, node: Node) -> int:
        """Nothing is kept before all that the node told has been proved; what it tells again must be the same."""
        chain_id = self._chain_of(node)
        with self._database.read() as session:
            head = session.get(HeadRow, 1)
        after, digest = (head.count, head.digest) if head else (0, chain.START)
        proved, taken = self._proved(node, after, digest), 0
        for page, expected in proved:
            entries = page or self._asked(node, after)["entries"]
            for one in entries:
                digest = chain.extended(digest, one["entry"])
            if digest != expected:
                raise NodeAltered(node=node.url, position=after + 1)
            taken += self._keep(chain_id, after, entries)
            after += len(entries)
        return taken

    def _proved(self, node: Node, after: int, digest: bytes) -> list[tuple[list[Mapping[str, Any]], bytes]]:
        """What each page of entries comes to, up to the node's newest, which must be what its blocks say; a single page itself too.
        Raises NodeAltered."""
        pages: list[tuple[list[Mapping[str, Any]], bytes]] = []
        while True:
            told = self._asked(node, after)
            entries = told["entries"]
            if not entries:
                return pages
            for one in entries:
                digest = chain.extended(digest, one["entry"])
            after += len(entries)
            pages.append((entries if not pages and after == told["count"] else [], digest))
            if after == told["count"]:
                break
        results = node.ask("block_results", height=told["height"])
        if base64.b64decode(results["app_hash"]) != chain.app_hash(after, digest, told["state"]):
            raise NodeAltered(node=node.url, position=after)
        return pages

    def _asked(self, node: Node, after: int) -> Mapping[str, Any]:
        asked = json.dumps({"after": after, "limit": PAGE}).encode()
        return wire.decode(ENTRIES, node.query("/entries", asked))

    def _keep(self, chain_id: str, after: int, entries: Sequence[Mapping[str, Any]]) -> int:
        """In one transaction; none when another process was quicker."""
        rows = [
            {
                "position": one["position"],
                "digest": chain.digest_of(one["entry"]),
                "entry": one["entry"],
                "at": datetime.fromtimestamp(one["at_ns"] // 1_000_000_000, UTC)
                + timedelta(microseconds=one["at_ns"] % 1_000_000_000 // 1000),
                "height": one["height"],
            }
            for one in entries
        ]
        with self._database.write() as session:
            head = chain.head(session, chain_id)
            if head.count != after:
                return 0
            for one in entries:
                head.digest = chain.extended(head.digest, one["entry"])
            head.count, head.height = after + len(rows), entries[-1]["height"]
            session.flush()
            session.execute(insert(EntryRow), rows)
            session.execute(delete(WaitingRow).where(WaitingRow.digest.in_([row["digest"] for row in rows])))
            wake.ring(session, chain.BELL)
        return len(rows)

    def _chain_of(self, node: Node) -> str:
        """The chain's name; asked once. Raises Silent."""
        if not self._chain_id:
            self._chain_id = str(node.ask("status")["node_info"]["network"])
        return self._chain_id


def open_cometbft(chosen: ChainSettings, database: Database) -> Cometbft:
    """This will follow the nodes that are set. Raises NodesUnset."""
    if not chosen.nodes.strip(" ,"):
        raise NodesUnset()
    return Cometbft(chosen, database)
