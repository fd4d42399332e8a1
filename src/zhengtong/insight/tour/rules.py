"""By what the demo's clock can be moved on."""

from enum import StrEnum


class Step(StrEnum):
    """An hour; to nine o'clock of the next working day; to just past the next limit."""

    HOUR = "hour"
    WORKING_DAY = "working_day"
    LIMIT = "limit"
