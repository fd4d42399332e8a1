"""The small tables in `data/` that the generator draws from."""

import csv
from functools import cache
from pathlib import Path

DATA = Path(__file__).resolve().parent / "data"


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `data/<name>.csv`, each a mapping from heading to text."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def pinyin() -> dict[str, str]:
    """How each character that can stand in a given name is read, without tones."""
    lines = (DATA / "pinyin.txt").read_text("utf-8").split("\n")
    pairs = (line.split(" ") for line in lines if line)
    return {character: reading for reading, characters in pairs for character in characters}
