"""A page a reader can hold: files under 400 lines, functions under 50, a small kernel."""

import pytest

from tests.architecture import tree

FILE_WALL, FUNCTION_WALL, KERNEL_WALL = 400, 50, 1800
WRITTEN = (".py", ".vue", ".ts", ".css", ".mjs", ".sh")
GENERATED = ("web/src/api/schema.d.ts", "migrations/versions/")


def test_no_source_file_is_past_four_hundred_lines() -> None:
    files = [file for file in tree.tracked() if file.suffix in WRITTEN and not tree.name(file).startswith(GENERATED)]
    long = {tree.name(file): lines for file in files if (lines := len(file.read_bytes().splitlines())) > FILE_WALL}
    assert files
    assert not long


def test_no_function_is_past_fifty_lines() -> None:
    long = {
        f"{tree.name(file)}:{function.name}": lines
        for file in tree.python_files("src", "tools", "examples", "benchmarks", "tests")
        for function in tree.functions(file)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_WALL
    }
    assert not long


def test_the_kernel_stays_under_its_lines_of_code() -> None:
    assert sum(tree.code_lines(file) for file in tree.python_files("src/zhengtong/kernel")) <= KERNEL_WALL


@pytest.mark.parametrize("folder", ["src", "tools", "examples", "tests"])
def test_no_file_is_empty(folder: str) -> None:
    files = [file for file in tree.python_files(folder) if folder != "tests" or file.stem != "__init__"]
    assert files
    assert not [tree.name(file) for file in files if not file.read_text("utf-8").strip()]
