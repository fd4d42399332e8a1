"""What the gateway does by itself."""

from zhengtong.sharing.gateway.jobs import serving

JOBS = serving.JOBS
TIMERS = serving.TIMERS
LISTENERS = serving.LISTENERS
