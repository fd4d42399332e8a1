"""The words of states and happenings."""

from enum import StrEnum


class Verdict(StrEnum):
    """What a person decides about two beings."""

    MERGE = "merge"
    APART = "apart"


class Happening(StrEnum):
    """What can happen to an entity."""

    FOUND = "found"
    JOINED = "joined"
    LEFT = "left"
    CHANGED = "changed"
    GONE = "gone"
    MERGED = "merged"
    KEPT_APART = "kept_apart"
    UNDONE = "undone"


class LeadState(StrEnum):
    """Where a lead stands. confirmed: it is a fault, and is being mended. explained: both bureaus are right.
    dismissed: the lead itself is wrong."""

    OPEN = "open"
    ASSIGNED = "assigned"
    CONFIRMED = "confirmed"
    EXPLAINED = "explained"
    DISMISSED = "dismissed"


LIVE = (LeadState.OPEN, LeadState.ASSIGNED)
CLOSED = (LeadState.CONFIRMED, LeadState.EXPLAINED, LeadState.DISMISSED)
