"""Work that happens by itself: a leased table queue, committed with the row that asks for it.

A job runs at least once; its effects inside the database happen exactly once, because a one-transaction handler commits
together with the job's completion, and a stepwise one keeps its state with each step. A job whose process is killed is
taken up again when its lease runs out. Failures are tried again with growing, jittered pauses; what fails for good
stays as a dead letter that a person can see and replay. Jobs of one `key` run one after another, in order.
"""

from zhengtong.kernel.jobs.queue import (
    DEAD,
    DONE,
    RUNNING,
    TOPIC,
    WAITING,
    Job,
    JobRow,
    LeaseLost,
    Registry,
    Timer,
    TimerRow,
    cancel,
    enqueue,
    enqueue_many,
    replay,
)
from zhengtong.kernel.jobs.workers import Run, Stopping, Workers

__all__ = [
    "DEAD",
    "DONE",
    "RUNNING",
    "TOPIC",
    "WAITING",
    "Job",
    "JobRow",
    "LeaseLost",
    "Registry",
    "Run",
    "Stopping",
    "Timer",
    "TimerRow",
    "Workers",
    "cancel",
    "enqueue",
    "enqueue_many",
    "replay",
]
