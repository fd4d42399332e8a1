"""What a room is, in one value: its name, routes, permissions, listeners, jobs, timers, settings."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from zhengtong.kernel.actor import Permission
from zhengtong.kernel.events import Event, Listener
from zhengtong.kernel.jobs import Job, Registry, Timer


@dataclass(frozen=True, slots=True)
class Capability:
    """One room. `routes` is its `web.Routes`; `events` are those it announces."""

    name: str
    group: str
    zh: str
    en: str
    routes: Any = None
    permissions: tuple[Permission, ...] = ()
    events: tuple[type[Event], ...] = ()
    listeners: tuple[Listener, ...] = ()
    jobs: tuple[Job, ...] = ()
    timers: tuple[Timer, ...] = ()
    settings: type[BaseModel] | None = None


def registry(capabilities: tuple[Capability, ...]) -> Registry:
    """All kinds of work of these rooms, the kernel's own included. Raises ValueError when two share a name."""
    from zhengtong.kernel.jobs import workers

    timers = [timer for room in capabilities for timer in room.timers] + list(workers.TIMERS)
    kinds = [job for room in capabilities for job in room.jobs]
    kinds += [listener.job() for room in capabilities for listener in room.listeners] + [workers.PRUNE]
    by_name = {job.name: job for job in kinds}
    if len(by_name) != len(kinds):
        raise ValueError(f"two jobs share a name among {sorted(job.name for job in kinds)}")
    for timer in timers:
        by_name.setdefault(timer.job.name, timer.job)
    return Registry(by_name, {timer.name: timer for timer in timers})
