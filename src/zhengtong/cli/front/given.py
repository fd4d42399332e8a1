"""What a city gives the front that it starts, and what both go by."""

from dataclasses import dataclass
from datetime import datetime

from zhengtong.kernel.settings import Settings

COLLECTED_AFTER = (20_000, 20, 10)
"""How many objects are made between two collections of garbage: each holds up all threads, and requests leave little in circles."""


@dataclass(frozen=True, slots=True)
class Given:
    """`began`: when the city's gateway was opened."""

    settings: Settings
    began: datetime
