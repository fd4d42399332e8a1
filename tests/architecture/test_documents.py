"""The manual and the readmes say the same in both languages, lead nowhere wrong, and keep to the glossary."""

import re
from pathlib import Path

import pytest

from tests.architecture import tree
from tools import measured

HAN = re.compile(r"[\u4e00-\u9fff]")
DOCS = tree.ROOT / "docs"
CHINESE = [page for page in sorted(DOCS.rglob("*.md")) if not page.name.endswith(".en.md")]
PAIRS = [(page, page.with_name(page.name.removesuffix(".md") + ".en.md")) for page in CHINESE]
READMES = (tree.ROOT / "README.zh.md", tree.ROOT / "README.md")
CODE = re.compile(r"```\w*\n(.*?)```", re.DOTALL)


def _levels(page: Path) -> list[int]:
    """The heading levels in order, without what stands in code."""
    return [len(found) for found in re.findall(r"^(#+) ", CODE.sub("", page.read_text("utf-8")), re.MULTILINE)]


def _commands(page: Path) -> list[str]:
    blocks = CODE.findall(page.read_text("utf-8"))
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize(("chinese", "english"), PAIRS, ids=[tree.name(page) for page in CHINESE])
def test_a_page_stands_in_both_languages_with_the_same_headings(chinese: Path, english: Path) -> None:
    assert english.exists()
    assert _levels(chinese) == _levels(english)
    assert HAN.search(chinese.read_text("utf-8").splitlines()[0] + chinese.read_text("utf-8"))


def test_no_english_page_stands_alone() -> None:
    assert set(DOCS.rglob("*.en.md")) == {english for _, english in PAIRS}


def test_the_readmes_have_the_same_headings_and_commands() -> None:
    assert _levels(READMES[0]) == _levels(READMES[1])
    assert _commands(READMES[0]) == _commands(READMES[1])
    assert [line.count("|") for line in READMES[0].read_text().splitlines() if line.startswith("|")] == [
        line.count("|") for line in READMES[1].read_text().splitlines() if line.startswith("|")
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_readmes_tell_what_was_measured_last(language: str) -> None:
    assert measured.written(language) == measured.READMES[language].read_text("utf-8"), "run: python -m tools.measured"
    assert measured.table(language).count("\n| ") == 1 + sum(bool(measured.newest(one.file)) for one in measured.ROWS)


@pytest.mark.parametrize("page", [*DOCS.rglob("*.md"), *tree.ROOT.glob("*.md")], ids=tree.name)
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    told = re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", CODE.sub("", page.read_text("utf-8")))
    assert not [link for link in told if not (page.parent / link).exists()]


def test_every_decision_is_listed_and_has_its_four_parts() -> None:
    for suffix, parts in ((".md", "背景 决定 后果 其他选择"), (".en.md", "Context Decision Consequences Alternatives")):
        listed = (DOCS / "decisions" / f"index{suffix}").read_text("utf-8")
        pages = [page for page, _ in PAIRS if page.parent.name == "decisions" and page.stem != "index"]
        for page in pages:
            text = page.with_name(page.stem + suffix).read_text("utf-8")
            assert page.name in listed
            assert re.findall(r"^## (.+)$", text, re.MULTILINE) == parts.split()


def test_the_glossary_says_each_word_once_and_in_both_languages() -> None:
    rows = {}
    for suffix in (".md", ".en.md"):
        lines = (DOCS / f"glossary{suffix}").read_text("utf-8").splitlines()
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")][1:]
        rows[suffix] = [(row[0], row[1]) for row in cells]
    assert sorted(rows[".md"]) == sorted((zh, en) for en, zh in rows[".en.md"])
    assert len({zh for zh, _ in rows[".md"]}) == len(rows[".md"])


def test_the_makefile_explains_each_target_in_both_languages() -> None:
    makefile = (tree.ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    told = dict(re.findall(r"^([a-z-]+):[^\n]*## ([^\n]+)", makefile, re.MULTILINE))
    assert targets == set(told)
    assert all(HAN.search(says) and " · " in says for says in told.values())


def test_commands_that_the_readme_names_exist() -> None:
    makefile = (tree.ROOT / "Makefile").read_text("utf-8")
    named = {target for readme in READMES for target in re.findall(r"`?make ([a-z-]+)`?", readme.read_text("utf-8"))}
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in named)


def test_every_room_is_in_the_glossary() -> None:
    from zhengtong.app import CAPABILITIES

    glossary = (DOCS / "glossary.md").read_text("utf-8")
    assert not [room.name for room in CAPABILITIES if f"| {room.name} |" not in glossary]
