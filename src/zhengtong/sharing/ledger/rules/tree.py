"""The tree of RFC 6962: a leaf is H(0x00 ‖ entry), a node H(0x01 ‖ left ‖ right); the digest function H is an argument.

Whoever keeps a root can have it proved to them, with about log2 n digests, that an entry stands at its place (inclusion), and that
nothing that stood under an older root was changed or taken out (consistency).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Digest = Callable[[bytes], bytes]
Node = Callable[[int, int], bytes]
"""`node(level, number)`: the root of the whole subtree over the leaves number·2^level … (number + 1)·2^level − 1."""

WIDTH = 256
TILE_LEVELS = 8


def leaf_hash(digest: Digest, entry: bytes) -> bytes:
    """The leaf of an entry (RFC 6962 §2.1)."""
    return digest(b"\0" + entry)


def node_hash(digest: Digest, left: bytes, right: bytes) -> bytes:
    """The node over two others."""
    return digest(b"\1" + left + right)


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: its size, and the roots of the whole subtrees it is made of, the largest first."""

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def root(self, digest: Digest) -> bytes:
        """The root over all leaves; of no leaves, the digest of nothing."""
        if not self.roots:
            return digest(b"")
        found = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            found = node_hash(digest, left, found)
        return found

    def extend(self, digest: Digest, leaves: Iterable[bytes]) -> "Frontier":
        """The edge after these leaves.

        >>> from hashlib import sha256
        >>> Frontier().extend(lambda b: sha256(b).digest(), [b"a" * 32, b"b" * 32, b"c" * 32]).size
        3
        """
        return self.grown(digest, list(leaves))[0]

    def grown(self, digest: Digest, leaves: Sequence[bytes]) -> "tuple[Frontier, list[bytes]]":
        """The edge after these leaves, and the roots of the tiles of leaves that they fill, in order."""
        size, roots, tiles = self.size, list(self.roots), []
        at, count = 0, len(leaves)
        while at < count:
            if size % WIDTH == 0 and count - at >= WIDTH:
                node, step, level = subtree_root(digest, leaves[at : at + WIDTH]), WIDTH, TILE_LEVELS
                tiles.append(node)
            else:
                node, step, level = leaves[at], 1, 0
            whole = size >> level
            while whole & 1:
                node = digest(b"\1" + roots.pop() + node)
                whole, level = whole >> 1, level + 1
                if level == TILE_LEVELS:
                    tiles.append(node)
            roots.append(node)
            size, at = size + step, at + step
        return Frontier(size, tuple(roots)), tiles

    def to_bytes(self) -> bytes:
        return b"".join(self.roots)

    @classmethod
    def of(cls, size: int, kept: bytes, *, width: int = 32) -> "Frontier":
        """Read back from `to_bytes`. Raises ValueError when the number of roots does not fit the size."""
        roots = tuple(kept[at : at + width] for at in range(0, len(kept), width))
        if len(roots) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} whole subtrees, not {len(roots)}")
        return cls(size, roots)


def subtree_root(digest: Digest, hashes: Sequence[bytes]) -> bytes:
    """The root over a whole subtree's nodes; their number is a power of two."""
    level = list(hashes)
    while len(level) > 1:
        level = [digest(b"\1" + level[at] + level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def inclusion(digest: Digest, node: Node, index: int, size: int) -> tuple[bytes, ...]:
    """The path from the leaf at `index` to the root over the first `size` leaves (RFC 6962 §2.1.1). Raises ValueError."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} among {size}")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _left_half(end - begin)
        if index < middle:
            path.append(_range_root(digest, node, middle, end))
            end = middle
        else:
            path.append(_range_root(digest, node, begin, middle))
            begin = middle
    return tuple(reversed(path))


def consistency(digest: Digest, node: Node, old: int, new: int) -> tuple[bytes, ...]:
    """What shows that the first `old` leaves stand unchanged under the root of `new` (RFC 6962 §2.1.2). Raises ValueError."""
    if not 0 < old <= new:
        raise ValueError(f"a tree of {new} leaves cannot be shown to continue one of {old}")
    path: list[bytes] = []
    begin, end, whole = 0, new, True
    while old != end:
        middle = begin + _left_half(end - begin)
        if old <= middle:
            path.append(_range_root(digest, node, middle, end))
            end = middle
        else:
            path.append(_range_root(digest, node, begin, middle))
            begin, whole = middle, False
    if not whole:
        path.append(_range_root(digest, node, begin, end))
    return tuple(reversed(path))


def root_of_inclusion(digest: Digest, leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that the path leads to; None where its length cannot be right (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return None
    number, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            root = node_hash(digest, sibling, root)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            root = node_hash(digest, root, sibling)
        number, last = number >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(digest: Digest, old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """True where the path shows that the tree of `new` leaves continues that of `old` (RFC 9162 §2.1.4.2)."""
    if old == new or old == 0:
        return not path and old <= new and (old == 0 or old_root == new_root)
    if old > new or old < 0 or not path:
        return False
    steps = list(path) if old & (old - 1) else [old_root, *path]
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    first = second = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            first, second = node_hash(digest, sibling, first), node_hash(digest, sibling, second)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            second = node_hash(digest, second, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def node_from_tiles(digest: Digest, tile: Node) -> Node:
    """Nodes found in tiles: `tile(L, n)` gives the digests of the nodes 256·n … of level 8·L, as many as there are."""

    def node(level: int, number: int) -> bytes:
        tiled, above = divmod(level, TILE_LEVELS)
        first = number << above
        hashes, at = tile(tiled, first // WIDTH), first % WIDTH
        found = [hashes[place * 32 : place * 32 + 32] for place in range(at, at + (1 << above))]
        if len(found[-1]) != 32:
            raise ValueError(f"the tree has no whole node {number} at level {level}")
        return subtree_root(digest, found)

    return node


def _left_half(count: int) -> int:
    """The largest power of two below the count."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_root(digest: Digest, node: Node, begin: int, end: int) -> bytes:
    """The root over the leaves begin … end − 1; `begin` is where a subtree of that width begins."""
    count = end - begin
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, begin >> level)
    middle = begin + _left_half(count)
    return node_hash(digest, _range_root(digest, node, begin, middle), _range_root(digest, node, middle, end))
