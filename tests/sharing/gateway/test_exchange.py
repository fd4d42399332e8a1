"""Table exchange: the receiver has exactly what the lake has under the agreement, whatever was killed when."""

import hmac
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import NOW, POSTGRES
from zhengtong.engines import open_crypto
from zhengtong.engines.crypto import CryptoSettings
from zhengtong.engines.lake import Lake, LakeSettings
from zhengtong.sharing.agreements.rules.terms import RowRule
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.actions.exchange import preparing
from zhengtong.sharing.gateway.actions.exchange.preparing import Leaving, Rows
from zhengtong.sharing.gateway.actions.exchange.reading import Chunk
from zhengtong.sharing.gateway.actions.exchange.stepping import Step, advance
from zhengtong.sharing.gateway.actions.exchange.target import NOWHERE, DatabaseTable, Place
from zhengtong.sharing.gateway.rules.columns import Field, Kind
from zhengtong.sharing.gateway.rules.exchanging import ROW

TABLE = "items/sj_3102"
BLOCKS = open_crypto(CryptoSettings()).sm4_blocks
FIELDS = (
    Field("uscc", "统一社会信用代码", Kind.TEXT, "general_2", key=True),
    Field("name", "名称", Kind.TEXT, "general_1"),
    Field("paid", "税额", Kind.DECIMAL, "general_3", scale=2),
    Field("staff", "人数", Kind.INTEGER, "general_1"),
    Field("founded", "成立日期", Kind.DAY, "general_1"),
    Field("seen", "核验时间", Kind.MOMENT, "general_1"),
    Field("active", "存续", Kind.TRUTH, "general_1"),
    Field("secret", "内部备注", Kind.TEXT, "general_4"),
)
MASKS = {one.name: "full" for one in FIELDS} | {"uscc": "partial", "founded": "general", "secret": "omit"}
SCHEMA = pa.schema(
    [
        ("uscc", pa.string()), ("name", pa.string()), ("paid", pa.decimal128(38, 2)), ("staff", pa.int64()),
        ("founded", pa.date32()), ("seen", pa.timestamp("us", tz="UTC")), ("active", pa.bool_()), ("secret", pa.string()),
        ("_batch_id", pa.string()), ("_row", pa.int64()),
    ]
)  # fmt: skip


def how(**changed: Any) -> Leaving:
    told = {"fields": FIELDS, "masks": MASKS, "pseudonym": str.upper, "keyed": keyed, "blocks": BLOCKS, "rows": None}
    return Leaving(**{**told, **changed})


def keyed(data: bytes) -> bytes:
    return hmac.digest(b"exchange", data, "sha256")


def firms(numbers: list[int], batch: str, **changed: Any) -> pa.Table:
    """Rows with texts that quoting could break, absent values among them."""
    rows = [
        {
            "uscc": f"9135010000{number:08d}", "name": f'甲"{number}",\n公司' if number % 3 else "", "staff": number,
            "paid": Decimal(number) / 4 if number % 5 else None, "founded": date(2000, 1, 1) + timedelta(days=number),
            "seen": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=number), "active": None if number % 7 == 0 else number % 2 == 0,
            "secret": "机密", "_batch_id": batch, "_row": number, **changed,
        }
        for number in numbers
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, SCHEMA)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    from zhengtong.engines import open_lake

    lake = open_lake(LakeSettings(), tmp_path)
    lake.create(TABLE, SCHEMA)
    lake.append(TABLE, firms(list(range(100)), "b1"))
    return lake


