"""What the deadlines pages answer: when something is due, which days are off, which rules nobody has verified."""

import re

import pytest

from tests.browser.people import Human


def test_what_if_counts_over_the_may_holiday(first: Human) -> None:
    first.go("/deadlines/what-if")
    page = first.page
    page.get_by_label("规则", exact=True).select_option("disclosure.answer")
    page.get_by_label("收到或发生的时间").fill("2026-04-27T10:00")

    page.locator(".answer b", has_text=re.compile("5 月 27 日")).wait_for()
    assert page.locator(".counted-day.counts").count() == 20
    assert page.locator(".counted-day.last").inner_text().split()[:2] == ["05/27", "20"]
    assert page.locator(".counted-day.holiday.counts").count() == 0
    assert page.locator(".counted-day.make_up.counts").count() == 1
    page.get_by_text("《中华人民共和国政府信息公开条例》").first.wait_for()
    assert "rule=disclosure.answer" in page.url


def test_a_year_shows_its_holidays_and_its_make_up_days(first: Human) -> None:
    first.go("/deadlines/calendar?year=2026")
    year = first.page.locator(".year")
    year.get_by_text(re.compile("2026-10-01 放假")).wait_for(state="attached")
    year.get_by_text(re.compile("2026-02-14 调休上班")).wait_for(state="attached")
    assert year.locator("section").count() == 12
    assert year.locator(".year-day").count() == 365


@pytest.mark.parametrize("rule", ["未核实", "已核实"])
def test_a_rule_says_whether_it_was_verified(first: Human, rule: str) -> None:
    first.go("/deadlines/rules")
    first.page.get_by_role("table").get_by_text(rule, exact=True).first.wait_for()


def test_a_rule_leads_to_its_calculation(first: Human) -> None:
    first.go("/deadlines/rules")
    row = first.page.get_by_role("row").filter(has_text="disclosure.answer")
    row.get_by_role("link", name="推算").click()
    first.page.locator(".answer b").wait_for()
    assert first.page.get_by_label("规则", exact=True).input_value() == "disclosure.answer"


def test_nothing_was_fetched_from_outside_and_nothing_was_violated(first: Human) -> None:
    assert first.outside == []
    assert first.violations() == []
    assert first.failures == []
