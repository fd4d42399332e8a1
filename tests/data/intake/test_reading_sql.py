"""Reading tables of real databases: SQLite files and, where there is one, PostgreSQL."""

import os
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import databases
from zhengtong.data.intake.actions.reading.sql import SqlReader
from zhengtong.data.intake.rules import kinds
from zhengtong.kernel.db import new_id

POSTGRES = os.environ.get("ZT_TEST_POSTGRES_URL", "")
LOOPBACK = ["127.0.0.0/8"]


class Store:
    """A bureau's database with one table, and how it is read."""

    def __init__(self, url: str, password: str, schema: str, roots: list[Path]) -> None:
        self.url, self.password, self.schema, self.roots = url, password, schema, roots
        parsed = sa.make_url(url)
        if password:
            parsed = parsed.set(drivername="postgresql+psycopg", password=password)
        self.engine = sa.create_engine(parsed)
        self.is_sqlite = not password
        if schema:
            self.do(sa.schema.CreateSchema(schema))

    def do(self, statement, rows=None):
        with self.engine.begin() as connection:
            return connection.execute(statement, rows) if rows else connection.execute(statement)

    def table(self, name, *columns):
        table = sa.Table(name, sa.MetaData(), *columns, schema=self.schema or None)
        with self.engine.begin() as connection:
            table.create(connection)
        return table

    def reader(self, table, chunk_rows=1000, **told):
        told = kinds.Sql(url=self.url, table=table, schema_name=self.schema, **told)
        opened = databases.opened(self.url, self.password, folders_allowed=self.roots, networks=LOOPBACK)
        return SqlReader(told, opened, chunk_rows=chunk_rows)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request, tmp_path):
    if request.param == "sqlite":
        made = Store(f"sqlite:///{tmp_path / 'market.db'}", "", "", [tmp_path])
        yield made
        made.engine.dispose()
        return
    if not POSTGRES:
        pytest.skip("no PostgreSQL here: run `make engines`")
    url = sa.make_url(POSTGRES)
    schema = f'源 "{new_id().hex[-8:]}'
    without = sa.URL.create("postgresql", url.username, None, url.host, url.port, url.database)
    made = Store(without.render_as_string(), str(url.password), schema, [])
    yield made
    made.do(sa.schema.DropSchema(schema, cascade=True))
    made.engine.dispose()


@pytest.fixture
def companies(store):
    table = store.table(
        "company",
        sa.Column("uscc", sa.String(18), primary_key=True),
        sa.Column("name", sa.String(100)),
        sa.Column("changed_no", sa.Integer),
    )
    store.do(sa.insert(table), [{"uscc": f"C{n:04}", "name": f"企业{n}", "changed_no": n} for n in range(1, 2501)])
    return table


def rows_of(chunks):
    return [tuple(row.values()) for chunk in chunks for row in chunk.rows.to_pylist()]


def last_cursor(chunks):
    return chunks[-1].cursor


def test_a_table_is_read_whole_in_chunks(store, companies):
    reader = store.reader("company")
    chunks = list(reader.chunks(None))
    assert [chunk.rows.num_rows for chunk in chunks] == [1000, 1000, 500]
    assert [chunk.first_row for chunk in chunks] == [1, 1001, 2001]
    assert rows_of(chunks) == [(f"C{n:04}", f"企业{n}", str(n)) for n in range(1, 2501)]
    assert [column.name for column in reader.columns()] == ["uscc", "name", "changed_no"]
    assert reader.total() == 2500
    assert not reader.keeps_place


def test_reading_goes_on_after_a_cursor_as_if_it_had_not_stopped(store, companies):
    whole = rows_of(store.reader("company").chunks(None))
    for chunk in store.reader("company").chunks(None):
        rest = rows_of(store.reader("company").chunks(chunk.cursor))
        assert rest == whole[chunk.first_row - 1 + chunk.rows.num_rows :]


def test_a_table_without_a_key_goes_on_too(store):
    table = store.table("note", sa.Column("word", sa.String(20)), sa.Column("place", sa.Integer))
    store.do(sa.insert(table), [{"word": f"w{n % 7}", "place": n % 50} for n in range(500)])
    chunks = list(store.reader("note", chunk_rows=120).chunks(None))
    first, rest = rows_of(chunks[:2]), rows_of(store.reader("note", chunk_rows=120).chunks(chunks[1].cursor))
    assert sorted(first + rest) == sorted((f"w{n % 7}", str(n % 50)) for n in range(500))


def test_a_trial_reads_no_more_than_asked(store, companies):
    assert len(rows_of(store.reader("company").chunks(None, limit=10))) == 10


