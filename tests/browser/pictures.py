"""The readmes' and the manual's pictures, of a demo that has lived for some minutes: docs/pictures/NAME.png, and NAME.en.png in English.

zhengtong demo --data DATA --port 8655 &
python -m tests.browser.pictures http://localhost:8655 --data DATA --password …
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.browser.shots import LOCALES, sign_in
from tests.chromium import CHROMIUM, FLAGS

OUT = Path(__file__).parents[2] / "docs" / "pictures"
SIZE: Any = {"width": 1280, "height": 800}
Step = Callable[[Any, str], None]


def at(path: str) -> Step:
    """The page at this path."""
    return lambda page, address: page.goto(f"{address}{path}")


def opened(path: str, pressed: str = ".row-link") -> Step:
    """What opens where something is pressed on the page at this path."""

    def go(page: Any, address: str) -> None:
        page.goto(f"{address}{path}")
        page.locator(pressed).first.click()
        page.wait_for_load_state("networkidle")

    return go


def thread(page: Any, address: str) -> None:
    """The thread of the newest call."""
    calls = page.request.get(f"{address}/api/v1/share/calls?outcome=served&limit=1").json()["items"]
    page.goto(f"{address}/thread/receipt/{calls[0]['receipt_id']}")


PICTURES: dict[str, Step] = {
    "home": at("/"),
    "thread": thread,
    "agreement": opened("/sharing/agreements"),
    "sources": at("/intake"),
    "quarantine": at("/intake/quarantine"),
    "catalogue": at("/catalogue"),
    "item": opened("/catalogue?q=企业纳税信息", ".hit-link"),
    "quality": at("/quality"),
    "applications": at("/sharing/applications"),
    "service": opened("/sharing/services"),
    "ledger": at("/ledger"),
    "deadlines": at("/deadlines"),
}


# Who looks: the administrator, but for the home page, which is a leader's.
LOOKS = {"home": "heqing"}


def take(browser: Any, given: argparse.Namespace, state: Any, language: str, names: list[str]) -> None:
    """These pictures in one language, light."""
    context = browser.new_context(viewport=SIZE, storage_state=state, locale=LOCALES[language], reduced_motion="reduce")
    chosen = f"localStorage.setItem('zt.theme', 'light'); localStorage.setItem('zt.language', '{language}')"
    context.add_init_script(chosen)
    page = context.new_page()
    page.goto(f"{given.address}/account")
    page.get_by_role("radio", name="English" if language == "en" else "中文").check()
    page.locator(f"html[lang|={language}]").wait_for()
    page.wait_for_load_state("networkidle")
    for name in names:
        PICTURES[name](page, given.address)
        page.locator("main").get_by_role("heading").first.wait_for()
        page.locator(".skeleton").first.wait_for(state="detached", timeout=60_000)
        page.wait_for_timeout(1000)
        page.screenshot(path=OUT / f"{name}{'.en' if language == 'en' else ''}.png")
    context.close()


def main() -> None:
    from playwright.sync_api import sync_playwright

    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("address")
    asked.add_argument("--data", type=Path, required=True)
    asked.add_argument("--login", default="zhouqiming")
    asked.add_argument("--password", required=True)
    asked.add_argument("--only", nargs="*", default=[])
    given = asked.parse_args()
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for login in (given.login, *set(LOOKS.values())):
            names = [one for one in given.only or PICTURES if LOOKS.get(one, given.login) == login]
            page = browser.new_context(viewport=SIZE, locale="zh-CN").new_page()
            sign_in(page, argparse.Namespace(**{**vars(given), "login": login}))
            for language in LOCALES if names else ():
                take(browser, given, page.context.storage_state(), language, names)
        browser.close()


if __name__ == "__main__":
    main()
