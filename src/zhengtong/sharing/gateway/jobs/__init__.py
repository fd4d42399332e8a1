"""What the gateway does by itself."""

from zhengtong.sharing.gateway.jobs import exchange, filing, serving

JOBS = (*serving.JOBS, *exchange.JOBS, *filing.JOBS)
TIMERS = (*serving.TIMERS, *exchange.TIMERS, *filing.TIMERS)
LISTENERS = (*serving.LISTENERS, *exchange.LISTENERS)
