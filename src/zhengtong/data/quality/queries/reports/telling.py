"""What a report tells, whatever its form."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.quality import errors, schemas
from zhengtong.data.quality.queries.items import item_out
from zhengtong.data.quality.queries.packs import pack
from zhengtong.data.quality.rules import Pack
from zhengtong.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Report:
    """The latest measurement of an item, by which pack, and when it was told to whom."""

    item: schemas.QualityItem
    latest: schemas.MeasurementOut
    rules: list[schemas.QualityRuleOut]
    history: list[schemas.MeasurementOut]
    open_tickets: int
    pack: Pack
    at: datetime
    reader: str


def report_of(session: Session, actor: Actor, item: catalogue.Item, *, now: datetime) -> Report:
    """The report of the item's latest measurement. Raises NothingMeasured."""
    told = item_out(session, actor, item)
    if told.latest is None:
        raise errors.NothingMeasured(item=item.name_zh)
    return Report(told.item, told.latest, told.rules, told.history, told.open_tickets, pack(), now, actor.name)
