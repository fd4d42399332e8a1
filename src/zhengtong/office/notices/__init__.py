"""消息: what a person should know, in the page at once, and by mail or SMS as they wish.

A room tells with `tell(session, to=…, kind=…, parameters=…, now=…)` in its own transaction. The kinds are data: one YAML pack
a room under rules/notices, with sentences in both languages. A notice keeps its kind and parameters and is put into words when
it is read. In the page it stands exactly once; letters may repeat after a crash, with the same Message-ID.
"""

from zhengtong.kernel.capability import Capability
from zhengtong.office.notices.actions import tell
from zhengtong.office.notices.jobs import JOBS, LISTENERS, TIMERS
from zhengtong.office.notices.permissions import ADMINISTER, ALL, BROADCAST
from zhengtong.office.notices.queries import count_of, kinds, rendered
from zhengtong.office.notices.routes import routes
from zhengtong.office.notices.rules import KindUnknown, ParametersWrong, Urgency
from zhengtong.office.notices.settings import Notices
from zhengtong.office.notices.tables import Broadcast, Delivery, Notice, NoticeHabits

capability = Capability(
    name="notices",
    group="office",
    zh="消息",
    en="Notices",
    routes=routes,
    permissions=ALL,
    listeners=LISTENERS,
    jobs=JOBS,
    timers=TIMERS,
    settings=Notices,
)

__all__ = [
    "ADMINISTER",
    "BROADCAST",
    "Broadcast",
    "Delivery",
    "KindUnknown",
    "Notice",
    "NoticeHabits",
    "ParametersWrong",
    "Urgency",
    "capability",
    "count_of",
    "kinds",
    "rendered",
    "tell",
]
