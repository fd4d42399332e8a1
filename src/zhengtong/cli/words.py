"""What the command line says, and in which language: 中文, or English where the reader's machine speaks it."""

import os
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Literal

Language = Literal["zh", "en"]
language: ContextVar[Language] = ContextVar("language", default="zh")


def preferred(environment: Mapping[str, str] | None = None) -> Language:
    """The language of the machine by LC_ALL, LC_MESSAGES, LANG; 中文 where they name none.

    >>> preferred({"LANG": "en_GB.UTF-8"}), preferred({"LANG": "C.UTF-8"}), preferred({"LC_ALL": "zh_CN.UTF-8", "LANG": "en"})
    ('en', 'zh', 'zh')
    """
    environment = os.environ if environment is None else environment
    named = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    told = next((value for value in named if value), "")
    return "zh" if told.partition(".")[0].lower() in ("", "c", "posix") or told.lower().startswith("zh") else "en"


def say(zh: str, en: str) -> str:
    """The sentence in the reader's language."""
    return en if language.get() == "en" else zh


def half(both: str) -> str:
    """The reader's half of a text written `中文 | English`."""
    zh, _, en = both.partition(" | ")
    return say(zh, en or zh)


def tell(zh: str, en: str) -> None:
    """This will print the sentence for the reader, at once."""
    print(say(zh, en), flush=True)


def complain(sentence: str) -> None:
    """This will print one sentence to standard error, marked so that the eye finds it."""
    red, plain = ("\x1b[31m", "\x1b[0m") if sys.stderr.isatty() and "NO_COLOR" not in os.environ else ("", "")
    print(f"{red}✗{plain} {sentence}", file=sys.stderr, flush=True)
