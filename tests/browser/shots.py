"""Photographs every page of a running demo, 1440 and 390 wide, light and dark, in both languages, into shots/; and what is seen
only on the way (walks.py), the first administrator's steps too if a running empty city's link is given.

zhengtong demo --data DATA --port 8655 &
zhengtong run --data EMPTY --port 8656 &
python -m tests.browser.shots http://localhost:8655 --data DATA --password … [--link http://localhost:8656/first-administrator#…]
"""

import argparse
import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

from tests.browser.walks import WALKS, first_administrator
from tests.chromium import CHROMIUM, FLAGS

PAGES = {
    "home": "/",
    "people": "/people",
    "import": "/people/import",
    "residents": "/residents",
    "firms": "/firms",
    "roles": "/roles",
    "service-accounts": "/service-accounts",
    "audit": "/audit",
    "account": "/account",
    "notices": "/notices",
    "preferences": "/notices/preferences",
    "announcements": "/announcements",
    "deliveries": "/deliveries",
    "deadlines": "/deadlines",
    "deadline-rules": "/deadlines/rules",
    "what-if": "/deadlines/what-if",
    "calendar": "/deadlines/calendar",
    "operations": "/operations",
    "jobs": "/operations/jobs",
    "events": "/operations/events",
    "timers": "/operations/timers",
    "settings": "/operations/settings",
    "standards": "/standards",
    "standard-lists": "/standards/lists",
    "catalogue": "/catalogue",
    "catalogue-reviews": "/catalogue/reviews",
    "intake": "/intake",
    "quarantine": "/intake/quarantine",
    "quality": "/quality",
    "tickets": "/quality/tickets",
    "entities": "/entities",
    "pairs": "/entities/review",
    "leads": "/leads",
    "applications": "/sharing/applications",
    "agreements": "/sharing/agreements",
    "wishes": "/sharing/wishes",
    "asking": "/sharing/asking",
    "who-may": "/sharing/asking?view=matrix",
    "services": "/sharing/services",
    "exchanges": "/sharing/exchanges",
    "files": "/sharing/files",
    "leaks": "/sharing/leaks",
    "calls": "/sharing/calls",
    "monitoring": "/sharing/monitoring",
    "ledger": "/ledger",
    "ledger-entries": "/ledger/entries",
    "ledger-members": "/ledger/members",
    "lost": "/nowhere",
}
# What opens on a page: where, and what is pressed there (a CSS selector).
OPENED = {
    "person": ("/people", ".row-link"),
    "add-person": ("/people", ".head .btn.primary"),
    "resident": ("/residents", ".row-link"),
    "add-resident": ("/residents", ".head .btn.primary"),
    "firm": ("/firms", ".row-link"),
    "element": ("/standards", ".row-link"),
    "add-role": ("/roles", ".head .btn.primary"),
    "add-system": ("/service-accounts", ".head .btn.primary"),
    "audit-line": ("/audit", ".row-link"),
    "announce": ("/announcements", ".head .btn.primary"),
    "add-duty": ("/deadlines", ".head .btn.primary"),
    "clock": ("/deadlines", ".row-link"),
    "rule-tried": ("/deadlines/rules", "a[href*='what-if?']"),
    "job": ("/operations/jobs", ".row-link"),
    "application": ("/sharing/applications", ".row-link"),
    "agreement": ("/sharing/agreements", ".row-link"),
    "service": ("/sharing/services", ".row-link"),
    "receipt": ("/sharing/calls", ".row-link"),
    "menu": ("/", "[aria-haspopup='menu']:last-of-type"),
}
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
SIZES: dict[str, Any] = {
    "1440": {"width": 1440, "height": 900},
    "390": {"width": 390, "height": 844},
    "720": {"width": 720, "height": 450},
}


def sign_in(page: Any, given: argparse.Namespace) -> None:
    page.goto(f"{given.address}/sign-in")
    page.get_by_label("登录名").fill(given.login)
    page.get_by_label("密码").fill(given.password)
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("验证器中的 6 位数字").wait_for()
    shell = [sys.executable, "-m", "zhengtong", "demo", "code", given.login]
    environment = {**os.environ, "ZT_KERNEL__DATA": str(given.data)}
    said = subprocess.run(shell, capture_output=True, text=True, check=True, env=environment).stdout
    code = next(word for word in said.split() if word.isdigit() and len(word) == 6)
    page.get_by_label("验证器中的 6 位数字").fill(code)
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_url(f"{given.address}/")


