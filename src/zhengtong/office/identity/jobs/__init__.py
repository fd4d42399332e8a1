"""What identity does by itself."""

from zhengtong.office.identity.jobs.organisation import ORGANISATION_JOBS, ORGANISATION_LISTENERS, ORGANISATION_TIMERS
from zhengtong.office.identity.jobs.sign_in import SIGN_IN_JOBS, SIGN_IN_TIMERS

JOBS = (*ORGANISATION_JOBS, *SIGN_IN_JOBS)
LISTENERS = ORGANISATION_LISTENERS
TIMERS = (*ORGANISATION_TIMERS, *SIGN_IN_TIMERS)

__all__ = ["JOBS", "LISTENERS", "TIMERS"]
