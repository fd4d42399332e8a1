"""What other rooms do is on the ledger: published items by what they say, batches by the files they brought, each file once."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pyarrow as pa
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.sharing.agreements.place import _item
from tests.sharing.ledger.ground import NOW, department
from zhengtong import engines
from zhengtong.data import catalogue
from zhengtong.engines.lake import Lake, LakeSettings
from zhengtong.kernel import clock, events
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.events import EventRow
from zhengtong.sharing import ledger
from zhengtong.sharing.ledger.jobs import anchoring
from zhengtong.sharing.ledger.queries import audits

TABLE, COLUMNS = "market/firms", pa.schema([("number", pa.int64())])
AT = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = engines.open_lake(LakeSettings(), tmp_path / "data")
    made.create(TABLE, COLUMNS)
    return made


def anchored(database: Database, lake: Lake, item: UUID, version: int) -> dict[str, str]:
    """What the ledger has of the files of a batch that landed as this version."""
    told = {"batch_id": str(new_id()), "item_id": str(item), "digest": "ab" * 32, "rows_landed": 1}
    told |= {"table": TABLE, "version": version, "at": AT.isoformat()}
    run = SimpleNamespace(given=lambda _: lake, read=database.read, write=database.write, now=lambda: NOW)
    anchoring.anchor_batch(run, told=told)  # type: ignore[arg-type] - what the job needs of a run
    with database.read() as session:
        found = ledger.find(session, UUID(str(told["batch_id"])))
        assert found is not None
        files: dict[str, str] = ledger.entry_at(session, ledger.head(session).size - 1).body["files"]
    return files


def test_a_batch_names_only_the_files_it_brought_and_together_they_are_the_version(
    database: Database, lake: Lake
) -> None:
    item, named = new_id(), {}
    for number in range(3):
        version = lake.append(TABLE, pa.table({"number": [number]}, COLUMNS))
        files = anchored(database, lake, item, version)
        assert len(files) == 1
        assert not files.keys() & named.keys()
        named |= files
    assert named == lake.fingerprints(TABLE, ledger.sm3)
    lake.compact(TABLE)
    last = lake.append(TABLE, pa.table({"number": [9]}, COLUMNS))
    named |= (fresh := anchored(database, lake, item, last))
    assert len(fresh) == 2, "the file that was made of the three, and the new one"
    assert lake.fingerprints(TABLE, ledger.sm3).items() <= named.items()


def test_another_item_begins_with_all_files(database: Database, lake: Lake) -> None:
    for number in range(2):
        version = lake.append(TABLE, pa.table({"number": [number]}, COLUMNS))
    assert anchored(database, lake, new_id(), version) == lake.fingerprints(TABLE, ledger.sm3)


def test_a_published_item_is_on_the_ledger_by_the_digest_of_what_it_says(session: Session) -> None:
    with clock.fixed(NOW):
        tax = department(session)
        item_id = _item(session, tax, "企业纳税信息", "conditional")
    told = session.scalars(select(EventRow).where(EventRow.type == catalogue.ItemPublished.type)).one()
    event = events.read(catalogue.ItemPublished, told.payload)
    assert isinstance(event, catalogue.ItemPublished)
    anchoring.anchor_item(session, event, now=NOW)
    entry = ledger.entry_at(session, ledger.head(session).size - 1)
    item = session.get_one(catalogue.Item, item_id)
    version = session.get_one(catalogue.ItemVersion, (item_id, 1))
    assert (entry.type, entry.by, entry.at) == ("item.version@1", ledger.member_of(tax), event.at)
    assert entry.body == {
        "item_id": str(item_id),
        "code": item.code,
        "version": 1,
        "digest": ledger.sm3(audits.told(version.content)).hex(),
        "level": "general_3",
        "share_type": "conditional",
    }
    version.content = {**version.content, "abstract": "改了一个字"}
    assert ledger.sm3(audits.told(version.content)).hex() != entry.body["digest"]