def look(page: Any, name: str, address: str) -> bool:
    """This will go to the page or open what opens there; False where there is nothing to open."""
    path, pressed = OPENED.get(name) or (PAGES[name], None)
    page.goto(f"{address}{path}")
    page.locator("main").get_by_role("heading").first.wait_for()
    page.wait_for_timeout(500)
    if pressed:
        button = page.locator(pressed)
        if not button.count():
            return False
        button.last.click() if name == "menu" else button.first.click()
        page.wait_for_timeout(500)
    return True


def shoot(browser: Any, given: argparse.Namespace, state: Any, size: str, theme: str, language: str) -> None:
    context = browser.new_context(
        viewport=SIZES[size], storage_state=state, locale="zh-CN", device_scale_factor=1, has_touch=size == "390"
    )
    context.add_init_script(
        f"localStorage.setItem('zt.theme', '{theme}'); localStorage.setItem('zt.language', '{language}')"
    )
    page = context.new_page()
    page.goto(f"{given.address}/account")
    page.get_by_role("radio", name="English" if language == "en" else "中文").check()
    for name in given.only or [*PAGES, *OPENED]:
        if look(page, name, given.address):
            whole = size != "1440" and name in PAGES
            page.screenshot(path=given.out / f"{name}-{size}-{theme}-{language}.png", full_page=whole)
    context.close()


def shoot_door(browser: Any, given: argparse.Namespace, size: str, theme: str, language: str) -> None:
    """The pages before one is signed in."""
    context = browser.new_context(viewport=SIZES[size], locale="zh-CN")
    context.add_init_script(
        f"localStorage.setItem('zt.theme', '{theme}'); localStorage.setItem('zt.language', '{language}')"
    )
    page = context.new_page()
    for name in ("sign-in", "first-administrator"):
        page.goto(f"{given.address}/{name}")
        page.wait_for_timeout(600)
        page.screenshot(path=given.out / f"{name}-{size}-{theme}-{language}.png")
    context.close()


def shoot_walks(browser: Any, given: argparse.Namespace, state: Any, language: str) -> None:
    """Each walk once; at each of its states every size and theme."""
    context = browser.new_context(viewport=SIZES["1440"], storage_state=state, locale=LOCALES[language])
    context.add_init_script(f"localStorage.setItem('zt.language', '{language}')")
    page = context.new_page()

    def shot(name: str) -> None:
        for size, theme in product(given.sizes, given.themes):
            page.set_viewport_size(SIZES[size])
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.wait_for_timeout(250)
            page.screenshot(path=given.out / f"{name}-{size}-{theme}-{language}.png")
        page.set_viewport_size(SIZES["1440"])

    if state:
        page.goto(f"{given.address}/account")
        page.get_by_role("radio", name="English" if language == "en" else "中文").check()
        for walk in WALKS.values():
            walk(page, given.address, shot)
    else:
        first_administrator(page, given.link, shot)
    context.close()


def main() -> None:
    from playwright.sync_api import sync_playwright

    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("address")
    asked.add_argument("--data", type=Path, required=True)
    asked.add_argument("--login", default="zhouqiming")
    asked.add_argument("--password", required=True)
    asked.add_argument("--out", type=Path, default=Path("shots"))
    asked.add_argument("--only", nargs="*", default=[])
    asked.add_argument("--link", help="an empty city's link for its first administrator; it is used up")
    asked.add_argument("--walks", action="store_true", help="only what is seen on the way")
    asked.add_argument("--sizes", nargs="*", default=list(SIZES))
    asked.add_argument("--themes", nargs="*", default=["light", "dark"])
    asked.add_argument("--languages", nargs="*", default=["zh", "en"])
    given = asked.parse_args()
    given.out.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport=SIZES["1440"], locale="zh-CN")
        page = context.new_page()
        sign_in(page, given)
        state = context.storage_state()
        for size, theme, language in [] if given.walks else product(given.sizes, given.themes, given.languages):
            shoot(browser, given, state, size, theme, language)
            if not given.only:
                shoot_door(browser, given, size, theme, language)
        if not given.only:
            for language in given.languages:
                shoot_walks(browser, given, state, language)
        if given.link:
            shoot_walks(browser, given, None, given.languages[0])
        browser.close()


if __name__ == "__main__":
    main()
