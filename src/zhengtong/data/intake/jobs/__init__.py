"""What intake does by itself."""

from zhengtong.data.intake.jobs import running, watching

JOBS = (running.RUN, *watching.JOBS)
TIMERS = (*watching.TIMERS,)
LISTENERS = (*watching.LISTENERS,)

__all__ = ["JOBS", "LISTENERS", "TIMERS"]
