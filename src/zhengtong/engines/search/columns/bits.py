"""Facets as bits: one whole number a value, whose bit n is set when entry n has it; and the entries in their order."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from heapq import nsmallest
from typing import Any, NamedTuple

from zhengtong.engines.search.columns.remembered import Change, History, Remembered, Said

FEW, MANY = 200, 4_096
ROW, COLUMN = "\x1e", "\x1f"
Place = tuple[Any, ...]


def bits_of(numbers: Iterable[int], size: int) -> int:
    """The numbers as bits of one whole number. Many are set at once by numpy, which small catalogues need not load."""
    told = list(numbers)
    if len(told) > MANY:
        import numpy

        return _bits_of_many(numpy.fromiter(told, numpy.int64, len(told)), size)
    held = bytearray(size // 8 + 1)
    for number in told:
        held[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(held, "little")


def bits_of_text(told: str | None, size: int) -> int:
    """Those of the numbers, written down with commas between, that are below the size."""
    if not told:
        return 0
    if len(told) <= MANY:
        return bits_of((number for number in map(int, told.split(",")) if number < size), size)
    import numpy

    numbers = numpy.fromstring(told, numpy.int64, sep=",")
    return _bits_of_many(numbers[numbers < size], size)


def _bits_of_many(numbers: Any, size: int) -> int:
    import numpy

    held = numpy.zeros(size + 8, numpy.bool_)
    held[numbers] = True
    return int.from_bytes(numpy.packbits(held, bitorder="little").tobytes(), "little")


_SET = [[bit for bit in range(8) if byte >> bit & 1] for byte in range(256)]


def numbers_of(bits: int) -> Iterator[int]:
    """The numbers whose bit is set, ascending."""
    if bits.bit_length() > MANY:
        yield from _where(bits).tolist()
        return
    for place, byte in enumerate(bits.to_bytes((bits.bit_length() + 7) // 8, "little")):
        if byte:
            for bit in _SET[byte]:
                yield place * 8 + bit


def _where(bits: int) -> Any:
    """The same of many, in an array."""
    import numpy

    told = numpy.frombuffer(bits.to_bytes(bits.bit_length() // 8 + 1, "little"), numpy.uint8)
    return numpy.flatnonzero(numpy.unpackbits(told, bitorder="little"))


class Row(NamedTuple):
    """An entry as it was written last."""

    seq: int
    key: str
    length: int
    weight: int
    facets: str
    gone: bool


class Rows(NamedTuple):
    """Many entries that there are, a list for each cell."""

    seqs: list[int]
    keys: list[str]
    lengths: list[int]
    weights: list[int]
    facets: list[str]


@dataclass(slots=True)
class Columns:
    """The entries of an index as they stood at one version. `keys`, `lengths`, `weights`: by number, of those in `all`; lists, for they
    are copied at every change."""

    epoch: int = -1
    version: int = -1
    keys: list[str] = field(default_factory=list)
    lengths: "array[int]" = field(default_factory=partial(array, "i"))
    weights: "array[int]" = field(default_factory=partial(array, "q"))
    bits: dict[str, dict[str, int]] = field(default_factory=dict)
    all: int = 0
    size: int = 0
    remembered: Remembered = field(default_factory=Remembered)
    history: History = field(default_factory=History)
    orders: dict[bool, "array[int]"] = field(default_factory=dict)
    ranks: dict[bool, "array[int]"] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Rows, *, epoch: int, version: int) -> "Columns":
        """The columns of these entries alone."""
        new = cls(epoch, version)
        new._reach(max(rows.seqs, default=0) + 1)
        told: dict[str, list[int]] = {}
        for seq, key, length, weight, facets in zip(*rows, strict=True):
            new.keys[seq], new.lengths[seq], new.weights[seq] = key, length, weight
            told.setdefault(facets, []).append(seq)
        new.bits = _with_facets({}, told, 0, new.size)
        new.all = bits_of(rows.seqs, new.size)
        return new

    def changed(
        self, rows: Sequence[Row], *, epoch: int, version: int, said: Mapping[int, Said] | None = None
    ) -> "Columns":
        """These columns with the rows set in; these stay as they are. `said`: what the rows say; all is forgotten where it is not known."""
        new = Columns(epoch, version, self.keys[:], self.lengths[:], self.weights[:], size=self.size)
        new._reach(max([self.size, *(row.seq + 1 for row in rows)]))
        told: dict[str, list[int]] = {}
        there: list[int] = []
        for seq, key, length, weight, facets, gone in rows:
            if gone:
                continue
            there.append(seq)
            new.keys[seq], new.lengths[seq], new.weights[seq] = key, length, weight
            told.setdefault(facets, []).append(seq)
        touched = bits_of((row.seq for row in rows), new.size)
        new.bits = _with_facets(self.bits, told, ~touched, new.size)
        if len(rows) <= FEW:
            new.orders = {worded: self._mended(new, rows, worded=worded) for worded in self.orders}
        new.all = self.all & ~touched | bits_of(there, new.size)
        if said is not None:
            new.remembered, new.history = self.remembered, self.history.and_then(Change(touched, said))
        return new

    def _reach(self, size: int) -> None:
        """This will make room for numbers below the size."""
        more = size - self.size
        self.keys += [""] * more
        self.lengths.frombytes(bytes(more * self.lengths.itemsize))
        self.weights.frombytes(bytes(more * self.weights.itemsize))
        self.size = size

    def place(self, number: int, *, worded: bool) -> Place:
        """Where the entry stands among those that match equally: short names first, then the weightier, then by key."""
        weight, key = -self.weights[number], self.keys[number]
        return (self.lengths[number], weight, key, number) if worded else (weight, key, number)

    def order(self, *, worded: bool) -> "array[int]":
        """All numbers by their places, found once: sorted by each part of the place, the last part first."""
        if worded not in self.orders:
            numbers = list(numbers_of(self.all))
            numbers.sort(key=self.keys.__getitem__)
            numbers.sort(key=self.weights.__getitem__, reverse=True)
            if worded:
                numbers.sort(key=self.lengths.__getitem__)
            self.orders[worded] = array("i", numbers)
        return self.orders[worded]

    def first(self, bits: int, limit: int, *, worded: bool, after: Place | None) -> list[int]:
        """The first numbers among the bits, after a place."""
        if not bits or limit < 1:
            return []
        order, start = self.order(worded=worded), 0
        if after:
            start = bisect_right(order, after, key=lambda number: self.place(number, worded=worded))
        return [order[rank] for rank in _lowest(self._ranked(worded=worded), bits, limit, start)]

    def _ranked(self, *, worded: bool) -> "array[int]":
        """Where in the order each number stands."""
        if worded not in self.ranks:
            order = self.order(worded=worded)
            ranks = array("i", bytes(self.size * 4))
            if self.size > MANY:
                import numpy

                numpy.frombuffer(ranks, numpy.intc)[numpy.frombuffer(order, numpy.intc)] = numpy.arange(len(order))
            else:
                for rank, number in enumerate(order):
                    ranks[number] = rank
            self.ranks[worded] = ranks
        return self.ranks[worded]

    def _mended(self, new: "Columns", rows: Sequence[Row], *, worded: bool) -> "array[int]":
        """The order of the columns that these became, when the rows were set in."""
        order = self.orders[worded][:]
        for row in rows:
            if self.all >> row.seq & 1:
                was = self.place(row.seq, worded=worded)
                del order[bisect_left(order, was, key=lambda number: self.place(number, worded=worded))]
        for row in rows:
            if not row.gone:
                now = new.place(row.seq, worded=worded)
                order.insert(bisect_left(order, now, key=lambda number: new.place(number, worded=worded)), row.seq)
        return order


def _lowest(ranks: "array[int]", bits: int, limit: int, start: int) -> Iterable[int]:
    """The lowest ranks of the numbers whose bit is set, from `start` on, ascending."""
    if len(ranks) <= MANY:
        there = (ranks[number] for number in numbers_of(bits))
        return nsmallest(limit, (rank for rank in there if rank >= start))
    import numpy

    found = numpy.frombuffer(ranks, numpy.intc)[_where(bits)]
    found = found[found >= start]
    if len(found) > limit:
        found = numpy.partition(found, limit)[:limit]
    found.sort()
    return [int(rank) for rank in found]


def _with_facets(
    held: dict[str, dict[str, int]], told: dict[str, list[int]], untouched: int, size: int
) -> dict[str, dict[str, int]]:
    """The bits of the untouched, and of those that say these facets, one a line: many entries say the same."""
    gained: dict[str, list[int]] = {}
    for facets, numbers in told.items():
        for line in facets.split("\n") if facets else ():
            gained.setdefault(line, []).extend(numbers)
    new = {name: {value: bits & untouched for value, bits in values.items()} for name, values in held.items()}
    for line, numbers in gained.items():
        name, _, value = line.partition("=")
        values = new.setdefault(name, {})
        values[value] = values.get(value, 0) | bits_of(numbers, size)
    return new
