"""A small city with one bureau, an item of firms, and a source that feeds it: for the tests and for the programs they kill."""

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tests.conftest import NOW
from zhengtong import app
from zhengtong.data import catalogue, intake, standards
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.db import new_id
from zhengtong.office import identity

FIRM = (
    catalogue.FieldContent("uscc", "统一社会信用代码", "C", "general_1", length=18, is_key=True),
    catalogue.FieldContent("name", "企业名称", "C", "general_1", length=40, required=True),
    catalogue.FieldContent("capital_fen", "注册资本", "N", "general_1", length=18),
    catalogue.FieldContent("registered_on", "成立日期", "D", "general_1"),
)
COLUMNS = {"uscc": "uscc", "name": "name", "capital_fen": "capital", "registered_on": "since"}


def open_city(url: str, folder: Path, *, most_bytes: int = 10**9, **intake_settings: Any) -> app.City:
    """The city over this database, its lake and files in the folder; nobody hears its events."""
    chosen = app.load_settings(
        file=folder / "none.toml",
        given={
            "kernel": {"database": url, "data": folder / "data"},
            "crypto": {"root_key": folder / "keys" / "root.key"},
            "files": {"max_bytes": most_bytes},
            "intake": {"folders": [str(folder)], "free_mb": 0, **intake_settings},
        },
    )
    city = app.open_city(chosen)
    city.database.listeners = {}
    return city


def found(city: app.City) -> UUID:
    """A bureau, with the bundled standards in force."""
    with city.database.write() as session:
        bureau = identity.Department(
            id=new_id(), name_zh="市场监督管理局", level=identity.Level.CITY, kind=identity.Kind.BUREAU, created_at=NOW
        )
        session.add(bureau)
        session.flush()
    return bureau.id


def register(city: app.City, bureau: UUID, *fields: catalogue.FieldContent) -> UUID:
    """An item of the bureau with these fields."""
    content = catalogue.Content(
        name_zh="企业登记信息",
        abstract="登记在册的企业",
        class_code="3070100101",
        share_condition="用于行政许可审查",
        update_cycle="day",
        fields=fields or FIRM,
    )
    with city.database.write() as session:
        item = catalogue.register_item(session, SYSTEM, content, catalogue.Registration(bureau), now=clock.now())
    return item.id


def source(city: app.City, bureau: UUID, item: UUID, kind: str, settings: dict[str, Any], **facts: Any) -> UUID:
    """An active source of the item."""
    with city.database.write() as session:
        one = intake.Source(
            id=new_id(),
            code=facts.pop("code", f"s-{new_id().hex[-8:]}"),
            name_zh="企业登记库",
            kind=intake.Kind(kind),
            department_id=bureau,
            state=intake.SourceState.ACTIVE,
            settings=settings,
            secret_names=[],
            item_id=item,
            mapping=facts.pop("mapping", COLUMNS),
            columns=[],
            on_drift=facts.pop("on_drift", "pause"),
            mode=facts.pop("mode", intake.Mode.APPEND),
            created_at=NOW,
            created_by=SYSTEM.subject,
            changed_at=NOW,
            **facts,
        )
        session.add(one)
    return one.id


def run(city: app.City, source_id: UUID, **facts: Any) -> intake.Run:
    """A run of the source, worked to its end."""
    with city.database.write() as session:
        begun = intake.start_run(session, SYSTEM, source_id, now=clock.now(), **facts)
    city.workers.drain()
    return told(city, begun.id)


def told(city: app.City, run_id: UUID) -> intake.Run:
    """The run as it stands."""
    with city.database.read() as session:
        return session.scalars(select(intake.Run).where(intake.Run.id == run_id)).one()


def table_of(city: app.City, item: UUID) -> Any:
    """What the lake holds of the item."""
    return city.engines.lake.read(f"items/{item.hex}")


def code(number: int) -> str:
    """A correct 统一社会信用代码."""
    body = f"91990100M{number:08d}"
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(alphabet.index(letter) * 3**place for place, letter in enumerate(body))
    return body + alphabet[(31 - total % 31) % 31]


__all__ = ["standards"]
