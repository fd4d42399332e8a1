"""What the catalogue does by itself."""

from zhengtong.data.catalogue.jobs import finding, harvest, keeping

JOBS = (*keeping.JOBS, *finding.JOBS, *harvest.JOBS)
TIMERS = (*keeping.TIMERS, *finding.TIMERS)
LISTENERS = (*keeping.LISTENERS,)

__all__ = ["JOBS", "LISTENERS", "TIMERS"]
