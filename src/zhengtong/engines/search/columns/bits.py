"""Facets as bits: one whole number a value, whose bit n is set when entry n has it."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

FEW_BITS = 500
DENSE = 40
MANY = 4_096
ROW, COLUMN = "\x1e", "\x1f"


def bits_of(numbers: Iterable[int], size: int) -> int:
    """The numbers as bits of one whole number. Many are set at once by numpy, which small catalogues need not load."""
    told = list(numbers)
    if len(told) > MANY:
        return _many_bits(told, size)
    held = bytearray(size // 8 + 1)
    for number in told:
        held[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(held, "little")


def _many_bits(told: list[int], size: int) -> int:
    import numpy

    held = numpy.zeros(size + 8, numpy.bool_)
    held[numpy.fromiter(told, numpy.int64, len(told))] = True
    return int.from_bytes(numpy.packbits(held, bitorder="little").tobytes(), "little")


_SET = [[bit for bit in range(8) if byte >> bit & 1] for byte in range(256)]


def numbers_of(bits: int) -> Iterator[int]:
    """The numbers whose bit is set, ascending."""
    for place, byte in enumerate(bits.to_bytes((bits.bit_length() + 7) // 8, "little")):
        if byte:
            for bit in _SET[byte]:
                yield place * 8 + bit


class Row(NamedTuple):
    """An entry as it was written last."""

    seq: int
    key: str
    length: int
    weight: int
    facets: str
    gone: bool


@dataclass(slots=True)
class Columns:
    """The entries of an index as they stood at one version."""

    epoch: int = -1
    version: int = -1
    keys: dict[int, str] = field(default_factory=dict)
    lengths: dict[int, int] = field(default_factory=dict)
    weights: dict[int, int] = field(default_factory=dict)
    bits: dict[str, dict[str, int]] = field(default_factory=dict)
    all: int = 0
    size: int = 0
    matched: "OrderedDict[Any, int]" = field(default_factory=OrderedDict)
    walks: dict[bool, list[tuple[Any, ...]]] = field(default_factory=dict)

    def changed(self, rows: Sequence[Row], *, epoch: int, version: int) -> "Columns":
        """These columns with the rows set in; these stay as they are."""
        new = Columns(epoch, version, dict(self.keys), dict(self.lengths), dict(self.weights))
        told: dict[str, list[int]] = {}
        there: list[int] = []
        for seq, key, length, weight, facets, gone in rows:
            if gone:
                for kept in (new.keys, new.lengths, new.weights):
                    kept.pop(seq, None)
                continue
            there.append(seq)
            new.keys[seq], new.lengths[seq], new.weights[seq] = key, length, weight
            told.setdefault(facets, []).append(seq)
        new.size = max(new.keys, default=0) + 1
        touched = bits_of((row.seq for row in rows), max([self.size, *(row.seq + 1 for row in rows)]))
        new.bits = _with_facets(self.bits, told, ~touched, new.size)
        if rows and len(rows) <= MANY:
            new.walks = {worded: new.mended(walk, rows, worded=worded) for worded, walk in self.walks.items()}
        new.all = self.all & ~touched | bits_of(there, new.size)
        return new

    def place(self, number: int, *, worded: bool) -> tuple[Any, ...]:
        """Where the entry stands among those that match equally: short names first, then the weightier, then by key."""
        weight, key = -self.weights[number], self.keys[number]
        return (self.lengths[number], weight, key, number) if worded else (weight, key, number)

    def walk(self, *, worded: bool) -> list[tuple[Any, ...]]:
        """All places in order, made once."""
        if worded not in self.walks:
            self.walks[worded] = sorted(self.place(number, worded=worded) for number in self.keys)
        return self.walks[worded]

    def mended(self, walk: list[tuple[Any, ...]], rows: Sequence[Row], *, worded: bool) -> list[tuple[Any, ...]]:
        """The places of before, with the rows at the places that they have now."""
        changed = {row.seq for row in rows}
        places = [place for place in walk if place[-1] not in changed]
        places += [self.place(row.seq, worded=worded) for row in rows if not row.gone]
        places.sort()
        return places

    def first(self, bits: int, limit: int, *, worded: bool, after: tuple[Any, ...] | None) -> list[tuple[Any, ...]]:
        """The first places among the bits, after a place."""
        if bits.bit_count() * DENSE < len(self.keys) or bits.bit_count() <= FEW_BITS:
            places = sorted(self.place(number, worded=worded) for number in numbers_of(bits))
            start = bisect_right(places, after) if after else 0
            return places[start : start + limit]
        walk, held = self.walk(worded=worded), bits.to_bytes(self.size // 8 + 1, "little")
        found: list[tuple[Any, ...]] = []
        for at in range(bisect_right(walk, after) if after else 0, len(walk)):
            number = walk[at][-1]
            if held[number >> 3] >> (number & 7) & 1:
                found.append(walk[at])
                if len(found) == limit:
                    break
        return found


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
