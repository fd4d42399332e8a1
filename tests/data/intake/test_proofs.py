"""What is judged on whole columns is judged as the standards' own expressions judge it in a scan."""

import random
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.intake import place
from zhengtong.data import standards
from zhengtong.data.intake.actions.landing.proofs import Columns
from zhengtong.data.intake.rules import written
from zhengtong.engines.compute import ComputeSettings, duckdb

TEXT, NUMBER, DAY = standards.Type.TEXT, standards.Type.NUMBER, standards.Type.DAY
ON = date(2026, 3, 5)
FORMS = [
    "7",
    "-7",
    "+7",
    "007",
    "0",
    "-0.5",
    ".5",
    "5.",
    "1.25",
    "1.2.3",
    "1e5",
    "--1",
    "1-",
    "１２",
    "12 ",
    " 12",
    "12\n",
]
FORMS += [
    "9" * 40,
    "9" * 41,
    "0" * 41,
    "1." + "3" * 40,
    "1." + "3" * 41,
    "+0012.50",
    "123456.789",
    "1,000",
    "何",
    "0x1f",
]
DAYS = ["2026-02-28", "2026-02-29", "20240229", "2026-2-3", "2026-0305", "20260305\n", "0000-01-01", "9999-12-31"]
WORDS = ["何记", "何记豆花", "é", "e\u0301e", "👍🏽", "ab\0c", "a" * 30, "11010519491231002X", "11010519491231002x"]


def rule(kind: str, type_: standards.Type = TEXT, **told: object) -> standards.FieldRule:
    return standards.FieldRule(kind, {"type": type_, **told}, "", "")  # type: ignore[arg-type]


RULES = [
    rule("type", NUMBER),
    rule("type", DAY),
    *(rule("length", NUMBER, length=most) for most in (1, 3, 5, 40)),
    *(rule("precision", NUMBER, precision=most) for most in (0, 2)),
    *(rule("length", length=most) for most in (1, 2, 4, 18)),
    rule("codes", list="x", codes=frozenset(["7", "何记", "2026-02-28"])),
    rule("codes", list="x", codes=frozenset()),
    rule("check", check="social_credit_code", on=ON),
    rule("check", check="id_number", on=ON),
    rule("check", check="id_number", on=None),
]


def values() -> list[str | None]:
    """Texts that rules trip over, and some more of the same letters."""
    dice = random.Random(20260305)
    right = [place.code(1), place.code(77), "11010519491231002X"]
    others = ["".join(dice.choices("0123456789.+-X何", k=dice.randint(1, 12))) for _ in range(400)]
    turned = []
    for one in right * 20:
        at = dice.randrange(len(one))
        turned.append(one[:at] + dice.choice("0123456789XYAIO") + one[at + 1 :])
    return [*FORMS, *DAYS, *WORDS, *right, *others, *turned, None]


def test_whole_columns_are_judged_as_the_scan_judges_them(tmp_path: Path) -> None:
    table = pa.table({"x": pa.array(values(), pa.string()), "n": pa.array(range(len(values())))})
    compute = duckdb.open_duckdb(ComputeSettings(), None, tmp_path)  # type: ignore[arg-type]
    with compute.session() as work:
        rows = work.rows(table)
        told = {f"r{at}": (~standards.passes(one, rows["x"])).fill_null(False) for at, one in enumerate(RULES)}
        judged = work.run(rows.select("n", **told).order_by("n"))
    compute.close()
    (piece,) = table.to_batches()
    columns = Columns(piece)
    for at, one in enumerate(RULES):
        scanned = [place for place, broken in enumerate(judged[f"r{at}"].to_pylist()) if broken]
        found = columns.against("x", one)
        assert found is not None
        assert found.tolist() == scanned, (one, [values()[n] for n in {*found.tolist()} ^ {*scanned}])


@pytest.mark.parametrize(
    "one", [rule("range", NUMBER, least="0", most=""), rule("pattern", pattern="[a-z]+"), rule("check", check="phone")]
)
def test_what_only_a_scan_can_judge_is_left_to_it(one: standards.FieldRule) -> None:
    assert Columns(pa.record_batch({"x": ["1"]})).against("x", one) is None


def test_absent_values_are_found_where_they_are_needed_and_nowhere_else() -> None:
    columns = Columns(pa.record_batch({"x": pa.array([None, "1", None, "x"], pa.string())}))
    assert columns.against("x", None).tolist() == [0, 2]
    assert columns.against("x", rule("type", NUMBER)).tolist() == [3]
    assert columns.against("x", rule("length", length=0)).tolist() == [1, 3]


@settings(deadline=None)
@given(st.lists(st.none() | st.text("0123456789.+-何", max_size=6) | st.sampled_from(FORMS), max_size=30), st.data())
def test_a_slice_is_measured_as_its_values_are(texts: list[str | None], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(texts)))
    sliced, alone = pa.array(texts, pa.string()).slice(first), pa.array(texts[first:], pa.string())
    one, other = written.numbers(sliced), written.numbers(alone)
    assert (one.right.tolist(), one.point.tolist()) == (other.right.tolist(), other.point.tolist())
    assert written.longer(sliced, 2).tolist() == [n for n, text in enumerate(texts[first:]) if len(text or "") > 2]
