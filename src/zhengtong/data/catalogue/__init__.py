"""数据目录: what data the city has, whose, how sensitive, and on which terms it is shared.

Items (数据项) with the core metadata of the guide of 2017 and the minimum of the regulation on sharing government data (Decree 809):
fields bound to data elements, levels of GB/T 43697 (就高从严: an item is as sensitive as its strictest field), share types with
their legal basis, an update promise. Nothing is public before the authority reviewed it in the law's days; what was published is
never edited, a revision becomes the next version. Secrets stay out by their marking forms (art. 3).

    item = catalogue.register_item(session, actor, content, catalogue.Registration(bureau), now=now)
    catalogue.submit_item(session, actor, item, now=now)
    catalogue.publish_item(session, authority, item, now=now)

Intake asks `arrow_schema(fields_of(…))` and tells `note_batch`; the gateway tells `note_usage`.
"""

from zhengtong.data.catalogue import jobs
from zhengtong.data.catalogue.actions import (
    ItemProposal,
    Registration,
    note_batch,
    note_usage,
    propose_item,
    propose_more_fields,
    publish_item,
    publish_items,
    register_item,
    revise_item,
    submit_item,
    submit_items,
)
from zhengtong.data.catalogue.actions.lineage import note_lineage
from zhengtong.data.catalogue.events import EVENTS, ItemChanged, ItemOverdue, ItemPublished, ItemWithdrawn
from zhengtong.data.catalogue.permissions import EDIT, PERMISSIONS, READ, REVIEW
from zhengtong.data.catalogue.queries import (
    arrow_schema,
    content_of,
    definition_of_field,
    duplicates_of,
    fields_of,
    get_item,
    item_by_code,
    propose_fields,
    refuse_secrets,
    sharing_rate,
    visible_items,
)
from zhengtong.data.catalogue.routes import routes
from zhengtong.data.catalogue.rules import Content, FieldContent, FieldProposal, Sample, State, VersionState
from zhengtong.data.catalogue.rules.lineage import Edge
from zhengtong.data.catalogue.settings import CatalogueSettings
from zhengtong.data.catalogue.tables import Field, Item, ItemBatch, ItemUsage, ItemVersion
from zhengtong.data.catalogue.tables.lineage import LineageEdge
from zhengtong.kernel.capability import Capability

__all__ = [
    "EDIT",
    "READ",
    "REVIEW",
    "Content",
    "Edge",
    "Field",
    "FieldContent",
    "FieldProposal",
    "Item",
    "ItemBatch",
    "ItemChanged",
    "ItemOverdue",
    "ItemProposal",
    "ItemPublished",
    "ItemUsage",
    "ItemVersion",
    "ItemWithdrawn",
    "LineageEdge",
    "Registration",
    "Sample",
    "State",
    "VersionState",
    "arrow_schema",
    "capability",
    "content_of",
    "definition_of_field",
    "duplicates_of",
    "fields_of",
    "get_item",
    "item_by_code",
    "note_batch",
    "note_lineage",
    "note_usage",
    "propose_fields",
    "propose_item",
    "propose_more_fields",
    "publish_item",
    "publish_items",
    "refuse_secrets",
    "register_item",
    "revise_item",
    "sharing_rate",
    "submit_item",
    "submit_items",
    "visible_items",
]

capability = Capability(
    name="catalogue",
    group="data",
    zh="数据目录",
    en="Catalogue",
    routes=routes,
    permissions=PERMISSIONS,
    events=EVENTS,
    listeners=jobs.LISTENERS,
    jobs=jobs.JOBS,
    timers=jobs.TIMERS,
    settings=CatalogueSettings,
)
