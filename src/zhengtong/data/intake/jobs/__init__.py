"""What intake does by itself."""

from zhengtong.data.intake.jobs import running, scheduling, watching

JOBS = (running.RUN, *scheduling.JOBS, *watching.JOBS)
TIMERS = (*scheduling.TIMERS, *watching.TIMERS)
LISTENERS = (*watching.LISTENERS,)

__all__ = ["JOBS", "LISTENERS", "TIMERS"]
