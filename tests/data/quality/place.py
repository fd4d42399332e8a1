"""A tax bureau with two items in a lake, a market bureau that uses them, and batches that land."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import actor_with
from tests.data.bureaus import as_batch, bureau, government, landed, national_elements, officer
from zhengtong import app
from zhengtong.data import catalogue, quality, standards
from zhengtong.data.quality import permissions
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM, Actor, Scope
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce

FIRMS = ("91110000600037341L", "91512081MA62K0260E", "91350100M000100Y43")


@dataclass(frozen=True)
class Place:
    """The city that is open, its bureaus and items."""

    city: app.City
    root: UUID
    tax: UUID
    market: UUID
    officer: UUID
    payment: UUID
    company: UUID
    numbers: list[int] = field(default_factory=list)

    def item(self, session: Session, item_id: UUID | None = None) -> catalogue.Item:
        return catalogue.get_item(session, item_id or self.payment)

    def keeper(self, *more: Any, **facts: Any) -> Actor:
        """Who keeps quality in the tax bureau."""
        scope = Scope(departments=frozenset({self.tax}))
        held = (*permissions.PERMISSIONS, catalogue.READ, *more)
        return actor_with(*held, department=self.tax, scope=scope, **facts)

    def user(self, *permissions_held: Any, **facts: Any) -> Actor:
        """Somebody of the market bureau, who uses the data: sees quality everywhere, asks for corrections."""
        held = permissions_held or (quality.READ, quality.RAISE, catalogue.READ)
        return actor_with(*held, department=self.market, name="何明", **facts)

    def land(
        self,
        rows: list[dict[str, Any]],
        *,
        item_id: UUID | None = None,
        at: datetime | None = None,
        then_drain: bool = True,
    ) -> UUID:
        """This will land the rows as a batch of the item, announce it and run all that follows."""
        batch, at = new_id(), at or clock.now()
        with self.city.database.write() as session:
            item = self.item(session, item_id)
            table, schema = item.table, catalogue.arrow_schema(catalogue.fields_of(session, item.id))
            version = self._append(table, schema, rows, batch)
            catalogue.note_batch(session, item.id, batch_id=batch, rows=len(rows), table_version=version, at=at)
            announce(session, landed(item, batch, len(rows), version, at))
        if then_drain:
            self.drain()
        return batch

    def drain(self) -> int:
        return self.city.workers.drain()

    def _append(self, table: str, schema: pa.Schema, rows: list[dict[str, Any]], batch: UUID) -> int:
        lake = self.city.engines.lake
        if not lake.exists(table):
            lake.create(table, schema)
        return lake.append(table, as_batch(rows, batch, schema))


def payment(number: int, **facts: Any) -> dict[str, Any]:
    """A tax payment that breaks no rule."""
    told = {"payment_id": f"P{number:06d}", "uscc": FIRMS[number % 3], "amount_fen": 100 * number, "kind": "1"}
    return {**told, "paid_on": date(2026, 3, 1) + timedelta(days=number % 4), "note": "x", **facts}


def plant(city: app.City) -> Place:
    """This will found the city: two bureaus, an officer who answers, the standards, two published items."""
    with city.database.write() as session:
        root, tax, market = government(session), bureau(session, "税务局"), bureau(session, "市场监督管理局")
        answering = officer(session, tax, permissions.ANSWER)
        national_elements(session, clock.now())
        uscc = session.scalars(
            select(standards.Element.code).where(standards.Element.name_zh == "统一社会信用代码")
        ).one()
        made = []
        for department, content in ((tax, _payment(uscc)), (market, _company(uscc))):
            item = catalogue.register_item(
                session, SYSTEM, content, catalogue.Registration(department), now=clock.now()
            )
            catalogue.submit_item(session, SYSTEM, item, now=clock.now())
            catalogue.publish_item(session, SYSTEM, item, now=clock.now())
            made.append(item.id)
    city.workers.drain()
    return Place(city, root, tax, market, answering, *made)


def _payment(uscc: str) -> catalogue.Content:
    made = catalogue.FieldContent
    fields = (
        made("payment_id", "缴款编号", "C", "general_2", length=20, is_key=True),
        made("uscc", "统一社会信用代码", "C", "general_1", length=18, element_code=uscc, required=True),
        made("amount_fen", "税额（分）", "N", "general_3", length=18, precision=0),
        made("kind", "性别", "C", "general_2", length=1, code_list="gbt-2261.1"),
        made("paid_on", "缴款日期", "D", "general_2"),
        made("note", "备注", "C", "general_1"),
    )
    return catalogue.Content(
        name_zh="企业缴税记录",
        name_en="Tax payments",
        abstract="企业按月申报并缴纳的各税种税额",
        class_code="3070100101",
        share_condition="用于行政许可审查和信用评价",
        update_cycle="day",
        fields=fields,
    )


def _company(uscc: str) -> catalogue.Content:
    made = catalogue.FieldContent
    fields = (
        made("uscc", "统一社会信用代码", "C", "general_1", length=18, element_code=uscc, is_key=True),
        made("name", "企业名称", "C", "general_1", length=100),
        made("kind", "类别", "C", "general_1", length=1),
    )
    return catalogue.Content(
        name_zh="企业基本信息",
        name_en="Companies",
        abstract="在本市登记的企业",
        class_code="3070100101",
        share_condition="用于行政许可审查",
        update_cycle="month",
        fields=fields,
    )
