"""The small language of row rules: read to a tree, its kinds checked, built as an Ibis expression. Nothing is ever executed.

status = '注销' implies cancelled_on is not null
if monthly_fen > 0 then from_date <= today()
"""

from zhengtong.data.quality.rules.language.building import build
from zhengtong.data.quality.rules.language.kinds import FUNCTIONS, KIND_WORDS, Kind, kind_of, names_in
from zhengtong.data.quality.rules.language.parsing import Fault, Node, parse

__all__ = ["FUNCTIONS", "KIND_WORDS", "Fault", "Kind", "Node", "build", "check", "kind_of", "names_in", "parse"]


def check(text: str, kinds: dict[str, "Kind"]) -> Node:
    """The tree of a condition over these fields. Raises Fault with the place and the remedy."""
    tree = parse(text)
    found = kind_of(tree, kinds)
    if found is not Kind.TRUTH:
        raise Fault(tree.at, "整句应是一个条件，例如 a >= 0。", "The whole must be a condition, such as a >= 0.")
    return tree
