"""What the repository keeps: nothing built, nothing of one machine, no registry's address."""

import re

from tests.architecture import tree

BUILT = ("src/zhengtong/static/", "dist/", "build/", "site/", "web/node_modules/", "data/", ".run/", "shots/")
LARGEST_KB = 1500
BINARY = (".png", ".ico", ".woff2", ".woff", ".ttf", ".otf", ".xlsx", ".sqlite", ".gz", ".pdf")
HOSTS = re.compile(
    r"(registry\.npmjs\.org|files\.pythonhosted\.org|pypi\.org/simple|registry\.yarnpkg|repo1?\.maven|proxy\.golang|"
    r"deb\.debian\.org|cdn\.jsdelivr|unpkg\.com|fonts\.(googleapis|gstatic)|playwright\.azureedge)",
)
MACHINE = re.compile(r"(?<![\w.])/(work|home/[a-z]\w*|Users|root)/[\w.]")
HERE = {"tests/architecture/test_tracked.py"}


def _lines(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{tree.name(file)}:{at}: {found.group(0)}"
        for file in tree.tracked()
        if file.suffix not in BINARY and tree.name(file) not in HERE
        for at, line in enumerate(file.read_text("utf-8", errors="replace").splitlines(), 1)
        if (found := pattern.search(line))
    ]


def test_no_file_names_a_registry() -> None:
    assert not _lines(HOSTS)


def test_no_file_names_a_folder_of_one_machine() -> None:
    assert not _lines(MACHINE)


def test_nothing_built_is_kept() -> None:
    assert not [tree.name(file) for file in tree.tracked() if tree.name(file).startswith(BUILT)]


def test_no_kept_file_is_huge() -> None:
    assert not [tree.name(file) for file in tree.tracked() if file.stat().st_size > LARGEST_KB * 1024]


def test_text_is_utf8_with_unix_line_ends() -> None:
    texts = [
        file
        for file in tree.tracked()
        if file.suffix in (".py", ".md", ".ts", ".vue", ".yaml", ".yml", ".toml", ".css")
    ]
    wrong = []
    for file in texts:
        kept = file.read_bytes()
        kept.decode("utf-8")
        if b"\r\n" in kept or kept.startswith(b"\xef\xbb\xbf"):
            wrong.append(tree.name(file))
    assert not wrong
