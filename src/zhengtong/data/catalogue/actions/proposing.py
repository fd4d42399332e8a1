"""An item proposed from a source: a draft that its department confirms."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data.catalogue import queries
from zhengtong.data.catalogue.actions.writing import Registration, register_item, revise_item
from zhengtong.data.catalogue.rules import Content, FieldProposal, Sample
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


def propose_more_fields(
    session: Session, actor: Actor, item: Item, samples: Sequence[Sample], *, now: datetime, source: str = ""
) -> tuple[str, ...]:
    """This will add to the item's revision the fields that these columns are likely to be; returns their names. Needs EDIT.

    What stands in the item stays as it is; the department looks the revision over and submits it. Raises what `revise_item` raises.
    """
    version = queries.version_of(session, item, item.draft or item.in_force or 1)
    content = Content.of(version.content)
    known = {one.name for one in content.fields}
    found = []
    for one in queries.propose_fields(session, samples, now=now, about=f"{source} {content.name_zh}"):
        name, number = one.name, 2
        while name in known:
            name, number = f"{one.name}_{number}", number + 1
        known.add(name)
        found.append(dataclasses.replace(one.to_content(), name=name, is_key=False, required=False))
    told = dataclasses.replace(content, fields=(*content.fields, *found))
    revise_item(session, actor, item, told, now=now, note=f"数据源 {source} 有新列 · new columns at source {source}")
    return tuple(one.name for one in found)
