"""An item proposed from a source: a draft that its department confirms."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data.catalogue import queries
from zhengtong.data.catalogue.actions.writing import Registration, register_item
from zhengtong.data.catalogue.rules import Content, FieldProposal
from zhengtong.data.catalogue.tables import Item
from zhengtong.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class ItemProposal:
    """What a source would make as an item. `source`: what people call it; `fields`: as proposed, or as somebody mended them."""

    name_zh: str
    department_id: UUID
    fields: tuple[FieldProposal, ...]
    source: str = ""
    name_en: str = ""
    abstract: str = ""
    class_code: str = ""
    format: str = "database"
    resource_type: str = "table"
    update_cycle: str = "on_demand"


def propose_item(session: Session, actor: Actor, proposal: ItemProposal, *, now: datetime) -> Item:
    """This will draft an item as proposed; items that say much the same are named in `item.proposed["duplicates"]`. Needs EDIT.

    Raises what `register_item` raises.
    """
    names = [one.name_zh for one in proposal.fields]
    found = queries.duplicates_of(session, proposal.name_zh, names)
    told = {
        "source": proposal.source,
        "duplicates": [dataclasses.asdict(one) for one in found],
        "fields": {
            one.name: {
                "source_name": one.source_name,
                "confidence": one.confidence,
                "why": [{"zh": each.zh, "en": each.en} for each in one.why],
            }
            for one in proposal.fields
        },
    }
    same = ("name_zh", "name_en", "abstract", "class_code", "format", "resource_type", "update_cycle")
    content = Content(
        **{name: getattr(proposal, name) for name in same},
        fields=tuple(one.to_content() for one in proposal.fields),
    )
    of = Registration(proposal.department_id, origin="proposed", proposed=told)
    return register_item(session, actor, content, of, now=now)