@pytest.fixture(params=["sqlite", "postgres"] if POSTGRES else ["sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        made = sa.create_engine(f"sqlite:///{tmp_path / 'receiver.sqlite'}")
        yield made
        made.dispose()
        return
    made = sa.create_engine(sa.make_url(POSTGRES).set(drivername="postgresql+psycopg"))
    yield made
    found = sa.MetaData()
    found.reflect(made, only=lambda name, _: name.startswith(("firms", "zt_exchange", "taken")))
    found.drop_all(made)
    made.dispose()


@pytest.fixture
def receiver(engine: sa.Engine) -> DatabaseTable:
    return DatabaseTable(engine, "firms", "exchange-1")


class Receipts:
    """What was allowed, in order; refuses when told to."""

    def __init__(self) -> None:
        self.given: list[tuple[Place, int, int]] = []
        self.refuse = False

    def __call__(self, place: Place, rows: Rows, chunk: Chunk) -> None:
        if self.refuse:
            raise errors.GatewayStopped()
        self.given.append((place, rows.count, chunk.went.num_rows))


def brought(lake: Lake, receiver: DatabaseTable, given: Leaving | None = None, govern: Any = None) -> list[Step]:
    return list(advance(lake, TABLE, receiver, given or how(), rows=30, govern=govern or Receipts(), now=lambda: NOW))


def there(receiver: DatabaseTable, given: Leaving | None = None) -> dict[str, list[str]]:
    return dict(receiver.rows((given or how()).shape))


def expected(lake: Lake, given: Leaving | None = None) -> dict[str, list[str]]:
    """What the receiver should have: the lake's newest version, masked, read straight."""
    from zhengtong.sharing.gateway.actions.exchange.target import said

    given = given or how()
    rows = lake.dataset(TABLE).to_table(filter=given.rows)
    made = preparing.leaving(rows, given)
    columns = given.shape.columns
    return {one[ROW]: [said(column, one[column.name]) for column in columns] for one in made.to_pylist()}


SCHEMA_OF_PLACES = pa.schema([SCHEMA.field("_batch_id"), SCHEMA.field("_row")])
PLACES = st.lists(st.tuples(st.sampled_from(["b1", "b2", "b3"]), st.integers(0, 2**63 - 1)), max_size=20)


@settings(deadline=None, max_examples=40)
@given(PLACES)
def test_rows_are_named_by_their_place_alone_and_differently_for_each_receiver(places: list[tuple[str, int]]) -> None:
    rows = pa.table([[one for one, _ in places], [at for _, at in places]], schema=SCHEMA_OF_PLACES)
    other = how(keyed=lambda data: hmac.digest(b"another", data, "sha256"))
    named, alone = preparing.names(rows, how()).to_pylist(), {}
    for place, name in zip(places, named, strict=True):
        assert alone.setdefault(place, name) == name
        assert len(name) == 32
    assert len(set(alone.values())) == len(alone)
    assert not set(named) & set(preparing.names(rows, other).to_pylist())
    assert preparing.names(rows.take(pa.array(range(len(places))[::-1], pa.int64())), how()).to_pylist() == named[::-1]


def test_the_first_copy_is_the_lake_masked_and_what_is_not_agreed_never_leaves(
    lake: Lake, receiver: DatabaseTable, engine: sa.Engine
) -> None:
    steps = brought(lake, receiver)
    assert [one.put for one in steps] == [30, 30, 30, 10]
    assert there(receiver) == expected(lake)
    assert len(there(receiver)) == 100
    columns = {one["name"] for one in sa.inspect(engine).get_columns("firms")}
    assert columns == {ROW, "uscc", "name", "paid", "staff", "founded", "seen", "active"}
    with engine.connect() as connection:
        row = connection.execute(sa.text("select uscc, founded from firms where staff = 41")).one()
    assert tuple(row) == ("913501**********41", "2000")


def test_nothing_new_brings_nothing(lake: Lake, receiver: DatabaseTable) -> None:
    lake.append(TABLE, firms([200], "b2"))
    brought(lake, receiver)
    assert brought(lake, receiver) == []
    lake.compact(TABLE)
    receipts = Receipts()
    assert [(one.put, one.gone) for one in brought(lake, receiver, govern=receipts)] == [(0, 0)]
    assert receipts.given == []


def test_increments_bring_what_came_changed_and_went(lake: Lake, receiver: DatabaseTable) -> None:
    brought(lake, receiver)
    lake.append(TABLE, firms([200, 201], "b2"))
    lake.merge(TABLE, firms([5, 6, 300], "b3", name="改名"), keys=["uscc"])
    lake.remove(TABLE, firms([7], "x"), keys=["uscc"])
    steps = brought(lake, receiver)
    assert (sum(one.put for one in steps), sum(one.gone for one in steps)) == (5, 3)
    assert there(receiver) == expected(lake)
    assert len(there(receiver)) == 102


def test_a_version_begun_is_finished_before_the_next(lake: Lake, receiver: DatabaseTable) -> None:
    steps = advance(lake, TABLE, receiver, how(), rows=30, govern=Receipts(), now=lambda: NOW)
    next(steps)
    lake.append(TABLE, firms([200], "b2"))
    upto = {one.place.upto for one in brought(lake, receiver)}
    assert len(upto) == 1
    assert len(there(receiver)) == 100
    brought(lake, receiver)
    assert there(receiver) == expected(lake)


def test_only_the_rows_that_the_agreement_names_leave_and_a_row_that_falls_out_is_taken_away(
    lake: Lake, receiver: DatabaseTable
) -> None:
    rules = [RowRule("staff", "ge", 50), RowRule("paid", "lt", "20.5"), RowRule("founded", "gt", "2000-01-05")]
    given = how(rows=preparing.condition(rules, FIELDS))
    brought(lake, receiver, given)
    kept = {row[3] for row in there(receiver, given).values()}
    assert kept == {str(number) for number in range(50, 82) if number % 5}
    lake.merge(TABLE, firms([51], "b9", staff=1), keys=["uscc"])
    brought(lake, receiver, given)
    assert there(receiver, given) == expected(lake, given)
    assert "51" not in {row[3] for row in there(receiver, given).values()}


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        (RowRule("uscc", "in", ("913501000000000001", "913501000000000002")), 2),
        (RowRule("uscc", "prefix", "91350100000000001"), 10),
        (RowRule("active", "eq", True), 42),
        (RowRule("seen", "le", "2026-01-01T00:00:00.000009Z"), 10),
        (RowRule("staff", "ne", 3), 99),
        (RowRule("nowhere", "eq", 1), 0),
    ],
)
def test_each_kind_of_row_rule(lake: Lake, rule: RowRule, count: int) -> None:
    assert lake.dataset(TABLE).to_table(filter=preparing.condition([rule], FIELDS)).num_rows == count


