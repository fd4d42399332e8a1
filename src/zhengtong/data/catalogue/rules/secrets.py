"""Marking forms of state and work secrets, which stay out of the platform (Decree 809, art. 3)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SPACES = re.compile(r"[ \t\u00a0\u3000]+")
PERIOD_SHOWN = 24


@dataclass(frozen=True, slots=True)
class Markings:
    """The forms, and why they are refused."""

    patterns: tuple[re.Pattern[str], ...]
    reason_zh: str
    reason_en: str
    source: str


def read_markings(told: Mapping[str, Any]) -> Markings:
    """The forms of a rule pack."""
    patterns = tuple(re.compile(one["pattern"], re.MULTILINE) for one in told["marks"])
    return Markings(patterns, told["reason"]["zh"], told["reason"]["en"], told["source"])


def marking_in(texts: Iterable[str | None], markings: Markings) -> str | None:
    """The first marking found, as it stands there; None when there is none. Width and spaces do not hide one."""
    for text in texts:
        if not text or "密" not in text:
            continue
        plain = "\n".join(SPACES.sub("", line) for line in unicodedata.normalize("NFKC", text).splitlines())
        for pattern in markings.patterns:
            if found := pattern.search(plain):
                return found[0].strip()[:PERIOD_SHOWN]
    return None
