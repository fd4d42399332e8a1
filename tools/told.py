"""What the preparing tools say: 中文 first, English beside; and the one way they give up."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / ".run"


class Stop(Exception):
    """Preparation cannot go on; says why and what to do, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")


def say(zh: str, en: str) -> None:
    """One line for the person who typed the command."""
    print(f"· {zh}  {en}", flush=True)


def stopped(stop: Exception) -> int:
    """Print why it stopped; the exit code."""
    print(f"✗ {stop}", file=sys.stderr, flush=True)
    return 1
