"""The whole log as a file: what an auditor takes away and verifies without us."""

import json
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.sharing.ledger.queries import trees
from zhengtong.sharing.ledger.queries.checkpoints import all_keys, full_note, latest
from zhengtong.sharing.ledger.rules import EXPORT, tile_path, tree
from zhengtong.sharing.ledger.rules.bundles import entry_tile
from zhengtong.sharing.ledger.tables import LedgerCheckpoint, LedgerEntry

AT_ONCE = 2_000
LONGEST = 65_535


def export_lines(session: Session, *, origin: str, needed: int) -> Iterator[bytes]:
    """The log up to its newest checkpoint, a line of JSON each: what it is, every checkpoint with its co-signatures, every entry."""
    last = latest(session)
    size = last.size if last else 0
    keys = [str(key) for key in all_keys(session, origin)]
    yield _line({"format": EXPORT, "origin": origin, "size": size, "keys": keys, "witnesses_needed": needed})
    for number in session.scalars(select(LedgerCheckpoint.number).order_by(LedgerCheckpoint.number)).all():
        yield _line({"checkpoint": full_note(session, session.get_one(LedgerCheckpoint, number))})
        session.expunge_all()
    for begin in range(0, size, AT_ONCE):
        for index, data, leaf in rows(session, begin, min(size, begin + AT_ONCE)):
            yield b'{"index":%d,"leaf":"%s","entry":%s}\n' % (index, leaf.hex().encode(), data)


def rows(session: Session, begin: int, end: int) -> list[tuple[int, bytes, bytes]]:
    """Place, canonical bytes and kept leaf of the entries begin … end − 1."""
    place = LedgerEntry.index
    columns = (place, LedgerEntry.entry, LedgerEntry.leaf)
    found = session.execute(select(*columns).where(place >= begin, place < end).order_by(place))
    return [(index, data, leaf) for index, data, leaf in found]


def write_tiles(session: Session, folder: Path, *, origin: str) -> int:
    """This will write the log as tlog-tiles lays it out (`checkpoint`, `tile/…`), for stock tools; returns how many entries.

    An entry past 64 KB cannot stand in such a tile; there are none, or the tile of entries is left out.
    """
    last = latest(session)
    if last is None:
        return 0
    _write(folder / "checkpoint", full_note(session, last).encode())
    _write(folder / "keys.txt", "".join(f"{key}\n" for key in all_keys(session, origin)).encode())
    tile = trees.tiles(session)
    level, width = 0, last.size
    while width:
        for number in range(-(-width // tree.WIDTH)):
            count = min(tree.WIDTH, width - number * tree.WIDTH)
            _write(folder / tile_path(level, number, count), tile(level, number)[: count * 32])
            if level == 0:
                data = [one for _, one, _ in rows(session, number * tree.WIDTH, number * tree.WIDTH + count)]
                if all(len(one) <= LONGEST for one in data):
                    _write(folder / tile_path(-1, number, count), entry_tile(data))
        level, width = level + 1, width // tree.WIDTH
    return last.size


def _line(told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
