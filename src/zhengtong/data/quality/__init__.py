"""数据质量: how good the city's data are, by rules that anybody can read, on every batch; and who must mend what.

Six dimensions (GB/T 36344), five grades (DB11/T 2317), both from a rule pack with their sources. Rules follow from an item's
standards by themselves; departments add their own in a small form. All rules of a table are measured in one scan through the
compute engine. What falls below what a rule bears becomes a correction ticket (校核, Decree 809 art. 26) with its deadline,
closed when the next batch passes; who uses data may ask too.

    quality.grade_of(session, item.id)
    ticket = quality.open_ticket(session, SYSTEM, item_id=item.id, title=…, reason=…, now=now)
"""

from zhengtong.data.quality.actions import open_ticket
from zhengtong.data.quality.events import EVENTS, ItemMeasured, TicketAnswered, TicketClosed, TicketOpened
from zhengtong.data.quality.jobs import JOBS, LISTENERS, TIMERS
from zhengtong.data.quality.permissions import PERMISSIONS, RAISE, READ
from zhengtong.data.quality.queries import grade_of, standing_of
from zhengtong.data.quality.routes import routes
from zhengtong.data.quality.rules import Dimension, Grade
from zhengtong.data.quality.settings import QualitySettings
from zhengtong.data.quality.tables import Measurement, MonthStanding, QualityRule, Standing, Ticket
from zhengtong.kernel.capability import Capability

__all__ = [
    "RAISE",
    "READ",
    "Dimension",
    "Grade",
    "ItemMeasured",
    "Measurement",
    "MonthStanding",
    "QualityRule",
    "QualitySettings",
    "Standing",
    "Ticket",
    "TicketAnswered",
    "TicketClosed",
    "TicketOpened",
    "capability",
    "grade_of",
    "open_ticket",
    "standing_of",
]

capability = Capability(
    name="quality",
    group="data",
    zh="数据质量",
    en="Quality",
    routes=routes,
    permissions=PERMISSIONS,
    events=EVENTS,
    listeners=LISTENERS,
    jobs=JOBS,
    timers=TIMERS,
    settings=QualitySettings,
)
