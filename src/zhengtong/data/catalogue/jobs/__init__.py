"""What the catalogue does by itself."""

from zhengtong.data.catalogue.jobs import keeping

JOBS = (*keeping.JOBS,)
TIMERS = (*keeping.TIMERS,)
LISTENERS = (*keeping.LISTENERS,)

__all__ = ["JOBS", "LISTENERS", "TIMERS"]
