"""What is kept in memory of an index, and how names are spelled: pure, without a database."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypinyin.constants import PHRASES_DICT
from pypinyin.seg import mmseg

from zhengtong.engines import search
from zhengtong.engines.search.columns.bits import Columns, Row, bits_of, numbers_of

FACETS = st.sampled_from(["", "state=3", "state=1\ntopic=财税", "state=3\ntopic=财税\ntopic=金融", "office=a=b"])
ROWS = st.builds(
    Row,
    seq=st.integers(0, 30),
    key=st.text("abc", min_size=1, max_size=3),
    length=st.integers(0, 9),
    weight=st.integers(0, 5),
    facets=FACETS,
    gone=st.booleans(),
)
STEP = st.lists(ROWS, max_size=8, unique_by=lambda row: row.seq)
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
PHRASES = st.sampled_from(sorted(PHRASES_DICT))


def told(columns: Columns) -> object:
    """All that can be asked of the columns."""
    bits = {name: {value: held for value, held in values.items() if held} for name, values in columns.bits.items()}
    walks = [columns.walk(worded=worded) for worded in (False, True)]
    return {name: values for name, values in bits.items() if values}, columns.keys, columns.all, walks


@UNHURRIED
@given(steps=st.lists(STEP, max_size=5))
def test_columns_brought_up_to_date_are_those_read_anew(steps: list[list[Row]]) -> None:
    kept, last = Columns(), dict[int, Row]()
    for version, rows in enumerate(steps):
        kept.walk(worded=True)
        kept = kept.changed(rows, epoch=0, version=version)
        last.update((row.seq, row) for row in rows)
    anew = Columns().changed([row for row in last.values() if not row.gone], epoch=0, version=len(steps))
    assert told(kept) == told(anew)


@UNHURRIED
@given(steps=st.lists(STEP, min_size=2, max_size=3))
def test_columns_that_were_handed_out_stay_as_they_are(steps: list[list[Row]]) -> None:
    first = Columns().changed(steps[0], epoch=0, version=1)
    before = repr(told(first))
    first.changed(steps[1], epoch=0, version=2)
    assert repr(told(first)) == before


@UNHURRIED
@given(numbers=st.sets(st.integers(0, 9_000), max_size=50), many=st.booleans())
def test_numbers_become_bits_and_numbers_again(numbers: set[int], many: bool) -> None:
    wanted = numbers | set(range(5_000)) if many else numbers
    assert list(numbers_of(bits_of(wanted, 9_001))) == sorted(wanted)


@UNHURRIED
@given(pieces=st.lists(PHRASES | st.text("行长重庆了不得〇企业", min_size=1, max_size=3), min_size=1, max_size=5))
def test_a_name_is_parted_as_pypinyin_parts_it(pieces: list[str]) -> None:
    for run in search.RUNS.findall("".join(pieces)):
        assert list(search.parted(run)) == list(mmseg.seg.cut(run))
