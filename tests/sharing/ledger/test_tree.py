"""The tree: public vectors of RFC 6962 in SHA-256, every proof of small trees, and a random log that is asked anything."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from zhengtong.sharing.ledger.rules import tree

ENTRIES = [bytes.fromhex(one) for one in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The roots over the first 1 … 8 entries, as Certificate Transparency's reference implementation has them."""


def digest(data: bytes) -> bytes:
    return sha256(data).digest()


def leaves_of(count: int) -> list[bytes]:
    return [tree.leaf_hash(digest, str(number).encode()) for number in range(count)]


def plain_node(leaves: list[bytes]) -> tree.Node:
    """Nodes computed from all leaves: what the tiles must agree with."""

    def node(level: int, number: int) -> bytes:
        return tree.subtree_root(digest, leaves[number << level : (number + 1) << level])

    return node


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else digest(b"")
    cut = 1 << ((len(leaves) - 1).bit_length() - 1)
    return tree.node_hash(digest, plain_root(leaves[:cut]), plain_root(leaves[cut:]))


def test_of_nothing_the_root_is_the_digest_of_nothing() -> None:
    assert tree.Frontier().root(digest).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("count", range(1, 9))
def test_roots_are_the_public_vectors(count: int) -> None:
    leaves = [tree.leaf_hash(digest, entry) for entry in ENTRIES[:count]]
    assert tree.Frontier().extend(digest, leaves).root(digest).hex() == ROOTS[count - 1]


def test_every_inclusion_and_consistency_proof_of_small_trees_holds() -> None:
    leaves = leaves_of(66)
    node = plain_node(leaves)
    roots = [plain_root(leaves[:size]) for size in range(67)]
    for size in range(1, 67):
        for index in range(size):
            path = tree.inclusion(digest, node, index, size)
            assert tree.root_of_inclusion(digest, leaves[index], index, size, path) == roots[size]
        for old in range(1, size + 1):
            path = tree.consistency(digest, node, old, size)
            assert tree.is_consistent(digest, old, size, roots[old], roots[size], path)


@given(st.integers(1, 200), st.data())
def test_a_proof_that_is_altered_anywhere_fails(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    root, node = plain_root(leaves), plain_node(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = list(tree.inclusion(digest, node, index, size))
    wrong = data.draw(st.sampled_from(["leaf", "longer", *(["step", "shorter"] if path else [])]))
    leaf = leaves[index]
    if wrong == "leaf":
        leaf = digest(leaf)
    elif wrong == "longer":
        path.append(digest(b"more"))
    elif wrong == "shorter":
        path.pop(data.draw(st.integers(0, len(path) - 1)))
    else:
        at = data.draw(st.integers(0, len(path) - 1))
        path[at] = digest(path[at])
    assert tree.root_of_inclusion(digest, leaf, index, size, path) != root


@given(st.integers(2, 150), st.data())
def test_a_rewritten_past_is_never_consistent(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size - 1))
    kept = plain_root(leaves[:old])
    at = data.draw(st.integers(0, old - 1))
    other = [*leaves[:at], digest(leaves[at]), *leaves[at + 1 :]]
    path = tree.consistency(digest, plain_node(other), old, size)
    assert not tree.is_consistent(digest, old, size, kept, plain_root(other), path)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 4), (9, 4)])
def test_nothing_is_proved_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        tree.inclusion(digest, plain_node(leaves_of(8)), index, size)
    assert tree.root_of_inclusion(digest, bytes(32), index, size, []) is None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([1, 2, 3, 255, 256, 257, 600]), min_size=1, max_size=6))
def test_leaves_that_come_together_make_the_tree_of_leaves_that_come_one_by_one(counts: list[int]) -> None:
    leaves = [digest(b"%d" % number) for number in range(sum(counts))]
    alone = tree.Frontier()
    for leaf in leaves:
        alone = alone.extend(digest, [leaf])
    edge, tiles, at = tree.Frontier(), [], 0
    for count in counts:
        edge, filled = edge.grown(digest, leaves[at : at + count])
        tiles, at = [*tiles, *filled], at + count
    assert edge == alone
    assert tiles == [
        tree.subtree_root(digest, leaves[number * tree.WIDTH : (number + 1) * tree.WIDTH])
        for number in range(len(leaves) // tree.WIDTH)
    ]


def test_a_frontier_that_does_not_fit_its_size_is_refused() -> None:
    edge = tree.Frontier().extend(digest, leaves_of(7))
    assert tree.Frontier.of(7, edge.to_bytes()) == edge
    with pytest.raises(ValueError, match="whole subtrees"):
        tree.Frontier.of(8, edge.to_bytes())


class Log(RuleBasedStateMachine):
    """A log that grows by batches of any size; its tiles always prove what a plain tree says."""

    @initialize()
    def begin(self) -> None:
        self.leaves: list[bytes] = []
        self.edge = tree.Frontier()
        self.kept: list[tuple[int, bytes]] = []

    @rule(count=st.sampled_from([0, 1, 2, 3, 40, 255, 256, 300]))
    def grow(self, count: int) -> None:
        more = [digest(f"{len(self.leaves) + number}".encode()) for number in range(count)]
        self.leaves += more
        self.edge = self.edge.extend(digest, more)
        self.kept.append((self.edge.size, self.edge.root(digest)))

    def tile(self, level: int, number: int) -> bytes:
        width = tree.WIDTH**level
        whole = self.leaves[: len(self.leaves) // width * width]
        roots = [plain_root(whole[at : at + width]) for at in range(0, len(whole), width)]
        return b"".join(roots[number * tree.WIDTH : (number + 1) * tree.WIDTH])

    @rule(data=st.data())
    def prove(self, data: st.DataObject) -> None:
        if not self.leaves:
            return
        node = tree.node_from_tiles(digest, self.tile)
        index = data.draw(st.integers(0, len(self.leaves) - 1))
        path = tree.inclusion(digest, node, index, self.edge.size)
        root = self.edge.root(digest)
        assert tree.root_of_inclusion(digest, self.leaves[index], index, self.edge.size, path) == root
        old, kept = data.draw(st.sampled_from(self.kept))
        if old:
            shown = tree.consistency(digest, node, old, self.edge.size)
            assert tree.is_consistent(digest, old, self.edge.size, kept, root, shown)

    @invariant()
    def the_edge_is_the_plain_root(self) -> None:
        assert self.edge.root(digest) == plain_root(self.leaves)


Log.TestCase.settings = settings(max_examples=15, stateful_step_count=8, deadline=None)
TestLog = Log.TestCase
