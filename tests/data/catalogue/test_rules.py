"""The rules of the catalogue: the life cycle, 就高从严, share basis, markings of secrets, differences, promises, codes, sheets."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.data import standards
from zhengtong.data.catalogue import errors, queries, rules
from zhengtong.data.catalogue.queries import importing
from zhengtong.data.catalogue.rules import Content, FieldContent, State

LADDER = queries.LADDER
LEVELS = st.sampled_from(LADDER)
KNOWN = queries.vocabulary()
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,11}", fullmatch=True)
LINES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=20)
FIELDS = st.builds(
    FieldContent,
    name=NAMES,
    name_zh=LINES,
    type=st.sampled_from("CDTB"),
    level=LEVELS,
    length=st.none() | st.integers(1, 4000),
    is_key=st.booleans(),
    required=st.booleans(),
    meaning=LINES,
)
CONTENTS = st.builds(
    Content,
    name_zh=LINES.filter(bool),
    abstract=LINES,
    share_type=st.sampled_from(sorted(KNOWN.words["share_types"])),
    update_cycle=st.sampled_from(sorted(KNOWN.words["update_cycles"])),
    level=LEVELS | st.just(""),
    fields=st.lists(FIELDS, max_size=6, unique_by=lambda one: one.name).map(tuple),
)


@pytest.mark.parametrize(
    ("deed", "steps"),
    [
        ("submit", {"created": "publish_in_review", "publish_rejected": "publish_in_review"}),
        ("recall", {"publish_in_review": "created"}),
        ("publish", {"publish_in_review": "published"}),
        ("send_back", {"publish_in_review": "publish_rejected"}),
        ("ask_withdrawal", {"published": "withdrawal_in_review", "withdrawal_rejected": "withdrawal_in_review"}),
        ("drop_withdrawal", {"withdrawal_in_review": "published"}),
        ("withdraw", {"withdrawal_in_review": "withdrawn"}),
        ("refuse_withdrawal", {"withdrawal_in_review": "withdrawal_rejected"}),
        ("reopen", {"withdrawn": "created"}),
        ("delete", {"created": "deleted", "publish_rejected": "deleted", "withdrawn": "deleted"}),
    ],
)
def test_each_deed_leads_from_its_states_alone(deed: str, steps: dict[str, str]) -> None:
    table = queries.life_cycle()
    found = {state.value: after.value for state in State if (after := rules.step(table, state, deed))}
    assert found == steps


def test_the_states_carry_the_codes_that_operators_know() -> None:
    codes = {state.code: state.label.zh for state in queries.life_cycle().states.values()}
    assert codes == {
        0: "已创建",
        1: "发布待审核",
        2: "发布已驳回",
        3: "已发布",
        4: "撤销待审核",
        5: "撤销已驳回",
        6: "已撤销",
        7: "已删除",
    }


@pytest.mark.parametrize("spoil", ["lost", "twice", "unknown"])
def test_a_table_that_does_not_hold_together_is_refused_when_read(spoil: str) -> None:
    told = {**queries.pack("lifecycle")}
    if spoil == "lost":
        told["deeds"] = {name: one for name, one in told["deeds"].items() if name != "withdraw"}
    elif spoil == "twice":
        told["states"] = {**told["states"], "deleted": {"code": 6, "zh": "x", "en": "x"}}
    else:
        told["states"] = {name: one for name, one in told["states"].items() if name != "deleted"}
    with pytest.raises(rules.LifeCycleWrong):
        rules.read_life_cycle(told)


@given(CONTENTS)
def test_an_item_is_as_sensitive_as_its_strictest_field_or_more(content: Content) -> None:
    level = LADDER.index(rules.level_of(content, LADDER, least=LADDER[0]))
    assert all(LADDER.index(one.level) <= level for one in content.fields)
    assert level in {LADDER.index(one.level) for one in content.fields} | {LADDER.index(content.level or LADDER[0]), 0}
    declared = dataclasses.replace(content, level=LADDER[level])
    assert not rules.is_too_low(declared, LADDER, least=LADDER[0])
    lower = dataclasses.replace(content, level=LADDER[level - 1])
    strict = any(LADDER.index(one.level) == level for one in content.fields)
    assert rules.is_too_low(lower, LADDER, least=LADDER[0]) is (strict and level > 0)


def test_the_ladder_is_that_of_standards() -> None:
    assert tuple(level.value for level in standards.Level) == LADDER


@pytest.mark.parametrize(
    ("share_type", "basis", "text", "lacks"),
    [
        ("refused", "law", "《中华人民共和国统计法》第九条", False),
        ("refused", "regulation", "《某某条例》第三条", False),
        ("refused", "state_council", "《国务院关于……的决定》", False),
        ("refused", "law", "统计法第九条", True),
        ("refused", "policy", "《某局办法》", True),
        ("refused", "sensitive", "《中华人民共和国统计法》第九条", True),
        ("refused", "", "", True),
        ("conditional", "", "", False),
        ("unconditional", "", "", False),
    ],
)
def test_only_a_law_a_regulation_or_the_state_council_can_keep_an_item_from_sharing(
    share_type: str, basis: str, text: str, lacks: bool
) -> None:
    one = Content("甲", share_type=share_type, share_basis=basis, share_basis_text=text)
    assert rules.lacks_basis(one, KNOWN) is lacks


@pytest.mark.parametrize(
    ("text", "marking"),
    [
        ("绝密★长期", "绝密★长期"),
        ("机密★10年", "机密★10年"),
        ("秘密★6个月", "秘密★6个月"),
        ("　机 密 ★ 5 年　", "机密★5年"),
        ("机密☆", "机密☆"),
        ("关于……的报告\n秘密★3年\n正文", "秘密★3年"),
        ("密级：机密", "密级:机密"),
        ("密级:工作秘密", "密级:工作秘密"),
        ("机密", "机密"),
        ("【秘密】关于……", "【秘密】"),
        ("工作秘密", "工作秘密"),
        ("工作秘密★1年", "工作秘密★1年"),
        ("（工作秘密）关于……的函", "(工作秘密)"),
        ("《中华人民共和国保守国家秘密法》", None),
        ("侵犯商业秘密的处罚依据", None),
        ("商业秘密", None),
        ("商业秘密★★★★★", None),
        ("保护工作秘密的规定", None),
        ("机密级计算机的数量", None),
        ("密级标识的格式", None),
        ("五角星★好评", None),
        ("", None),
        (None, None),
    ],
)
def test_secrets_are_known_by_their_marking_forms_and_not_by_the_word(text: str | None, marking: str | None) -> None:
    assert rules.marking_in([text], queries.markings()) == marking


def test_a_refused_secret_names_the_legal_reason() -> None:
    with pytest.raises(errors.SecretMarking) as refused:
        queries.refuse_secrets(["无", "机密★10年"])
    assert "国务院令第809号" in refused.value.say("zh")
    assert "secrets" in refused.value.say("en")


@given(CONTENTS)
def test_what_is_kept_reads_back_the_same_and_differs_in_nothing(content: Content) -> None:
    assert Content.of(content.told()) == content
    assert rules.difference(content, content) == []


@given(CONTENTS, CONTENTS)
def test_a_difference_names_exactly_the_fields_that_came_and_went(before: Content, after: Content) -> None:
    changes = rules.difference(before, after)
    old, new = ({one.name for one in content.fields} for content in (before, after))
    gone = {one.field for one in changes if one.what == "field" and one.after is None}
    fresh = {one.field for one in changes if one.what == "field" and one.before is None}
    assert (gone, fresh) == (old - new, new - old)
    assert bool(changes) is (before != after)
    assert not gone or rules.is_breaking(changes)


@pytest.mark.parametrize(
    ("change", "breaking"),
    [
        ({"type": "N", "length": None}, True),
        ({"length": 10}, True),
        ({"length": 30}, False),
        ({"length": None}, False),
        ({"code_list": "gbt-2261.1"}, True),
        ({"meaning": "说明"}, False),
        ({"level": "general_4"}, False),
        ({"name": "other"}, True),
    ],
)
def test_a_change_breaks_who_reads_the_item_when_a_field_gets_narrower(change: dict[str, Any], breaking: bool) -> None:
    one = FieldContent("uscc", "代码", "C", "general_1", length=18)
    before, after = (Content("甲", fields=(field,)) for field in (one, dataclasses.replace(one, **change)))
    assert rules.is_breaking(rules.difference(before, after)) is breaking


@pytest.mark.parametrize(
    ("before", "after", "breaking"),
    [("unconditional", "conditional", True), ("conditional", "refused", True), ("conditional", "unconditional", False)],
)
def test_sharing_less_breaks_and_sharing_more_does_not(before: str, after: str, breaking: bool) -> None:
    one, other = (Content("甲", share_type=kind) for kind in (before, after))
    assert rules.is_breaking(rules.difference(one, other)) is breaking


@given(st.from_regex(r"[0-9]{6,20}", fullmatch=True).filter(str.isascii), st.integers(1, 10**11))
def test_a_code_splits_into_what_it_was_made_of(class_code: str, number: int) -> None:
    assert rules.split_code(rules.code_for(class_code, number)) == (class_code, number)


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        ("3070100101", True),
        ("101001", True),
        ("213001", True),
        ("214001", False),
        ("901001", False),
        ("30701", False),
        ("30701A", False),
    ],
)
def test_a_class_code_names_a_known_class_and_topic(code: str, fits: bool) -> None:
    assert (rules.class_fault(code, KNOWN) is None) is fits


@given(st.sampled_from(sorted(KNOWN.words["update_cycles"])), st.timedeltas(timedelta(0), timedelta(days=900)))
def test_a_batch_keeps_the_promise_exactly_until_it_is_due(cycle: str, later: timedelta) -> None:
    last = datetime(2026, 3, 5, 1, tzinfo=UTC)
    due = rules.due_after(last, cycle, queries.promises())
    assert (due is None) is (cycle == "on_demand")
    assert rules.is_kept(due, last + later) is (due is None or last + later <= due)


@given(CONTENTS)
def test_an_item_written_to_rows_reads_back_the_same(content: Content) -> None:
    bound = [
        dataclasses.replace(one, name_zh=one.name_zh.strip(), meaning=one.meaning.strip()) for one in content.fields
    ]
    content = dataclasses.replace(content, name_zh=content.name_zh.strip() or "甲", abstract=content.abstract.strip())
    content = dataclasses.replace(content, fields=tuple(bound))
    rows = rules.item_rows({"code": "", "number": "", "department": "税务局"}, content, importing.said())
    cells = [(place, dict(zip(rules.COLUMNS, row, strict=True))) for place, row in enumerate(rows, start=2)]
    spoken = rules.Spoken(importing._words(), importing._levels(), importing._types(), {})
    (read,) = rules.read_items(cells, spoken)
    assert read.faults == []
    assert read.content == content
    assert (read.row, read.department, len(read.rows)) == (2, "税务局", len(content.fields))


def test_what_is_missing_for_publication_is_named_at_its_place() -> None:
    bare = Content(
        "甲", share_type="conditional", open_type="conditional", fields=(FieldContent("a", "", "C", LADDER[0]),)
    )
    names = [one.name for one in rules.missing_metadata(bare, KNOWN)]
    assert names == ["abstract", "class_code", "share_condition", "open_condition", "fields.0.name_zh"]


@pytest.mark.parametrize(
    ("open_type", "level", "far"),
    [
        ("unconditional", "general_1", False),
        ("unconditional", "general_2", True),
        ("conditional", "general_2", False),
        ("conditional", "general_3", True),
        ("disallowed", "core", False),
    ],
)
def test_what_may_be_opened_depends_on_the_level(open_type: str, level: str, far: bool) -> None:
    assert rules.opened_too_far(Content("甲", open_type=open_type), KNOWN, level=level) is far


def test_the_sharing_rate_of_nothing_is_unknown() -> None:
    assert rules.sharing_rate([]).share is None
