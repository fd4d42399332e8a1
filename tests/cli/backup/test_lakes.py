"""The lake's files go through a backup on a folder and on an object store: at the version that was pinned, whatever comes after."""

import os
from pathlib import Path

import pyarrow as pa
import pytest

from zhengtong import engines
from zhengtong.cli.backup import lakes, streams
from zhengtong.engines.crypto import CryptoSettings
from zhengtong.engines.lake import Lake, LakeSettings
from zhengtong.kernel.db import new_id

S3 = os.environ.get("ZT_TEST_S3", "")
COLUMNS = pa.schema([("number", pa.int64())])


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_what_is_put_back_is_the_pinned_version(place: str, tmp_path: Path) -> None:
    if place == "s3" and not S3:
        pytest.skip("no object store here: run `make engines`")
    root = new_id().hex

    def lake(name: str) -> Lake:
        if place == "folder":
            return engines.open_lake(LakeSettings(), tmp_path / name)
        where = f"s3://{os.environ['ZT_TEST_S3_BUCKET']}/{root}/{name}"
        keys = {"access_key": os.environ["ZT_TEST_S3_KEY"], "secret_key": os.environ["ZT_TEST_S3_SECRET"]}
        return engines.open_lake(LakeSettings(url=where, endpoint=S3, **keys), tmp_path)  # type: ignore[arg-type]

    old, new, crypto = lake("old"), lake("new"), engines.open_crypto(CryptoSettings())
    assert old.tables() == []
    for table in ("market/firms", "tax"):
        old.create(table, COLUMNS)
        old.append(table, pa.table({"number": [1, 2]}, COLUMNS))
    pinned, folder = lakes.versions(old), tmp_path / "backup"
    parts = {one.path: one for one in lakes.take(old, folder, crypto, None, None)}
    old.append("tax", pa.table({"number": [3]}, COLUMNS))
    old.create("later", COLUMNS)
    parts |= {one.path: one for one in lakes.take(old, folder, crypto, pinned, None)}
    lakes.complete(old, pinned, parts)
    for one in parts.values():
        with (folder / one.path).open("rb") as file:
            found = lakes.put(new, file, one.path, crypto, streams.Progress("", "", 1))
        assert found == (one.size, one.sm3)
    assert lakes.versions(new) == pinned == {"market/firms": 1, "tax": 1}
    assert new.read("tax").to_pydict() == {"number": [1, 2]}
