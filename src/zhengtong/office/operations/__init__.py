"""运行管理: the administrator's pages — what waits, runs and failed, events and their deliveries, timers, health, settings.

It stands at the top of the office and adds no machinery of its own: it shows the kernel's queue, outbox and timers, and lets
a person replay, cancel or run what stands there, each deed audited. The audit trail itself is read in identity.
"""

from zhengtong.kernel.capability import Capability
from zhengtong.office.operations.actions import seal_again
from zhengtong.office.operations.jobs import JOBS, TIMERS
from zhengtong.office.operations.permissions import ACT, ALL
from zhengtong.office.operations.queries import count_due, sealed_under
from zhengtong.office.operations.routes import routes
from zhengtong.office.operations.settings import Operations

capability = Capability(
    name="operations",
    group="office",
    zh="运行管理",
    en="Operations",
    routes=routes,
    permissions=ALL,
    jobs=JOBS,
    timers=TIMERS,
    settings=Operations,
)

__all__ = ["ACT", "capability", "count_due", "seal_again", "sealed_under"]
