"""MkDocs hook: the table of contents is the folders in this order, their pages by the number or name of the file."""

from pathlib import Path
from typing import Any

SECTIONS = {
    "tutorials": ("教程", "Tutorials"),
    "how-to": ("操作指南", "How to"),
    "reference": ("参考", "Reference"),
    "explanation": ("解释", "Explanation"),
    "decisions": ("决策", "Decisions"),
}


def on_config(config: Any) -> Any:
    """Called before the files are read: fill in `nav`, and the English names of its sections."""
    docs = Path(config["docs_dir"])
    nav: list[Any] = [{"首页": "index.md"}]
    for folder, (zh, _) in SECTIONS.items():
        pages = pages_of(docs / folder)
        if pages:
            nav.append({zh: [f"{folder}/{page.name}" for page in pages]})
    nav.append({"词汇": "glossary.md"})
    config["nav"] = nav
    names = dict(SECTIONS.values()) | {"首页": "Home", "词汇": "Glossary"}
    for language in config["plugins"]["i18n"].config["languages"]:
        if language.locale == "en":
            language.nav_translations = names
    return config


def pages_of(folder: Path) -> list[Path]:
    """The Chinese pages of a section, its index first."""
    pages = [page for page in folder.glob("*.md") if not page.name.endswith(".en.md")]
    return sorted(pages, key=lambda page: (page.name != "index.md", page.name))