def test_the_next_run_reads_only_what_has_changed(store, companies):
    chunks = list(store.reader("company", cursor="changed_no").chunks(None))
    store.do(sa.insert(companies), [{"uscc": "C9001", "name": "新", "changed_no": 2501}])
    store.do(sa.update(companies).where(companies.c.uscc == "C0007").values(name="改名", changed_no=2502))
    fresh = list(store.reader("company", cursor="changed_no").chunks(last_cursor(chunks)))
    assert rows_of(fresh) == [("C9001", "新", "2501"), ("C0007", "改名", "2502")]
    assert list(store.reader("company", cursor="changed_no").chunks(last_cursor(fresh))) == []


def test_a_row_with_the_same_cursor_value_that_comes_later_is_read_once(store, companies):
    chunks = list(store.reader("company", cursor="changed_no").chunks(None))
    store.do(sa.insert(companies), [{"uscc": "A0001", "name": "同值而晚到", "changed_no": 2500}])
    fresh = list(store.reader("company", cursor="changed_no").chunks(last_cursor(chunks)))
    assert rows_of(fresh) == [("A0001", "同值而晚到", "2500")]
    assert rows_of(store.reader("company", cursor="changed_no").chunks(last_cursor(fresh))) == []


def test_many_rows_of_one_cursor_value_are_read_once_over_chunks(store):
    table = store.table("bulk", sa.Column("id", sa.Integer, primary_key=True), sa.Column("moment", sa.Integer))
    store.do(sa.insert(table), [{"id": n, "moment": 5} for n in range(1000)])
    chunks = list(store.reader("bulk", cursor="moment", chunk_rows=300).chunks(None))
    assert len(rows_of(chunks)) == 1000
    for chunk in chunks:
        rest = rows_of(store.reader("bulk", cursor="moment", chunk_rows=300).chunks(chunk.cursor))
        read = rows_of(chunks[: chunks.index(chunk) + 1])
        assert sorted(rest + read) == sorted((str(n), "5") for n in range(1000))


def test_late_rows_within_the_overlap_are_read_and_known_ones_are_not(store):
    at = sa.DateTime(timezone=True) if not store.is_sqlite else sa.String(30)
    table = store.table("case", sa.Column("id", sa.Integer, primary_key=True), sa.Column("updated_at", at))

    def moment(hour, minute):
        moment = datetime(2026, 3, 5, hour, minute, tzinfo=UTC)
        return moment.strftime("%Y-%m-%d %H:%M:%S") if store.is_sqlite else moment

    store.do(sa.insert(table), [{"id": n, "updated_at": moment(10, n)} for n in range(60)])
    told = {"cursor": "updated_at", "overlap": 600}
    chunks = list(store.reader("case", **told).chunks(None))
    store.do(sa.insert(table), [{"id": 101, "updated_at": moment(10, 55)}, {"id": 102, "updated_at": moment(9, 0)}])
    fresh = rows_of(store.reader("case", **told).chunks(last_cursor(chunks)))
    assert [row[0] for row in fresh] == ["101"], "beyond the overlap nothing is looked for"


def test_rows_without_a_cursor_value_come_with_the_first_run(store):
    table = store.table("partial", sa.Column("id", sa.Integer, primary_key=True), sa.Column("no", sa.Integer))
    store.do(sa.insert(table), [{"id": 1, "no": None}, {"id": 2, "no": 8}])
    chunks = list(store.reader("partial", cursor="no").chunks(None))
    assert rows_of(chunks) == [("1", None), ("2", "8")]
    assert rows_of(store.reader("partial", cursor="no").chunks(last_cursor(chunks))) == []


def test_deleted_rows_show_by_their_keys(store, companies):
    store.do(sa.delete(companies).where(companies.c.changed_no > 3))
    keys = [key for batch in store.reader("company").keys(["uscc"]) for key in batch.column(0).to_pylist()]
    assert sorted(keys) == ["C0001", "C0002", "C0003"]


HOSTILE = ['name"; drop table company; --', "a%(x)s", "select", "列 名", "x' or '1'='1", "%s", "a.b", ":p", "a)b"]


def test_hostile_names_are_only_names(store):
    table = store.table(HOSTILE[0], *(sa.Column(name, sa.String(20)) for name in HOSTILE))
    store.do(sa.insert(table), [{name: f"v{at}" for at, name in enumerate(HOSTILE)}])
    for told in ({}, {"cursor": HOSTILE[0], "key": (HOSTILE[1],)}, {"columns": tuple(HOSTILE[2:5])}):
        chunks = list(store.reader(HOSTILE[0], **told).chunks(None))
        assert chunks[0].rows.to_pylist()[0][HOSTILE[2]] == "v2"
        assert rows_of(store.reader(HOSTILE[0], **told).chunks(last_cursor(chunks))) == []


