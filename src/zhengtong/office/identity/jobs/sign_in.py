"""What sign-in does by itself: ended sessions and spent things are swept away."""

from datetime import datetime

from sqlalchemy.orm import Session

from zhengtong.kernel.jobs import Job, Timer
from zhengtong.office.identity.actions import service_accounts, sessions, throttling


def sweep(session: Session, *, now: datetime) -> None:
    """This will drop sessions, counts, links, steps and nonces that mean nothing any more."""
    sessions.sweep(session, now=now)
    throttling.forget_old(session, now=now)
    service_accounts.forget_nonces(session, now=now)


SWEEP = Job("identity.sweep_sessions", sweep)
SIGN_IN_JOBS = (SWEEP,)
SIGN_IN_TIMERS = (Timer("identity.sweep_sessions", SWEEP, every="10m"),)
