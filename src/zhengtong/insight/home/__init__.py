"""首页: what must be done now, and how things are going, for whoever comes in.

Every figure is counted from the events of the room it is about, shows its denominator and leads to the rows behind it. Who sees the
whole city sees all of it; others their own departments.
"""

from zhengtong.insight.home import jobs
from zhengtong.insight.home.permissions import PERMISSIONS
from zhengtong.insight.home.routes import routes
from zhengtong.insight.home.tables import Happening, Tally
from zhengtong.kernel.capability import Capability

__all__ = ["Happening", "Tally", "capability"]

capability = Capability(
    name="home",
    group="insight",
    zh="首页",
    en="Home",
    routes=routes,
    permissions=PERMISSIONS,
    listeners=jobs.LISTENERS,
    jobs=jobs.JOBS,
    timers=jobs.TIMERS,
)
