"""What is kept in memory of an index, and how names are spelled: pure, without a database."""

import unicodedata
from collections.abc import Iterable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypinyin.constants import PHRASES_DICT
from pypinyin.seg import mmseg

from zhengtong.engines import search
from zhengtong.engines.search.columns.bits import Columns, Row, Rows, bits_of, bits_of_text, numbers_of

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
    orders = [list(columns.order(worded=worded)) for worded in (False, True)]
    firsts = [columns.first(columns.all, 3, worded=worded, after=None) for worded in (False, True)]
    keys = {number: columns.keys[number] for number in numbers_of(columns.all)}
    return {name: values for name, values in bits.items() if values}, keys, columns.all, orders, firsts


def read(rows: Iterable[Row]) -> Columns:
    """The columns of those that there are."""
    cells = list(zip(*[row[:5] for row in rows if not row.gone], strict=True)) or [()] * 5
    return Columns.of(Rows(*map(list, cells)), epoch=0, version=0)  # type: ignore[arg-type]


@UNHURRIED
@given(steps=st.lists(STEP, max_size=5))
def test_columns_brought_up_to_date_are_those_read_anew(steps: list[list[Row]]) -> None:
    kept, last = Columns(), dict[int, Row]()
    for version, rows in enumerate(steps):
        kept.order(worded=True)
        kept = kept.changed(rows, epoch=0, version=version)
        last.update((row.seq, row) for row in rows)
    assert told(kept) == told(read(last.values()))


@UNHURRIED
@given(
    rows=st.lists(ROWS, max_size=12, unique_by=lambda row: row.seq),
    seqs=st.sets(st.integers(0, 30)),
    limit=st.integers(0, 5),
    worded=st.booleans(),
    many=st.booleans(),
)
def test_the_first_of_some_are_those_of_all_in_order(
    rows: list[Row], seqs: set[int], limit: int, worded: bool, many: bool
) -> None:
    more = [Row(100 + at, "d", at % 3, at % 5, "", False) for at in range(5_000 if many else 0)]
    columns = read([*rows, *more])
    some = [number for number in numbers_of(columns.all) if number in seqs or number % 70 == 9]
    places = sorted(columns.place(number, worded=worded) for number in some)
    bits = bits_of(some, columns.size)
    assert columns.first(bits, limit, worded=worded, after=None) == [place[-1] for place in places[:limit]]
    for at, after in enumerate(places[:3], start=1):
        assert columns.first(bits, limit, worded=worded, after=after) == [place[-1] for place in places[at:][:limit]]


@UNHURRIED
@given(steps=st.lists(STEP, min_size=2, max_size=3))
def test_columns_that_were_handed_out_stay_as_they_are(steps: list[list[Row]]) -> None:
    first = read(steps[0])
    before = repr(told(first))
    first.changed(steps[1], epoch=0, version=2)
    assert repr(told(first)) == before


@UNHURRIED
@given(numbers=st.sets(st.integers(0, 9_000), max_size=50), many=st.booleans())
def test_numbers_become_bits_and_numbers_again(numbers: set[int], many: bool) -> None:
    wanted = numbers | set(range(5_000)) if many else numbers
    assert list(numbers_of(bits_of(wanted, 9_001))) == sorted(wanted)
    told = ",".join(map(str, [*wanted, 9_001, 12_000]))
    assert list(numbers_of(bits_of_text(told, 9_001))) == sorted(wanted)


@UNHURRIED
@given(pieces=st.lists(PHRASES | st.text("行长重庆了不得〇企业", min_size=1, max_size=3), min_size=1, max_size=5))
def test_a_name_is_parted_as_pypinyin_parts_it(pieces: list[str]) -> None:
    for run in search.RUNS.findall("".join(pieces)):
        assert list(search.parted(run)) == list(mmseg.seg.cut(run))


@UNHURRIED
@given(st.text(st.one_of(st.sampled_from("，；：（）！？　Ａａ①㈱ﬁ=\u0338\u0301\0, 税"), st.characters())))
def test_wide_signs_fold_as_unicode_folds_them(text: str) -> None:
    assert search.fold(text) == unicodedata.normalize("NFKC", text).replace("\0", " ").casefold()
