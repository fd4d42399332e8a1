"""What identity does by itself."""

from zhengtong.office.identity.jobs.sign_in import SIGN_IN_JOBS, SIGN_IN_TIMERS

__all__ = ["SIGN_IN_JOBS", "SIGN_IN_TIMERS"]