def test_values_keep_their_digits(store):
    table = store.table(
        "tax", sa.Column("amount", sa.Numeric(38, 2)), sa.Column("paid", sa.Date), sa.Column("ok", sa.Boolean)
    )
    store.do(
        sa.insert(table),
        [{"amount": Decimal("12345678901234567890.10"), "paid": date(2026, 3, 5), "ok": True}],
    )
    amount, paid, ok = rows_of(store.reader("tax").chunks(None))[0]
    assert paid == "2026-03-05"
    if not store.is_sqlite:
        assert (amount, ok) == ("12345678901234567890.10", "true")


def test_a_wrong_table_or_column_is_told_with_what_there_is(store, companies):
    with pytest.raises(errors.TableNotThere) as absent:
        store.reader("firm").columns()
    assert "company" in str(absent.value)
    with pytest.raises(errors.ColumnNotThere) as strange:
        store.reader("company", cursor="updated").columns()
    assert "changed_no" in str(strange.value)


def test_the_source_is_never_written(store, companies):
    engine = store.reader("company")._engine
    with databases.reading(engine) as connection, pytest.raises(sa.exc.DBAPIError):
        connection.execute(sa.delete(companies))


def test_a_column_that_has_no_order_is_refused(store):
    table = store.table("blob", sa.Column("id", sa.Integer, primary_key=True), sa.Column("data", sa.LargeBinary))
    store.do(sa.insert(table), [{"id": 1, "data": b"\x00\x01"}])
    with pytest.raises(errors.CursorUnsupported):
        list(store.reader("blob", cursor="data").chunks(None))


def test_a_database_that_is_away_is_told_without_its_password():
    told = kinds.Sql(url="postgresql://reader@127.0.0.1:9/market", table="company")
    engine = databases.opened(told.url, "s3cret-word", folders_allowed=[], networks=LOOPBACK)
    with pytest.raises(errors.SourceAway) as away:
        SqlReader(told, engine).columns()
    assert "s3cret-word" not in str(away.value) + away.value.say("en")


def test_a_wrong_password_is_told_apart_from_a_source_that_is_away():
    if not POSTGRES:
        pytest.skip("no PostgreSQL here: run `make engines`")
    url = sa.make_url(POSTGRES)
    told = kinds.Sql(url=f"postgresql://nobody_here@{url.host}:{url.port}/{url.database}", table="company")
    engine = databases.opened(told.url, "s3cret-word", folders_allowed=[], networks=LOOPBACK)
    with pytest.raises(errors.LoginRefused) as refused:
        SqlReader(told, engine).columns()
    assert "s3cret-word" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("sqlite:////etc/passwd", errors.FolderNotAllowed),
        ("sqlite:///relative.db", errors.FolderNotAllowed),
        ("sqlite:///file:/etc/passwd?uri=true", errors.UrlWrong),
        ("postgresql://reader@127.0.0.1/x", errors.SourceAddressRefused),
        ("postgresql://reader@169.254.169.254/x", errors.SourceAddressRefused),
        ("postgresql://reader@10.0.0.1/x?passfile=/etc/passwd", errors.UrlWrong),
        ("postgresql://reader@10.0.0.1/x?host=127.0.0.1", errors.UrlWrong),
        ("oracle+oracledb://reader@10.0.0.1/x", errors.DriverMissing),
        ("no url at all", errors.UrlWrong),
    ],
)
def test_what_must_not_be_reached_is_refused(url, refusal, tmp_path):
    with pytest.raises(refusal):
        databases.opened(url, "", folders_allowed=[tmp_path], networks=[])


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "drops").mkdir()
    (tmp_path / "out" / "secret.db").write_bytes(b"")
    (tmp_path / "drops" / "x.db").symlink_to(tmp_path / "out" / "secret.db")
    with pytest.raises(errors.FolderNotAllowed):
        databases.opened(
            f"sqlite:///{tmp_path / 'drops' / 'x.db'}", "", folders_allowed=[tmp_path / "drops"], networks=[]
        )


@pytest.mark.parametrize("url", ["postgresql://reader:secret@db/market", "mysql://a:b@h/x"])
def test_a_password_in_the_address_is_refused(url):
    with pytest.raises(ValueError, match="口令"):
        kinds.Sql(url=url, table="company")
