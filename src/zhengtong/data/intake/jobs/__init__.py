"""What intake does by itself."""

from zhengtong.data.intake.jobs import running

JOBS = (running.RUN,)
TIMERS = ()

__all__ = ["JOBS", "TIMERS"]
