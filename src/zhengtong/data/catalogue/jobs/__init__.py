"""What the catalogue does by itself."""

from zhengtong.data.catalogue.jobs import finding, keeping

JOBS = (*keeping.JOBS, *finding.JOBS)
TIMERS = (*keeping.TIMERS, *finding.TIMERS)
LISTENERS = (*keeping.LISTENERS,)

__all__ = ["JOBS", "LISTENERS", "TIMERS"]
