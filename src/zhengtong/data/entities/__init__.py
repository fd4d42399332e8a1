"""实体关联: one firm, one person, across the departments; and where the departments contradict each other.

Items of the catalogue feed two registers. Records of one valid code are one being; records that are alike in name, birth, telephone,
address are compared by a trained model (Fellegi–Sunter, Splink): very alike ones are linked, doubtful ones are shown to a person,
whose decision is remembered and can be undone. Any order of arrival, any repetition gives the same register. Of each value the golden
record says whose it is. Rules over the lake find contradictions; each becomes a lead that a bureau follows up by a day.
Identity numbers are sealed (个人信息保护法 art. 51), and persons are masked wherever they are shown.

    entities.put_pack(session, actor, "yunxi-sample", now=now)
"""

from zhengtong.data.entities import jobs
from zhengtong.data.entities.actions import declare_feed, find_leads, match_batch, put_pack, rebuild, take_rows
from zhengtong.data.entities.actions.working import is_marking, order_all, order_marking
from zhengtong.data.entities.events import EVENTS, EntitiesMerged, LeadClosedBy, LeadFound
from zhengtong.data.entities.permissions import FOLLOW, PERMISSIONS, READ, READ_LEADS
from zhengtong.data.entities.queries import get_entity, golden_of, visible_entities, visible_leads
from zhengtong.data.entities.routes import routes
from zhengtong.data.entities.rules import Kind, LeadState
from zhengtong.data.entities.tables import Entity, Feed, Lead, Pair, Record
from zhengtong.kernel.capability import Capability

__all__ = [
    "FOLLOW",
    "READ",
    "READ_LEADS",
    "EntitiesMerged",
    "Entity",
    "Feed",
    "Kind",
    "Lead",
    "LeadClosedBy",
    "LeadFound",
    "LeadState",
    "Pair",
    "Record",
    "capability",
    "declare_feed",
    "find_leads",
    "get_entity",
    "golden_of",
    "is_marking",
    "match_batch",
    "order_all",
    "order_marking",
    "put_pack",
    "rebuild",
    "take_rows",
    "visible_entities",
    "visible_leads",
]

capability = Capability(
    name="entities",
    group="data",
    zh="实体关联",
    en="Entities",
    routes=routes,
    permissions=PERMISSIONS,
    events=EVENTS,
    listeners=jobs.LISTENERS,
    jobs=jobs.JOBS,
    timers=jobs.TIMERS,
)
