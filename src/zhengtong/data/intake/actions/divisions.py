"""行政区划代码 (GB/T 2260): the first real source. The copy that came with the product goes through intake into an item of the
catalogue, and from the lake into the code list that the standards judge by."""

import lzma
import tempfile
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from zhengtong.data import catalogue, standards
from zhengtong.data.intake.actions.loading import Into, load_file
from zhengtong.data.intake.rules import Mode
from zhengtong.data.intake.tables import Run
from zhengtong.engines.lake import Lake
from zhengtong.kernel import assets
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.given import Givens

LIST, NAME, PACK = "gbt-2260", "行政区划代码", "divisions"
FIELD = catalogue.FieldContent
FIELDS = (
    FIELD("code", "区划代码", "C", "general_1", length=9, is_key=True),
    FIELD("name", "区划名称", "C", "general_1", length=60, required=True),
    FIELD("parent", "上级代码", "C", "general_1", length=9),
    FIELD("level", "层级", "C", "general_1", length=10, required=True),
)


def load_divisions(database: Database, actor: Actor, department_id: UUID, givens: Givens, *, now: datetime) -> Run:
    """This will bring the bundled divisions into their item, which is drafted on first use in the department; returns the run.

    Needs the catalogue's EDIT, and CONNECT and RUN there.
    """
    with database.write() as session:
        item = session.scalar(select(catalogue.Item).where(catalogue.Item.name_zh == NAME))
        if item is None:
            content = catalogue.Content(
                name_zh=NAME,
                name_en="Codes of administrative divisions",
                abstract="全国省、市、县、乡四级行政区划的代码和名称（GB/T 2260、GB/T 10114）",
                class_code="1030000001",
                share_type="unconditional",
                update_cycle="year",
                fields=FIELDS,
            )
            item = catalogue.register_item(session, actor, content, catalogue.Registration(department_id), now=now)
        code = item.code
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "divisions.csv"
        file.write_bytes(lzma.decompress((assets.path("rules") / "intake" / "divisions.csv.xz").read_bytes()))
        return load_file(database, actor, file, Into(code, Mode.REPLACE), givens, now=now)


def publish_divisions(database: Database, actor: Actor, givens: Givens, *, now: datetime) -> int:
    """This will make what the lake holds the new edition of the code list; returns its number. Needs the standards' PUBLISH."""
    with database.read() as session:
        table = session.scalars(select(catalogue.Item.table).where(catalogue.Item.name_zh == NAME)).one()
    held = givens[Lake].read(table, columns=["code", "name", "parent"]).to_pylist()
    rows = [standards.CodeRow(one["code"], one["name"], parent=one["parent"] or "") for one in held]
    with database.write() as session:
        standards.put_bundled(session, actor, PACK, now=now)
        return standards.load_codes(session, actor, LIST, sorted(rows, key=lambda row: row.code), now=now)
