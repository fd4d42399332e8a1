"""The one spec of the text index, on SQLite and PostgreSQL."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import MetaData
from sqlalchemy.orm import Session

from zhengtong import engines
from zhengtong.engines import search
from zhengtong.engines.search import Entry, Question
from zhengtong.engines.search.columns import PlaceLost, asking, open_indexing
from zhengtong.engines.search.postgres import open_postgres
from zhengtong.engines.search.sqlite import open_sqlite
from zhengtong.kernel.db import Database

pytestmark = pytest.mark.both_databases
TABLES = MetaData()
INDEX = search.Index("spec_thing", metadata=TABLES)

PAID = Entry(
    "1",
    "企业纳税信息",
    code="3070100101/000012",
    labels=("SJ-3102", "Tax paid by firms", "税务局"),
    parts=("纳税人识别号 taxpayerId", "税额 amount_fen"),
    text="按月汇集本市企业已缴税款",
    facets=["state=3", "topic=财税", "office=tax"],
    marks=("DE-0001",),
    weight=5,
)
FIRMS = Entry(
    "2",
    "企业登记信息",
    code="3070100102/000001",
    labels=("Register of firms", "市场监管局"),
    parts=("统一社会信用代码 uscc", "名称 name", "是否纳税 is_taxpayer"),
    text="市场主体的登记事项",
    facets=["state=3", "topic=市场", "office=market"],
    marks=("DE-0001", "DE-0002"),
    weight=9,
)
WAGES = Entry(
    "3",
    "工资薪金",
    labels=("税务局",),
    parts=("公民身份号码 id_number",),
    text="扣缴义务人申报的工资薪金，与企业纳税一并申报",
    facets=["state=1", "topic=财税", "office=tax"],
    marks=("DE-0003",),
)
BANK = Entry("4", "重庆银行账户", facets=["state=3", "topic=金融", "topic=财税", "office=bank"])
ALL = (PAID, FIRMS, WAGES, BANK)


@pytest.fixture
def index(database: Database) -> Iterator[Database]:
    TABLES.drop_all(database.engine)
    if database.is_sqlite:
        with database.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS spec_thing_fts")
    TABLES.create_all(database.engine)
    yield database
    TABLES.drop_all(database.engine)


def put(database: Database, *entries: Entry) -> None:
    with database.write() as session:
        engines.search_of(session).put(session, INDEX, entries)


def ask(database: Database, text: str = "", **more: object) -> search.Answer:
    with database.read() as session:
        return engines.search_of(session).find(session, INDEX, Question(text=text, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ["2", "1", "3", "4"]),
        ("企业", ["2", "1", "3"]),
        ("企", ["2", "1", "3"]),
        ("息", ["2", "1"]),
        ("企业纳税信息", ["1"]),
        ("纳税", ["1", "2", "3"]),
        ("纳税 企业", ["1", "2", "3"]),
        ("ｔａｘ", ["1", "2"]),
        ("TAXPAYERID", ["1"]),
        ("taxpayer", ["2", "1"]),
        ("fen", ["1"]),
        ("SJ-3102", ["1"]),
        ("sj3102", ["1"]),
        ("3070100101/000012", ["1"]),
        ("000012", ["1"]),
        ("税务局 tax", ["1"]),
        ("qynsxx", ["1"]),
        ("nsxx", ["1"]),
        ("nashui", ["1"]),
        ("chongqing", ["4"]),
        ("yhzh", ["4"]),
        ("yinhang", ["4"]),
        ("uscc", ["2"]),
        ("没有这个", []),
        ("!?，。", []),
        ('" OR 1 *', []),
        ("' & | :*", []),
        ("{title}: x", []),
    ],
)
@pytest.mark.parametrize("read", [0, asking.READ], ids=["index asked", "few read"])
def test_what_is_put_is_found_best_first(
    index: Database, text: str, keys: list[str], read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "READ", read)
    put(index, *ALL)
    answer = ask(index, text)
    assert (answer.keys, answer.total, answer.after) == (keys, len(keys), None)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("企业纳说信息", "1"),
        ("企业纳税新息", "1"),
        ("企业税信息", "1"),
        ("企业纳的税信息", "1"),
        ("企业税纳信息", "1"),
        ("纳税入识别号", "1"),
        ("taxpyaerid", "1"),
        ("texpayerid", "1"),
        ("amuont", "1"),
        ("qynxsx", "1"),
        ("chongqinyinhang", "4"),
        ("工资新金", "3"),
    ],
)
def test_one_slip_is_forgiven(index: Database, text: str, key: str) -> None:
    put(index, *ALL)
    answer = ask(index, text)
    assert key in answer.keys
    assert answer.forgiven


@pytest.mark.parametrize("text", ["企业纳说新息", "纳说", "3070100101/000013", "tqxpyaerid", "ta2", "tx"])
def test_two_slips_short_words_and_numbers_are_not_forgiven(index: Database, text: str) -> None:
    put(index, *ALL)
    assert ask(index, text).keys == []


def test_the_name_itself_comes_before_names_that_begin_so_and_these_before_the_rest(index: Database) -> None:
    names = ["本市企业名录", "企业名录汇编", "企业名录", "其他"]
    put(index, *(Entry(str(n), name, text="企业名录" if name == "其他" else "") for n, name in enumerate(names)))
    assert ask(index, "企业名录").keys == ["2", "1", "0", "3"]
    put(index, Entry("9", "街道", code="企业名录"))
    assert ask(index, "企业名录").keys[:2] == ["9", "2"]


def test_words_may_be_sought_in_parts_alone_and_marks_exactly(index: Database) -> None:
    put(index, *ALL)
    assert ask(index, parts="纳税").keys == ["2", "1"]
    assert ask(index, "登记", parts="纳税").keys == ["2"]
    assert ask(index, marks=("DE-0001",)).keys == ["2", "1"]
    assert ask(index, marks=("de-0001", "DE-0002")).keys == ["2"]
    assert ask(index, marks=("DE-000",)).keys == []
    assert ask(index, "0001").keys == [], "a mark is no word"


def test_facets_narrow_and_each_counts_as_if_it_were_not_chosen(index: Database) -> None:
    put(index, *ALL)
    answer = ask(index, chosen={"topic": ("财税",)}, count=("topic", "state", "none"))
    assert answer.keys == ["1", "3", "4"]
    assert answer.facets == {"topic": {"财税": 3, "市场": 1, "金融": 1}, "state": {"3": 2, "1": 1}, "none": {}}
    both = ask(index, "企业", chosen={"topic": ("财税", "市场"), "state": ("3",)}, count=("topic", "state"))
    assert both.keys == ["2", "1"]
    assert both.facets == {"topic": {"财税": 1, "市场": 1}, "state": {"3": 2, "1": 1}}
    assert ask(index, chosen={"topic": ("没有",)}).keys == []


def test_what_is_not_allowed_is_neither_found_nor_counted(index: Database) -> None:
    put(index, *ALL)
    allowed = [("state", "3"), ("office", "tax")]
    assert ask(index, "企业", allowed=allowed).keys == ["2", "1", "3"]
    hidden = ask(index, allowed=[("office", "bank")], count=("topic",))
    assert (hidden.keys, hidden.total, hidden.facets) == (["4"], 1, {"topic": {"金融": 1, "财税": 1}})
    assert ask(index, "企业纳说信息", allowed=[("office", "bank")]).keys == []
    assert ask(index, allowed=[]).total == 0


@pytest.mark.parametrize("text", ["", "街道", "jd", "街"])
def test_pages_show_each_once_in_order(index: Database, text: str) -> None:
    put(index, *(Entry(f"{n:03}", f"街道{'事务' * (n % 3)}{n}", weight=n % 7) for n in range(120)))
    whole = ask(index, text, limit=200).keys
    assert len(whole) == 120
    got, after = [], None
    while page := ask(index, text, limit=7, after=after):
        got += page.keys
        after = page.after
        assert page.total == 120
        if after is None:
            break
    assert got == whole


@pytest.mark.parametrize("after", ["x", "bnVsbA==", "WzEsIFsxLCAyXV0=", "W10=", "5Lit"])
def test_a_page_position_that_is_none_is_told(index: Database, after: str) -> None:
    put(index, *ALL)
    with pytest.raises(PlaceLost):
        ask(index, "企业", after=after)
    page = ask(index, "企业", limit=1)
    with pytest.raises(PlaceLost):
        ask(index, "", after=page.after)


def test_signs_that_stand_between_entries_do_no_harm_in_what_one_says(index: Database) -> None:
    put(index, Entry("1", "企业纳税名册", labels=["a\x1eb\x1fc\0d"], facets=["topic=财\x1e税\0"]))
    answer = ask(index, "企业纳说名册", count=("topic",))
    assert (answer.keys, answer.forgiven, answer.facets) == (["1"], True, {"topic": {"财 税 ": 1}})


def test_what_is_put_again_is_as_it_was_put_last(index: Database) -> None:
    put(index, *ALL)
    assert ask(index, "纳税").total == 3
    put(index, Entry("1", "企业缴税信息", facets=["topic=新"]))
    assert ask(index, "纳税").keys == ["2", "3"]
    assert ask(index, "qyjsxx").keys == ["1"]
    assert ask(index, "3070100101/000012").keys == []
    assert ask(index, count=("topic",)).facets["topic"] == {"市场": 1, "财税": 2, "金融": 1, "新": 1}


def test_what_is_removed_is_not_found_and_may_come_back(index: Database) -> None:
    put(index, *ALL)
    ask(index)
    with index.write() as session:
        engines.search_of(session).remove(session, INDEX, ["1", "unknown"])
    assert ask(index, "企业").keys == ["2", "3"]
    assert ask(index, "企业纳税").keys == ["3"]
    assert ask(index, "SJ-3102").keys == []
    assert ask(index, count=("topic",)).facets["topic"] == {"市场": 1, "财税": 2, "金融": 1}
    put(index, PAID)
    assert ask(index, "SJ-3102").keys == ["1"]


def test_a_transaction_sees_what_it_wrote_and_others_see_it_once_it_stands(index: Database) -> None:
    put(index, FIRMS)
    assert ask(index, "企业").keys == ["2"]
    with pytest.raises(ZeroDivisionError), index.write() as session:
        found = engines.search_of(session)
        found.put(session, INDEX, [PAID])
        assert found.find(session, INDEX, Question("企业", count=("topic",))).facets["topic"] == {"财税": 1, "市场": 1}
        assert found.find(session, INDEX, Question("企业")).keys == ["2", "1"]
        raise ZeroDivisionError
    assert ask(index, "企业", count=("topic",)).facets["topic"] == {"市场": 1}
    assert ask(index, "企业").keys == ["2"]


def test_a_rebuild_leaves_what_it_put_and_takes_out_the_rest(index: Database) -> None:
    put(index, *ALL)
    with index.read() as session:
        before = engines.search_of(session).version(session, INDEX)
    put(index, PAID, BANK)
    with index.write() as session:
        assert engines.search_of(session).sweep(session, INDEX, before=before) == 2
    assert ask(index).keys == ["1", "4"]


def test_what_was_written_after_others_were_read_stays(index: Database) -> None:
    put(index, *ALL)
    with index.read() as session:
        read = engines.search_of(session).version(session, INDEX)
    put(index, Entry("1", "河道巡查"), Entry("5", "车辆"))
    with index.write() as session:
        found = engines.search_of(session)
        found.remove(session, INDEX, ["2"])
        worked_out = found.work_out([*ALL, Entry("5", "房屋"), Entry("6", "道路")])
        found.put(session, INDEX, worked_out, since=read)
    assert (ask(index, "河道").keys, ask(index, "SJ-3102").keys) == (["1"], [])
    assert (ask(index, "企业登记").keys, ask(index, "房屋").keys, ask(index, "车辆").keys) == ([], [], ["5"])
    assert (ask(index, "重庆").keys, ask(index, "道路").keys) == (["4"], ["6"])


WORDS = st.text(st.sampled_from("企业纳税登记信息名录重庆银行aAbB19_-/ ，é龘𠀀\u3007"), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(titles=st.lists(WORDS, min_size=1, max_size=6), texts=st.lists(WORDS, max_size=6), data=st.data())
def test_every_piece_of_what_is_put_is_found_and_of_what_is_removed_is_not(
    index: Database, titles: list[str], texts: list[str], data: st.DataObject
) -> None:
    entries = [Entry(str(n), title, text="\n".join(texts)) for n, title in enumerate(titles)]
    picked = data.draw(st.sampled_from(entries))
    source = data.draw(st.sampled_from([picked.title, *texts]))
    asked = search.runs(source)
    with Session(index.engine) as session:
        session.info["topics"] = set()
        session.connection(execution_options={"zt_write": True})
        found = engines.search_of(session)
        found.put(session, INDEX, entries)
        for run in asked:
            start = data.draw(st.integers(0, len(run) - 1)) if search.IS_HAN.match(run) else 0
            piece = run[start : data.draw(st.integers(start + 1, len(run)))]
            assert picked.key in found.find(session, INDEX, Question(piece)).keys, piece
        found.remove(session, INDEX, [picked.key])
        assert picked.key not in found.find(session, INDEX, Question(source, limit=50)).keys
        assert picked.key not in found.find(session, INDEX, Question(limit=50)).keys
        session.rollback()


PIECES = st.lists(st.sampled_from(["企业", "纳税", "税", "tax", "taxpayer", "name", "é", "Ⅷ"]), max_size=3).map(
    " ".join
)
ENTRIES = st.builds(
    Entry,
    key=st.sampled_from("abcd"),
    title=PIECES,
    parts=st.lists(PIECES, max_size=2),
    text=PIECES,
    weight=st.integers(0, 2),
)
WRITTEN = st.lists(st.lists(ENTRIES, max_size=3, unique_by=lambda one: one.key) | st.sampled_from("abcd"), max_size=6)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=WRITTEN)
def test_what_is_remembered_while_entries_change_is_what_is_asked_anew(index: Database, steps: list[object]) -> None:
    """Each question is put to the one index all along, and to one that has just been opened."""
    with index.write() as session:
        engines.search_of(session).remove(session, INDEX, "abcd")
    for step in [[], *steps]:
        with index.write() as session:
            found = engines.search_of(session)
            found.remove(session, INDEX, step) if isinstance(step, str) else found.put(session, INDEX, step)  # type: ignore[arg-type]
            before = asked_all(found, session)  # what is not committed is seen, and forgotten again
        with index.read() as session:
            matcher = open_sqlite() if session.get_bind().dialect.name == "sqlite" else open_postgres()
            assert (
                before == asked_all(engines.search_of(session), session) == asked_all(open_indexing(matcher), session)
            )


def asked_all(found: search.Search, session: Session) -> list[list[str]]:
    questions = ("企业", "企", "tax", "tax name", "纳税 企业", "taxpa", "字段", "纳说 企业", "viii")
    asked = [Question(text=one, limit=9) for one in questions] + [Question(parts="tax", limit=9)]
    return [found.find(session, INDEX, one).keys for one in asked]
