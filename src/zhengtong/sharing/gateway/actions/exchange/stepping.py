"""An exchange goes on, chunk by chunk: prepared, allowed and receipted, then put, each once in effect.

    the receiver's place → the chunk after it → the contract's decision with its receipt → the rows and the new place, in one transaction

Killed before the receipt: the chunk is prepared again. Killed after it: the same chunk bears the same message number, whose receipt is
found again and not made twice. Killed after the rows are put: the receiver's place says so.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from zhengtong.engines.lake import Lake, VersionGone
from zhengtong.sharing.gateway.actions.exchange import reading
from zhengtong.sharing.gateway.actions.exchange.preparing import Leaving, Rows, leaving, names
from zhengtong.sharing.gateway.actions.exchange.reading import Chunk
from zhengtong.sharing.gateway.actions.exchange.target import NOWHERE, Place, Receiver

Govern = Callable[[Place, Rows, Chunk], None]
"""`govern(place, rows, chunk)`: a receipt for these rows stands when it returns. Raises what the contract or the ledger says."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a chunk brought the receiver."""

    place: Place
    put: int
    gone: int
    first: bool


def advance(
    lake: Lake, table: str, receiver: Receiver, how: Leaving, *, rows: int, govern: Govern, now: Callable[[], datetime]
) -> Iterator[Step]:
    """This will bring the receiver up to the lake's newest version, a step at a time. Raises what `govern` and the receiver raise."""
    place = receiver.place()
    first = place.version == NOWHERE.version
    upto = place.upto if place.chunk else lake.version(table)
    if upto == place.version:
        return
    receiver.prepare(how.shape)
    try:
        chunks = reading.whole(lake, table, upto, how, rows) if first else _changed(lake, table, place, upto, how, rows)
        for ready in _prepared(islice(chunks, place.chunk, None), how):
            place = _after(place, upto, last=ready.chunk.last)
            yield _put(receiver, how, ready, place, first=first, govern=govern, now=now())
    except VersionGone:
        receiver.begin_again(how.shape, now())
        yield Step(NOWHERE, 0, 0, first=True)


def _changed(lake: Lake, table: str, place: Place, upto: int, how: Leaving, rows: int) -> Iterator[Chunk]:
    return reading.changed(lake, table, place.version, upto, how, rows)


def _after(place: Place, upto: int, *, last: bool) -> Place:
    return Place(upto, upto, 0) if last else Place(place.version, upto, place.chunk + 1)


@dataclass(frozen=True, slots=True)
class Ready:
    """A chunk as it will leave: rows to put, names to take away."""

    chunk: Chunk
    coming: Rows
    going: list[str]


def _prepared(chunks: Iterator[Chunk], how: Leaving) -> Iterator[Ready]:
    """The chunks made ready, the next one while the receiver takes this one."""

    def one() -> Ready | None:
        chunk = next(chunks, None)
        if chunk is None:
            return None
        return Ready(chunk, Rows.of(leaving(chunk.came, how)), sorted(names(chunk.went, how).to_pylist()))

    with ThreadPoolExecutor(1, "exchange") as ahead:
        coming = ahead.submit(one)
        while ready := coming.result():
            coming = ahead.submit(one)
            yield ready


def _put(
    receiver: Receiver, how: Leaving, ready: Ready, place: Place, *, first: bool, govern: Govern, now: datetime
) -> Step:
    if ready.coming.count or ready.going:
        govern(place, ready.coming, ready.chunk)
    receiver.put(ready.coming, ready.going, how.shape, place, fresh=first, now=now)
    return Step(place, ready.coming.count, len(ready.going), first)
