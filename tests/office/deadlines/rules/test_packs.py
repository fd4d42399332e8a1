"""Rule packs: what they must say, how a city overrides the nation, and that doubt is never lost."""

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from zhengtong.kernel import assets
from zhengtong.office.deadlines import errors
from zhengtong.office.deadlines.rules import Consequence, Pack, RuleBook, Unit, read_pack

FILES = sorted((assets.path("rules") / "deadlines").glob("*.yaml"))
PACKS = {pack.pack: pack for pack in (read_pack(file.read_text("utf-8"), file.name) for file in FILES)}
NATIONAL, GAOPING = PACKS["cn-national-2025"], PACKS["cn-gaoping-2024"]

MINIMAL = """
schema: 1
pack: a-city
zh: 某市规则
en: Rules of a city
place: {zh: 某市, en: a city}
rules:
  - id: sharing.answer_conditional
    zh: 答复
    en: Answer
    who: {zh: 部门, en: the department}
    starts: {zh: 收到, en: received}
    source: 某市规定
    verified: no
    limit: 5
    unit: working_days
"""


@pytest.mark.parametrize(
    ("rule", "limit", "unit", "more", "verified"),
    [
        ("sharing.catalogue_update", 10, Unit.WORKING_DAYS, 5, False),
        ("sharing.catalogue_review", 2, Unit.WORKING_DAYS, None, False),
        ("sharing.answer_unconditional", 1, Unit.WORKING_DAYS, None, False),
        ("sharing.answer_conditional", 10, Unit.WORKING_DAYS, 10, False),
        ("sharing.provide_data", 20, Unit.WORKING_DAYS, None, False),
        ("sharing.correction", 10, Unit.WORKING_DAYS, None, False),
        ("sharing.personal_question", 30, Unit.CALENDAR_DAYS, None, False),
        ("licence.tell_incomplete", 5, Unit.WORKING_DAYS, None, True),
        ("licence.decide", 20, Unit.WORKING_DAYS, 10, True),
        ("licence.decide_joint", 45, Unit.WORKING_DAYS, 15, True),
        ("licence.deliver", 10, Unit.WORKING_DAYS, None, True),
        ("disclosure.answer", 20, Unit.WORKING_DAYS, 20, True),
        ("disclosure.clarify", 7, Unit.WORKING_DAYS, None, True),
        ("disclosure.third_party_opinion", 15, Unit.WORKING_DAYS, None, True),
        ("rating.contact_bad", 1, Unit.WORKING_DAYS, None, False),
        ("emergency.acknowledge", 5, Unit.MINUTES, None, False),
        ("security.report_flaw", 24, Unit.HOURS, None, True),
    ],
)
def test_the_national_pack_says_what_the_law_says(
    rule: str, limit: int, unit: Unit, more: int | None, verified: bool
) -> None:
    found = RuleBook((NATIONAL,)).rule(rule).rule
    assert (found.limit, found.unit, found.extension.most if found.extension else None) == (limit, unit, more)
    assert found.verified is verified


def test_what_the_law_lets_happen_is_in_the_pack() -> None:
    book = RuleBook((NATIONAL,))
    assert book.rule("licence.tell_incomplete").rule.on_expiry is Consequence.DEEMED_ACCEPTED
    assert book.rule("emergency.acknowledge").rule.on_expiry is Consequence.NEXT_CONTACT
    assert {g.id for g in book.rule("licence.decide").rule.stops} == {
        "hearing",
        "tender",
        "inspection",
        "expert_review",
    }


@pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.pack)
def test_no_rule_of_the_sharing_decree_pretends_to_be_verified_and_every_verified_one_names_its_article(
    pack: Pack,
) -> None:
    for rule in pack.rules:
        assert rule.article or not rule.verified
        assert not (rule.verified and "809" in rule.source)


def test_a_city_overrides_the_nation_rule_by_rule_and_what_it_loosens_is_marked() -> None:
    book = RuleBook((NATIONAL, GAOPING))
    answer = book.rule("sharing.answer_conditional")
    assert (answer.rule.limit, answer.pack, answer.overrides) == (5, "cn-gaoping-2024", NATIONAL.rules[3])
    assert not answer.looser_than_national
    assert book.rule("sharing.answer_unconditional").looser_than_national
    assert book.rule("licence.decide").pack == "cn-national-2025"
    assert book.rule("sharing.publish_and_answer").overrides is None


@given(st.permutations(list(PACKS.values())))
def test_the_last_pack_that_has_a_rule_wins(packs: list[Pack]) -> None:
    book = RuleBook(tuple(packs))
    for standing in book:
        last = [pack for pack in packs if any(rule.id == standing.rule.id for rule in pack.rules)][-1]
        assert standing.pack == last.pack
        assert standing.rule in last.rules


def test_a_rule_that_no_pack_has_is_not_found() -> None:
    with pytest.raises(errors.RuleNotFound):
        RuleBook((NATIONAL,)).rule("sharing.never")


def test_a_minimal_pack_gets_sensible_defaults() -> None:
    (rule,) = read_pack(MINIMAL).rules
    assert rule.warn_before == 1
    assert rule.on_expiry is Consequence.ESCALATE
    assert rule.in_force_from is None


@pytest.mark.parametrize(
    ("change", "where", "told"),
    [
        (("verified: no", "verified: yes"), "sharing.answer_conditional", "article"),
        (("limit: 5", "limit: 0"), "sharing.answer_conditional.limit", "greater"),
        (("unit: working_days", "unit: fortnights"), "sharing.answer_conditional.unit", "working_days"),
        (("source: 某市规定", "sauce: 某市规定"), "sharing.answer_conditional.s", ""),
        (("limit: 5", "limit: 5\n    warn: 5"), "sharing.answer_conditional", "shorter"),
        (("limit: 5", "limit: 5\n    limit: 6"), "line", "twice"),
        (("schema: 1", "schema: 2"), "schema", "1"),
        (("pack: a-city", "pack: A City"), "pack", "pattern"),
        (("limit: 5", "limit: 5\n    direction: before\n    stops: [{id: x, zh: x, en: x}]"), "sharing", "before"),
        (("limit: 5", "limit: 5\n    ladder: [{after: 3, to: leader}, {after: 1, to: leader}]"), "sharing", "ladder"),
        (("rules:", "rules: ["), "line", ""),
    ],
)
def test_a_faulty_pack_is_refused_naming_rule_and_place(change: tuple[str, str], where: str, told: str) -> None:
    with pytest.raises(errors.PackWrong) as wrong:
        read_pack(MINIMAL.replace(*change))
    assert any(field.name.startswith(where) and told in field.en for field in wrong.value.fields)


def test_a_rule_given_twice_is_refused() -> None:
    content = yaml.safe_load(MINIMAL)
    content["rules"] *= 2
    with pytest.raises(errors.PackWrong) as wrong:
        read_pack(yaml.safe_dump(content))
    assert "twice" in wrong.value.fields[0].en


def test_a_pack_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(errors.PackWrong):
        read_pack("just words")


def test_the_decree_is_not_applied_to_what_was_received_before_it() -> None:
    assert all(rule.in_force_from == date(2025, 8, 1) for rule in NATIONAL.rules if "809" in rule.source)
