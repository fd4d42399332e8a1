"""Every page for everybody: axe (WCAG 2.2 AA), nothing wider than the screen, strict policy, own origin; light, dark, wide, phone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.people import Human

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = [
    "/",
    "/people",
    "/people/import",
    "/roles",
    "/service-accounts",
    "/audit",
    "/account",
    "/notices",
    "/notices/preferences",
    "/announcements",
    "/deliveries",
    "/deadlines",
    "/deadlines/rules",
    "/deadlines/what-if?rule=disclosure.answer&at=2026-04-30T10:00",
    "/deadlines/calendar",
    "/operations",
    "/operations/jobs",
    "/operations/events",
    "/operations/timers",
    "/operations/settings",
    "/sharing/applications",
    "/sharing/asking",
    "/sharing/exchanges",
    "/sharing/leaks",
    "/ledger",
    "/happenings",
    "/no/such/page",
]
SIZES: dict[str, dict[str, Any]] = {
    "1440": {"viewport": {"width": 1440, "height": 900}},
    "390": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "zoomed": {"viewport": {"width": 720, "height": 450}},
}
pytestmark = pytest.mark.soak  # what each page is made of is tested where it is used
STILL = {"color_scheme": "light", "reduced_motion": "reduce"}
COLOURS = ["color-contrast", "link-in-text-block"]  # all that a theme can break
STANDS = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
  () => Promise.allSettled(document.getAnimations().map((one) => one.finished)).then(() => done()))))"""
OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth
  const scrolls = (element) => {
    for (let up = element; up; up = up.parentElement) {
      if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(up).overflowX) && up !== document.body) return true
      if (getComputedStyle(up).position === 'fixed') return true
    }
    return false
  }
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > wide + 0.5 && !scrolls(element.parentElement))
    .filter((element) => getComputedStyle(element).position !== 'absolute' || element.offsetWidth > 1)
    .map((element) => `${element.tagName}.${element.className} ends at ${element.getBoundingClientRect().right}`)
}"""


def faults(page: Any) -> list[str]:
    """What axe finds, one line each with the element."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: `npm ci` in web/")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return _found(page, TAGS)


def faults_in_both(page: Any) -> list[str]:
    """What axe finds by day, and of the colours by night."""
    by_day = faults(page)
    _dressed(page, "dark")
    by_night = _found(page, COLOURS)
    _dressed(page, "light")
    return by_day + [f"dark: {fault}" for fault in by_night]


def _dressed(page: Any, scheme: str) -> None:
    """The page in these colours, once it has heard of them: on a busy machine that is later than the browser."""
    page.emulate_media(color_scheme=scheme)
    page.locator("html.dark" if scheme == "dark" else "html:not(.dark)").wait_for(state="attached")


def _found(page: Any, rules: list[str]) -> list[str]:
    """Of the page once it stands: a button that has just been let go of is half of one colour, half of the other."""
    page.evaluate(STANDS)
    found = page.evaluate(f"axe.run(document, {{ runOnly: {json.dumps(rules)}, resultTypes: ['violations'] }})")
    return [
        f"{one['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.fixture(scope="module", params=SIZES)
def reader(request: pytest.FixtureRequest, human: Callable[..., Human], first: Human) -> Human:
    """The administrator's session in a browser of that size."""
    options = {**STILL, **SIZES[request.param]}
    return human(**options, storage_state=first.context.storage_state())


def settle(human: Human, path: str) -> None:
    human.go(path)
    human.page.locator("main").get_by_role("heading").first.wait_for()
    expect(human.page.locator(".skeleton")).to_have_count(0, timeout=60_000)
    human.page.wait_for_timeout(150)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_clean(reader: Human, path: str) -> None:
    settle(reader, path)
    assert faults_in_both(reader.page) == []
    assert reader.page.evaluate(OVERFLOW) == []
    assert reader.violations() == []


@pytest.mark.parametrize("path", ["/sign-in", "/first-administrator"])
@pytest.mark.parametrize("size", SIZES)
def test_a_page_before_signing_in_is_clean(human: Callable[..., Human], first: Human, path: str, size: str) -> None:
    stranger = human(**STILL, **SIZES[size])
    settle(stranger, path)
    assert faults_in_both(stranger.page) == []
    assert stranger.page.evaluate(OVERFLOW) == []
    assert stranger.violations() == []


DIALOGS = [
    ("/people", "添加人员"),
    ("/people", "添加部门"),
    ("/roles", "添加角色"),
    ("/account", "修改密码"),
    ("/announcements", "写一条公告"),
]


@pytest.mark.parametrize(("path", "verb"), DIALOGS, ids=[verb for _, verb in DIALOGS])
def test_an_open_dialog_is_clean_and_closes_by_escape(reader: Human, path: str, verb: str) -> None:
    settle(reader, path)
    reader.page.get_by_role("button", name=verb).first.click()
    dialog = reader.page.get_by_role("dialog")
    dialog.wait_for()
    reader.page.wait_for_timeout(150)
    assert faults_in_both(reader.page) == []
    assert reader.page.evaluate(OVERFLOW) == []
    reader.page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def test_a_drawer_is_clean_and_gives_the_focus_back(reader: Human) -> None:
    settle(reader, "/people")
    reader.page.locator(".row-link").first.click()
    reader.page.get_by_role("dialog").locator("dl").first.wait_for()
    reader.page.wait_for_timeout(150)
    assert faults_in_both(reader.page) == []
    reader.page.keyboard.press("Escape")
    reader.page.get_by_role("dialog").wait_for(state="hidden")


def test_all_of_it_came_from_the_own_origin(reader: Human) -> None:
    assert reader.outside == []
    assert reader.failures == []
