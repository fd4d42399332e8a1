"""The quick path and the careful one say the same: digest and leaves of a batch, row by row in plain Python; verdicts, by the scan alone."""

import csv
import hashlib
import io
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.data.intake import place
from zhengtong.data import catalogue, intake
from zhengtong.data.intake.actions.landing import judging, planning, proofs, sealing
from zhengtong.data.intake.rules import CHUNK_ROWS, OnDrift
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM

Rows = list[list[str | None]]
VALUES = (
    st.none() | st.text(max_size=6) | st.sampled_from(["", '"', '""', ",", "\n", "\r\n", "何记", "null", " ", "\0"])
)


def sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


def carefully(rows: Rows, chunk_rows: int = CHUNK_ROWS) -> tuple[str, tuple[str, ...]]:
    """Digest and leaves as ADR 0013 and RFC 6962 word them."""
    leaves = []
    for at in range(0, len(rows), chunk_rows):
        lines = (
            ",".join("" if one is None else '"' + one.replace('"', '""') + '"' for one in row)
            for row in rows[at : at + chunk_rows]
        )
        leaves.append(sm3(b"\0" + "".join(f"{line}\n" for line in lines).encode()))
    return tree(leaves).hex(), tuple(leaf.hex() for leaf in leaves)


def tree(leaves: list[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else sm3(b"")
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sm3(b"\1" + tree(leaves[:half]) + tree(leaves[half:]))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(VALUES, min_size=3, max_size=3), max_size=20), st.integers(1, 9), st.integers(0, 4))
def test_a_batch_is_sealed_as_row_by_row(
    monkeypatch: pytest.MonkeyPatch, rows: Rows, piece: int, passed_over: int
) -> None:
    monkeypatch.setattr(sealing, "CHUNK_ROWS", 3)
    padded = [["x"] * 3] * passed_over + rows
    columns = [pa.array([row[at] for row in padded], pa.string()) for at in range(3)]
    whole = pa.table(columns, ["a", "b", "c"]).slice(passed_over)
    pieces = [whole.slice(at, piece) for at in range(0, len(rows), piece)] or [whole]
    with ThreadPoolExecutor(2) as pool:
        seal = sealing.Sealing(pa.concat_tables(pieces), [], sm3, pool).seal()
    assert (seal.digest, seal.leaves) == carefully(rows, 3)


SOUND = (
    ["何记豆花店", 'a "quoted" one', "a, b", "two\nlines", "é👍🏽"],
    ["12", "+7", "-0", ""],
    ["2026-03-05", "20240229", ""],
)
WRONG = ["", "何" * 41], ["1e5", "9" * 20, "many"], ["2026-02-30", "05/03/2026"]


def texts() -> list[list[str]]:
    """Firms as text: many in quotes, every tenth with something wrong, some with the key of another."""
    dice = random.Random(20260305)
    table = []
    for number in range(400):
        row = [place.code(number - number % 50 // 49), *(dice.choice(values) for values in SOUND)]
        if number % 10 == 3:
            at = dice.randrange(4)
            row[at] = dice.choice(WRONG[at - 1]) if at else dice.choice(["91990100M000000001", "", "x"])
        table.append(row)
    return table


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_file_cut_into_batches_and_slices_bears_the_digests_of_its_rows(
    database_url: str, tmp_path: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhengtong.engines.files.local.columns.BLOCK_BYTES", 1500)
    rows = [[one.replace("é👍🏽", "乙") if encoding == "gb18030" else one for one in row] for row in texts()]
    out = io.StringIO()
    csv.writer(out).writerows([["uscc", "name", "capital", "since"], *rows])
    file = tmp_path / "firms.csv"
    file.write_bytes(out.getvalue().encode(encoding))
    city = place.open_city(database_url, tmp_path, batch_rows=60, slice_s=0.01)
    item = place.register(city, place.found(city))
    with city.database.read() as session:
        code = catalogue.get_item(session, item).code
    into = intake.Into(code, intake.Mode.APPEND, tuple(place.COLUMNS.items()))
    begun = intake.load_file(city.database, SYSTEM, file, into, city.site.givens, now=clock.now())
    city.workers.drain()
    run = place.told(city, begun.id)
    with city.database.read() as session:
        batches = session.scalars(select(intake.Batch).order_by(intake.Batch.number)).all()
        sealed = [(one.digest, tuple(one.leaves), one.first_row, one.rows_read) for one in batches]
    cut = [[list(row) for row in rows[at : at + 60]] for at in range(0, len(rows), 60)]
    expected = [(*carefully(some), number * 60 + 1, len(some)) for number, some in enumerate(cut)]
    assert (run.state, run.rows_read) == (intake.RunState.LANDED, len(rows))
    assert sealed == expected
    city.close()


def test_whole_columns_and_the_scan_alone_judge_a_batch_alike(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = place.open_city(database_url, tmp_path)
    item = place.register(city, place.found(city))
    with city.database.read() as session:
        fields = catalogue.fields_of(session, item)
        plans = planning.field_plans(session, fields, place.COLUMNS, today=date(2026, 3, 5))
        schema = planning.lake_schema(fields)
    plan = planning.Plan(
        source_id=item,
        run_id=item,
        code="s",
        item_id=item,
        item_code="s",
        table="t",
        schema=schema,
        fields=plans,
        keys=("uscc",),
        mode=intake.Mode.UPSERT,
        removes=False,
        replay=False,
        on_drift=OnDrift.PAUSE,
        accepted=(),
        most_bad_percent=100,
        allowed=frozenset(),
    )
    whole = pa.table([list(column) for column in zip(*texts(), strict=True)], ["uscc", "name", "capital", "since"])
    rows = pa.concat_tables([whole.slice(at, 70) for at in range(0, whole.num_rows, 70)])
    with city.engines.compute.session() as work:
        quickly = judging.judge(work, judging.by_field(rows, plan), plan)
        monkeypatch.setattr(proofs.Columns, "against", lambda *_: None)
        scanned = judging.judge(work, judging.by_field(rows, plan), plan)
    assert quickly.bad == scanned.bad
    assert quickly.bad
    assert quickly.repeated == scanned.repeated
    assert quickly.good.equals(scanned.good)
    assert quickly.good.num_rows > 100
    city.close()
