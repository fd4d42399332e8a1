"""The words of intake: what a source, a run, a batch, a quarantined row can be."""

from enum import StrEnum


class Mode(StrEnum):
    """How rows land: each is added; put in place of those with the same key; as upsert, and keys no longer there are removed."""

    APPEND = "append"
    UPSERT = "upsert"
    REPLACE = "replace"


class OnDrift(StrEnum):
    """What a run does when the source's columns have changed."""

    PAUSE = "pause"
    CONTINUE = "continue"


class SourceState(StrEnum):
    """A draft has no item or mapping yet; a resting one is not run by its schedule; a retired one never again."""

    DRAFT = "draft"
    ACTIVE = "active"
    RESTING = "resting"
    RETIRED = "retired"


class RunState(StrEnum):
    """Where a run stands. WAITING: for its turn, for the source or the lake to come back (`reason` says which)."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    LANDED = "landed"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (RunState.WAITING, RunState.RUNNING, RunState.PAUSED)
FINISHED = (RunState.LANDED, RunState.FAILED, RunState.CANCELLED)


class Cause(StrEnum):
    """Why a run began."""

    SCHEDULE = "schedule"
    PERSON = "person"
    PUSH = "push"
    UPLOAD = "upload"
    STREAM = "stream"
    REPLAY = "replay"


class Asked(StrEnum):
    """What a person asked of a running run; heard at its next step."""

    NOTHING = ""
    PAUSE = "pause"
    CANCEL = "cancel"


class BatchState(StrEnum):
    """LANDING: written down, the lake is asked; LANDED: in the lake, announced."""

    LANDING = "landing"
    LANDED = "landed"


class BatchKind(StrEnum):
    """Rows of the source; rows of the quarantine, mended; keys that the source no longer has."""

    ROWS = "rows"
    REPLAY = "replay"
    REMOVAL = "removal"


class RowState(StrEnum):
    """Where a quarantined row stands. OVERTAKEN: a later row of its key landed before it was mended."""

    OPEN = "open"
    REPLAYING = "replaying"
    LANDED = "landed"
    OVERTAKEN = "overtaken"
    DISCARDED = "discarded"


class Confidence(StrEnum):
    """How sure a proposed mending is: 有把握, 要人看, 问数源部门, 不可推断."""

    SURE = "sure"
    LOOK = "look"
    ASK = "ask"
    UNKNOWABLE = "unknowable"