def test_no_receipt_no_rows(lake: Lake, receiver: DatabaseTable) -> None:
    receipts = Receipts()
    receipts.refuse = True
    with pytest.raises(errors.GatewayStopped):
        brought(lake, receiver, govern=receipts)
    assert there(receiver) == {}
    assert receiver.place() == NOWHERE
    receipts.refuse = False
    brought(lake, receiver, govern=receipts)
    assert there(receiver) == expected(lake)


class Killed(Exception):
    """The program ends here."""


def dying(engine: sa.Engine, chance: random.Random) -> Callable[[], None]:
    """From now on the connection breaks at a statement of its choice."""
    left = chance.randrange(1, 12)

    def before(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed

    sa.event.listen(engine, "before_cursor_execute", before)
    return lambda: sa.event.remove(engine, "before_cursor_execute", before)


@pytest.mark.parametrize("seed", range(6))
def test_killed_anywhere_the_receiver_ends_with_exactly_the_lake(
    lake: Lake, engine: sa.Engine, receiver: DatabaseTable, seed: int
) -> None:
    chance, kills = random.Random(seed), 0
    for turn in range(4):
        if turn:
            lake.append(TABLE, firms([1000 + turn], f"n{turn}"))
            lake.merge(TABLE, firms([turn, turn + 50], f"m{turn}", name=f"第{turn}次"), keys=["uscc"])
        for _ in range(3):
            stop = dying(engine, chance)
            try:
                brought(lake, receiver)
            except Killed:
                kills += 1
            stop()
            found, wanted = there(receiver) if receiver.place() != NOWHERE else {}, expected(lake)
            assert turn or found.items() <= wanted.items()
    brought(lake, receiver)
    assert kills > 3
    assert there(receiver) == expected(lake)


def test_a_new_column_is_added_and_the_old_rows_stay(lake: Lake, receiver: DatabaseTable) -> None:
    fewer = how(masks={"uscc": "full", "staff": "full"})
    brought(lake, receiver, fewer)
    lake.append(TABLE, firms([200], "b2"))
    brought(lake, receiver)
    assert len(there(receiver)) == 101
    assert sum(row[1] != "\0" for row in there(receiver).values()) == 1


def test_a_table_that_is_not_ours_is_left_alone(lake: Lake, engine: sa.Engine) -> None:
    taken = sa.Table("taken", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    taken.create(engine)
    with pytest.raises(errors.TargetTaken):
        brought(lake, DatabaseTable(engine, "taken", "exchange-2"))
    assert {one["name"] for one in sa.inspect(engine).get_columns("taken")} == {"id"}


def test_a_receiver_that_is_away_is_told_without_its_secrets(tmp_path: Path) -> None:
    engine = sa.create_engine("postgresql+psycopg://someone:hush@127.0.0.1:1/x")
    with pytest.raises(errors.TargetAway) as told:
        DatabaseTable(engine, "firms", "e").place()
    assert "hush" not in str(told.value)


def test_two_receivers_know_a_row_by_different_names(lake: Lake) -> None:
    rows = lake.read(TABLE)
    other = how(keyed=lambda data: hmac.digest(b"another", data, "sha256"))
    assert not set(preparing.names(rows, how())) & set(preparing.names(rows, other))
    left = preparing.leaving(rows, how())["staff"].to_pylist()
    assert left != sorted(left)
