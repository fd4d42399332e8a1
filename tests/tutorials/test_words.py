"""The words that a tutorial has in bold are those of the product's pages, in both languages."""

import re
from pathlib import Path

import pytest

from tests.tutorials.page import blocks, labels

ROOT = Path(__file__).parents[2]
OWN = {"PostgreSQL", "Kafka"}


def said() -> str:
    """All words of the pages, those of an agreement's states, and of what can be done to an item."""
    told = (ROOT / "src/zhengtong/sharing/agreements/rules/states.py", ROOT / "rules/catalogue/lifecycle.yaml")
    pages = [*(ROOT / "web" / "src").rglob("*.ts"), *told]
    return "\n".join(path.read_text("utf-8") for path in pages)


@pytest.mark.parametrize("page", ["own-data.md", "own-data.en.md"])
def test_what_a_tutorial_names_stands_on_the_pages(page: str) -> None:
    words = said()
    named = {one.removesuffix(" 1 行") for one in labels(page)} - OWN
    assert len(named) > 10
    assert [one for one in sorted(named) if one not in words] == []


def test_both_languages_have_the_same_commands() -> None:
    chinese, english = ([_bare(one.code) for one in blocks(page)] for page in ("own-data.md", "own-data.en.md"))
    assert len(chinese) > 8
    assert chinese == english


def _bare(code: str) -> list[str]:
    """The lines of a block without its comments."""
    return [bare for line in code.splitlines() if (bare := re.sub(r"(^|\s+)# .*$", "", line))]
