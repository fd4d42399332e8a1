"""What the ledger does by itself."""

from zhengtong.sharing.ledger.jobs import anchoring, following, signing

JOBS = (*anchoring.JOBS, *following.JOBS, *signing.JOBS)
TIMERS = (*anchoring.TIMERS, *following.TIMERS, *signing.TIMERS)
LISTENERS = anchoring.LISTENERS

__all__ = ["JOBS", "LISTENERS", "TIMERS"]
