"""Catalogues of others taken in as drafts: new ones made, changed ones changed, gone ones told."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from zhengtong.data.catalogue import errors
from zhengtong.data.catalogue.actions import writing
from zhengtong.data.catalogue.permissions import EDIT
from zhengtong.data.catalogue.rules import Content, State
from zhengtong.data.catalogue.rules.dcat import Foreign
from zhengtong.data.catalogue.schemas.exchange import HarvestIn
from zhengtong.data.catalogue.tables import Item
from zhengtong.data.catalogue.tables.exchange import Harvest, HarvestedDataset
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Problem

ORIGIN = "external"
COUNTED = ("added", "changed", "unchanged", "refused", "gone")


def add_harvest(session: Session, actor: Actor, told: HarvestIn, *, now: datetime) -> Harvest:
    """This will note a foreign catalogue to take from. Needs EDIT for its department. Raises HarvestKnown."""
    require(actor, EDIT, told, now=now)
    if session.scalar(select(Harvest.id).where(Harvest.name == told.name)) is not None:
        raise errors.HarvestKnown(name=told.name)
    harvest = Harvest(id=new_id(), created_at=now, failure="", **told.model_dump())
    session.add(harvest)
    session.flush()
    audit.record(session, actor, "catalogue.harvest_added", harvest, after={"url": harvest.url}, at=now)
    return harvest


def drop_harvest(session: Session, actor: Actor, harvest: Harvest, *, now: datetime) -> None:
    """This will forget a foreign catalogue; the items that came of it stay. Needs EDIT for its department."""
    require(actor, EDIT, harvest, now=now)
    audit.record(session, actor, "catalogue.harvest_dropped", harvest, before={"url": harvest.url}, at=now)
    session.execute(delete(HarvestedDataset).where(HarvestedDataset.harvest_id == harvest.id))
    session.delete(harvest)


def take_in(session: Session, actor: Actor, harvest: Harvest, found: Sequence[Foreign], *, now: datetime) -> None:
    """This will make or change the drafts of these datasets. What a person or a review has taken up is left and told."""
    known = {
        one.uri: one
        for one in session.scalars(
            select(HarvestedDataset).where(
                HarvestedDataset.harvest_id == harvest.id, HarvestedDataset.uri.in_([it.uri[:700] for it in found])
            )
        )
    }
    for one in found:
        row = known.get(one.uri[:700])
        if row is None:
            row = HarvestedDataset(harvest_id=harvest.id, uri=one.uri[:700], digest="", state="", item_id=None)
            session.add(row)
            known[row.uri] = row
        row.title, row.seen_at, row.said = one.title.zh[:300], now, ""
        if row.digest == one.digest and row.state != "refused":
            row.state = "unchanged"
            continue
        try:
            with session.begin_nested():
                _write(session, actor, harvest, row, one, now)
        except Problem as refused:
            row.state, row.said, row.digest = "refused", refused.say()[:500], one.digest
    session.flush()


def _write(
    session: Session, actor: Actor, harvest: Harvest, row: HarvestedDataset, one: Foreign, now: datetime
) -> None:
    content = content_of_foreign(one)
    item = session.get(Item, row.item_id) if row.item_id else None
    if item is None or item.state is State.DELETED:
        told = {"harvest": harvest.name, "uri": one.uri, "publisher": one.publisher, "modified": one.modified}
        of = writing.Registration(harvest.department_id, origin=ORIGIN, proposed={"external": told})
        item = writing.register_item(session, actor, content, of, now=now)
        row.item_id, row.state = item.id, "added"
    else:
        if item.in_force is not None or item.state is not State.CREATED:
            raise errors.HarvestedTakenUp(code=item.code)
        writing.revise_item(session, actor, item, content, now=now, note=f"外部目录变化 | changed at {harvest.name}")
        row.state = "changed"
    row.digest = one.digest


def content_of_foreign(one: Foreign) -> Content:
    """What a foreign dataset says, as far as ours can say it. A person completes it: class, fields, level, conditions."""
    said = [one.description, f"来源 | Source: {one.publisher} {one.address}".strip()]
    if one.keywords:
        said.append("关键词 | Keywords: " + "、".join(one.keywords))
    return Content(
        name_zh=_line(one.title.zh)[:100],
        name_en=_line(one.title.en)[:200],
        abstract="\n".join(part for part in said if part)[:2000],
        update_cycle=one.cycle,
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def end_harvest(session: Session, harvest: Harvest, *, began: datetime, now: datetime, failure: str = "") -> None:
    """This will tell how the run went; with the whole feed seen, what it no longer has is told gone."""
    table = HarvestedDataset
    if not failure:
        for lost in session.scalars(
            select(table).where(table.harvest_id == harvest.id, table.seen_at < began, table.state != "gone")
        ):
            lost.state = "gone"
    session.flush()
    rows = session.execute(
        select(table.state, func.count().label("count_")).where(table.harvest_id == harvest.id).group_by(table.state)
    )
    counts = {row.state: row.count_ for row in rows}
    for name in COUNTED:
        setattr(harvest, name, counts.get(name, 0))
    harvest.ran_at, harvest.failure = now, failure[:500]
