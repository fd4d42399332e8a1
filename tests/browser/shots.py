"""Photographs every page of a running demo, 1440 and 390 wide, light and dark, in both languages, into shots/.

zhengtong demo --data DATA --port 8655 &
python -m tests.browser.shots http://localhost:8655 --data DATA --password …
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.browser.conftest import CHROMIUM, FLAGS

PAGES = {
    "home": "/",
    "people": "/people",
    "person": "person",
    "import": "/people/import",
    "roles": "/roles",
    "service-accounts": "/service-accounts",
    "audit": "/audit",
    "audit-line": "audit",
    "account": "/account",
    "notices": "/notices",
    "preferences": "/notices/preferences",
    "announcements": "/announcements",
    "deliveries": "/deliveries",
    "deadlines": "/deadlines",
    "operations": "/operations",
    "jobs": "/operations/jobs",
    "events": "/operations/events",
    "timers": "/operations/timers",
    "settings": "/operations/settings",
    "lost": "/nowhere",
}
SIZES: dict[str, Any] = {"1440": {"width": 1440, "height": 900}, "390": {"width": 390, "height": 844}}


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


def look(page: Any, path: str, address: str) -> None:
    if path == "person":
        page.goto(f"{address}/people")
        page.locator(".row-link").first.click()
    elif path == "audit":
        page.goto(f"{address}/audit")
        page.locator(".row-link").first.click()
    else:
        page.goto(f"{address}{path}")
    page.wait_for_timeout(900)


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
    for name, path in PAGES.items():
        if given.only and name not in given.only:
            continue
        look(page, path, given.address)
        page.screenshot(path=given.out / f"{name}-{size}-{theme}-{language}.png", full_page=size == "390")
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
    asked.add_argument("--sizes", nargs="*", default=list(SIZES))
    asked.add_argument("--themes", nargs="*", default=["light", "dark"])
    asked.add_argument("--languages", nargs="*", default=["zh", "en"])
    given = asked.parse_args()
    given.out.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport=SIZES["1440"], locale="zh-CN")
        page = context.new_page()
        page.goto(f"{given.address}/sign-in")
        page.wait_for_timeout(600)
        page.screenshot(path=given.out / "sign-in-1440-light-zh.png")
        sign_in(page, given)
        state = context.storage_state()
        for size in given.sizes:
            for theme in given.themes:
                for language in given.languages:
                    shoot(browser, given, state, size, theme, language)
        browser.close()


if __name__ == "__main__":
    main()
