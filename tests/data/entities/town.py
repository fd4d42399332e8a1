"""Four bureaus with the sample city's five tables in a lake, and batches that land in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import NOW, actor_with
from tests.data.bureaus import as_batch, bureau, landed, officer
from zhengtong import app
from zhengtong.data import catalogue, entities
from zhengtong.data.entities import permissions
from zhengtong.data.entities.tables import Entity, Pair, Record
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel.actor import SYSTEM, Actor, Scope
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce

BUREAUS = {"market": "市场监督管理局", "tax": "税务局", "police": "公安局", "civil": "民政局"}
TABLES: dict[str, tuple[str, str, str]] = {
    "market.company": ("uscc", "登记信息", "uscc name status legal_person address phone registered_on:D ended_on:D "
                       "industry capital_fen:N updated_at"),
    "tax.payment": ("payment_id", "缴税记录", "payment_id uscc taxpayer_name tax_kind amount_fen:N paid_on:D"),
    "tax.wage": ("wage_id", "工资薪金", "wage_id id_number name period wage_fen:N employer_uscc"),
    "police.resident": ("id_number", "常住人口", "id_number name sex birth_date:D address phone nationality division "
                        "changed_on:D"),
    "civil.relief": ("case_id", "社会救助", "case_id id_number name kind monthly_fen:N from_date:D to_date:D address phone"),
}  # fmt: skip
WANG = {
    "id_number": "990102196106040153",
    "name": "文卫强",
    "sex": "1",
    "birth_date": date(1961, 6, 4),
    "address": "云溪市云溪新区望云街道柳桥路1号锦绣花园4幢2单元602室",
    "phone": "16905925711",
    "changed_on": date(2025, 6, 14),
}
CASE = {
    "case_id": "JZ0000021",
    "id_number": None,
    "name": "文衛強",
    "kind": "特困供养",
    "monthly_fen": 125000,
    "from_date": date(2025, 9, 6),
    "to_date": None,
    "address": "柳桥路1号锦绣花园4栋2-602",
    "phone": "16905925711",
}
FIRM = {
    "uscc": "91350100M000100Y43",
    "name": "云溪市鑫源商贸有限公司",
    "status": "存续",
    "legal_person": "何小满",
    "address": "云溪市云溪新区望云街道柳桥路8号",
    "phone": "0600-8123456",
    "registered_on": date(2019, 3, 1),
    "ended_on": None,
    "updated_at": "2025-01-01 09:00:00",
}
PAID = {
    "payment_id": "TX1",
    "uscc": "91350100M000100Y43",
    "taxpayer_name": "鑫源商贸（云溪）有限责任公司",
    "tax_kind": "增值税",
    "amount_fen": 120000,
    "paid_on": date(2026, 2, 10),
}


@dataclass(frozen=True)
class Town:
    """The city that is open, its bureaus and items."""

    city: app.City
    departments: dict[str, UUID]
    items: dict[str, UUID]
    officer: UUID

    @property
    def keyring(self) -> Keyring:
        return self.city.engines.keyring

    def write(self) -> Any:
        return self.city.database.write()

    def read(self) -> Any:
        return self.city.database.read()

    def feed(self, session: Session, table: str) -> entities.Feed:
        return session.scalars(select(entities.Feed).where(entities.Feed.item_id == self.items[table])).one()

    def reviewer(self, **facts: Any) -> Actor:
        return actor_with(*permissions.PERMISSIONS, name="顾时雨", **facts)

    def officer_of(self, bureau: str, **facts: Any) -> Actor:
        scope = Scope(departments=frozenset({self.departments[bureau]}))
        held = (permissions.READ_LEADS, permissions.FOLLOW)
        return actor_with(*held, department=self.departments[bureau], scope=scope, **facts)

    def land(self, table: str, *rows: dict[str, Any], at: datetime = NOW, tell: bool = True) -> UUID:
        """This will merge the rows into the item's table as a batch, announce it and run all that follows."""
        batch = new_id()
        with self.read() as session:
            item = catalogue.get_item(session, self.items[table])
            schema = catalogue.arrow_schema(catalogue.fields_of(session, item.id))
        lake = self.city.engines.lake
        if not lake.exists(item.table):
            lake.create(item.table, schema)
        version = lake.merge(item.table, as_batch(rows, batch, schema), keys=[TABLES[table][0]])
        with self.write() as session:
            announce(session, landed(item, batch, len(rows), version, at))
        if tell:
            self.drain()
        return batch

    def announce_again(self, table: str, batch: UUID, *, at: datetime = NOW) -> None:
        """The same batch is announced once more, as after a crash."""
        with self.write() as session:
            announce(session, landed(catalogue.get_item(session, self.items[table]), batch, 1, 1, at))
        self.drain()

    def remove(self, table: str, *keys: str) -> None:
        """The source no longer has these."""
        name = TABLES[table][0]
        with self.read() as session:
            item = catalogue.get_item(session, self.items[table])
        self.city.engines.lake.remove(item.table, pa.table({name: list(keys)}), keys=[name])

    def drain(self) -> None:
        assert self.city.workers.drain() >= 0

    def entities(self, kind: str) -> list[Entity]:
        with self.read() as session:
            return list(session.scalars(select(Entity).where(Entity.kind == kind).order_by(Entity.id)))

    def pairs(self, state: str) -> list[Pair]:
        with self.read() as session:
            return list(session.scalars(select(Pair).where(Pair.state == state)))

    def partition(self, kind: str) -> set[frozenset[str]]:
        """Who belongs together, by what the sources call the records."""
        found: dict[UUID, set[str]] = {}
        with self.read() as session:
            for record in session.scalars(select(Record).where(Record.kind == kind, Record.gone_at.is_(None))):
                found.setdefault(record.entity_id, set()).add(record.mark)
        return {frozenset(group) for group in found.values()}


def build(city: app.City) -> Town:
    """This will found the bureaus and their items, and put the sample pack in place."""
    with city.database.write() as session:
        departments = {key: bureau(session, name) for key, name in BUREAUS.items()}
        follower = officer(session, departments["civil"], permissions.FOLLOW)
        items, codes = {}, {}
        for number, (table, (key, name, fields)) in enumerate(TABLES.items(), start=1):
            place = table.partition(".")[0]
            content = _content(name, key, fields.split(), number)
            item = catalogue.register_item(
                session, SYSTEM, content, catalogue.Registration(departments[place]), now=NOW
            )
            items[table], codes[table] = item.id, item.code
        entities.put_pack(session, SYSTEM, "yunxi-sample", items=codes, now=NOW)
    city.workers.drain()
    return Town(city, departments, items, follower)


def _content(name: str, key: str, fields: Sequence[str], number: int) -> catalogue.Content:
    made = []
    for field in fields:
        column, _, kind = field.partition(":")
        numeric = {"length": 18, "precision": 0} if kind == "N" else {}
        told: dict[str, Any] = {"is_key": column == key, **numeric}
        made.append(catalogue.FieldContent(column, column, kind or "C", "general_2", **told))
    return catalogue.Content(
        name_zh=name,
        name_en=f"Table {number}",
        abstract="四个委办局的样例表，用于关联比对",
        class_code="3070100101",
        share_condition="用于核对",
        update_cycle="day",
        fields=tuple(made),
    )
