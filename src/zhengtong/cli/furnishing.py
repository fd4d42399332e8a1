"""Furnishing the demo's data platform: the catalogue's items, the four bureaus' sources; through the rooms' own actions.

The items that the bureaus' systems fill come first, with their sources; the others follow while the city is already served.
"""

import json
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import partial
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

from sqlalchemy import select

from zhengtong import app
from zhengtong.cli import beside
from zhengtong.cli.bureaus import Bureaus
from zhengtong.data import catalogue, entities, intake, standards
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.office import identity, operations

BATCH, BUSY = 5, 10
FILE = "catalogue.json"
RULE_PACK = "yunxi-sample"
SHARE = {1: "unconditional", 2: "conditional", 3: "refused"}
WAITING = 25  # every twenty-fifth item waits for its review, every fortieth is still a draft
DRAFT = 40


def first_items(city: app.City, sample: ModuleType) -> dict[str, UUID]:
    """This will list the items that the bureaus' systems fill, published; returns their ids by table."""
    made = {}
    writer = _Writer(city, sample)
    for one in sample.live_items():
        made[one.live] = writer.put(one, state="published")
    return made


def register(city: app.City) -> None:
    """This will declare which items feed the registers of firms and persons, and what contradicts."""
    with city.database.write() as session:
        entities.put_pack(session, SYSTEM, RULE_PACK, now=clock.now())


def connect(city: app.City, sample: ModuleType, found: Bureaus, items: Mapping[str, UUID]) -> None:
    """This will connect the four bureaus' systems and start each once."""
    for told in _sources(sample, found):
        item_id, columns, now = items[told.pop("item")], told.pop("columns", None), clock.now()
        with city.database.write() as session:
            item = catalogue.get_item(session, item_id)
            new = intake.NewSource(department_id=item.department_id, **told)
            source = intake.add_source(session, SYSTEM, new, city.engines.keyring, now=now)
            columns = columns or {field.name: field.name for field in catalogue.fields_of(session, item_id)}
            mapped = intake.MappingIn(item_id=item_id, mode=intake.Mode.UPSERT, mapping=columns)
            intake.map_source(session, SYSTEM, source, mapped, now=now)
            session.flush()
            intake.start_run(session, SYSTEM, source.id, now=now)


def other_items(city: app.City, sample: ModuleType, folder: Path) -> AbstractContextManager[None]:
    """This will list the other items of the catalogue, a few at a time, until all stand or it is left; it goes on next time."""
    return beside.going("items", partial(_list_others, city, sample, folder / FILE))


def _list_others(city: app.City, sample: ModuleType, note: Path, stop: threading.Event) -> None:
    done = json.loads(note.read_text("utf-8"))["items"] if note.exists() else 0
    rest = islice((one for one in sample.items(sample.SEED) if not one.live), done, None)
    writer = _Writer(city, sample)
    while not stop.wait(0.1):
        if _is_busy(city):
            continue
        if not (batch := list(islice(rest, BATCH))):
            break
        for number, one in enumerate(batch, start=done + 1):
            writer.put(
                one, state="draft" if number % DRAFT == 0 else "waiting" if number % WAITING == 0 else "published"
            )
        done += len(batch)
        note.write_text(json.dumps({"items": done}), "utf-8")


def _is_busy(city: app.City) -> bool:
    """True while the bureaus' data wait for a worker: they go first."""
    with city.database.read() as session:
        return operations.count_due(session, now=clock.now()) >= BUSY


class _Writer:
    """Writes items for the departments of the sample city; one that is there already is left as it is."""

    def __init__(self, city: app.City, sample: ModuleType) -> None:
        self._city, names = city, {one.name: one.key for one in sample.departments()}
        with city.database.read() as session:
            self._departments = {
                names[one.name_zh]: one.id
                for one in session.scalars(select(identity.Department))
                if one.name_zh in names
            }
            self._elements = {
                one.name_zh: one.code for one in session.scalars(standards.visible_elements(SYSTEM)) if one.name_zh
            }

    def put(self, one: Any, *, state: str) -> UUID:
        now = clock.now()
        with self._city.database.write() as session:
            if there := catalogue.item_by_code(session, one.code):
                return there.id
            of = catalogue.Registration(self._departments[one.department], code=one.code, number=one.short_code)
            item = catalogue.register_item(session, SYSTEM, self._content(one), of, now=now)
            if state != "draft":
                catalogue.submit_item(session, SYSTEM, item, now=now)
            if state == "published":
                catalogue.publish_item(session, SYSTEM, item, now=now)
            return item.id

    def _content(self, one: Any) -> catalogue.Content:
        return catalogue.Content(
            name_zh=one.name_zh,
            name_en=one.name_en,
            abstract=one.abstract,
            class_code=one.code.partition("/")[0],
            share_type=SHARE[one.share],
            share_condition=one.condition,
            share_basis="law" if one.basis else "",
            share_basis_text=one.basis,
            update_cycle=one.cycle,
            fields=tuple(self._field(field) for field in one.fields),
        )

    def _field(self, field: Any) -> catalogue.FieldContent:
        return catalogue.FieldContent(
            name=field.name,
            name_zh=field.name_zh,
            type=field.type,
            level=field.level,
            length=field.length,
            precision=field.precision,
            element_code=self._elements.get(field.element, ""),
            is_key=field.is_key,
            required=field.required,
        )


def _sources(sample: ModuleType, found: Bureaus) -> list[dict[str, Any]]:
    """The sources as an officer would fill in the wizard. Topics and folders are watched, the others asked by schedule."""
    paging = {"how": "page", "parameter": "page", "size_parameter": "size", "size": 200, "total_path": "total"}
    relief = {
        "url": f"http://127.0.0.1:{found.port}/api/relief",
        "paging": paging,
        "rows_path": "rows",
        "auth": {"how": "header", "name": "X-Api-Key"},
        "since_parameter": "since",
        "since_column": "changed_no",
    }
    market = {"url": f"sqlite:///{found.market}", "table": "company", "key": ["uscc"], "cursor": "updated_at"}
    police = {"path": str(found.inbox), "pattern": "resident-*.csv"}
    return [
        {"item": "market.company", **_named("market-company", "市场监管局登记库", "Market register"),
         "kind": "sql", "settings": market, "schedule": "*/2 * * * *"},
        {"item": "tax.payment", **_named("tax-payments", "税务局入库消息", "Tax payments"),
         "kind": "topic", "settings": {"topic": sample.PAYMENTS}},
        {"item": "tax.wage", **_named("tax-wages", "税务局工资申报消息", "Wage declarations"),
         "kind": "topic", "settings": {"topic": sample.WAGES}},
        {"item": "police.resident", **_named("police-residents", "公安局户籍文件", "Household register files"),
         "kind": "folder", "settings": police, "columns": {name: heading for heading, name in sample.RESIDENT.items()}},
        {"item": "civil.relief", **_named("civil-relief", "民政局救助接口", "Relief service"),
         "kind": "rest", "settings": relief, "schedule": "*/3 * * * *", "secrets": {"secret": found.key}},
    ]  # fmt: skip


def _named(code: str, name_zh: str, name_en: str) -> dict[str, str]:
    return {"code": code, "name_zh": name_zh, "name_en": name_en}
