"""Somebody at a browser: what they do, and what the browser noticed meanwhile."""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyotp

STEP_S = 30
PATIENCE_MS = 60_000  # what a busy machine may take for what takes a moment
NAME, LOGIN, PASSWORD = "李明", "li.ming", "kite over the long bridge 47"
WATCH = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.__violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@dataclass
class Human:
    """One browser context with one page."""

    context: Any
    page: Any
    address: str
    secret: str = ""
    codes: list[str] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    outside: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @classmethod
    def arrive(cls, browser: Any, address: str, **options: Any) -> "Human":
        context = browser.new_context(
            **{"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": {"width": 1440, "height": 900}, **options}
        )
        context.add_init_script(WATCH)
        context.set_default_timeout(PATIENCE_MS)
        human = cls(context, context.new_page(), address)
        host = urlsplit(address).netloc
        human.page.on(
            "request",
            lambda request: (
                human.outside.append(request.url)
                if urlsplit(request.url).scheme in ("http", "https", "ws", "wss")
                and urlsplit(request.url).netloc != host
                else None
            ),
        )
        human.page.on("pageerror", lambda error: human.failures.append(str(error)))
        human.page.on("console", lambda line: human._heard(line))
        return human

    def _heard(self, line: Any) -> None:
        refused = re.search(r"Failed to load resource.*status of 4\d\d", line.text)
        if line.type == "error" and not refused:
            self.failures.append(line.text)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def code(self) -> str:
        """A code of the authenticator that was not used yet: this half minute's or the next one's, which is taken too."""
        step = max(int(time.time()) // STEP_S, *(one + 1 for one in self.used), 0)
        while step > int(time.time()) // STEP_S + 1:
            time.sleep(0.5)
        self.used.add(step)
        return pyotp.TOTP(self.secret).at(step * STEP_S)

    def step_up(self) -> None:
        """Gives the second factor when the dialog asks for it."""
        dialog = self.page.get_by_role("dialog", name="请再确认一次是您本人")
        dialog.wait_for()
        dialog.get_by_label("验证器中的 6 位数字").fill(self.code())
        dialog.wait_for(state="hidden")

    def step_up_if_asked(self) -> None:
        """Gives the second factor if the last one is too old for this; goes on as soon as neither is awaited."""
        dialog = self.page.get_by_role("dialog", name="请再确认一次是您本人")
        try:
            dialog.wait_for(timeout=1500)
        except Exception as waited:
            if type(waited).__name__ != "TimeoutError":
                raise
            return
        self.step_up()

    def violations(self) -> list[str]:
        found: list[str] = self.page.evaluate("window.__violations ?? []")
        return found

    def leave(self) -> None:
        self.context.close()


def administrator(human: Human, link: str) -> Human:
    """This will create the first administrator by the link, with an authenticator, and arrive at the home page."""
    page = human.page
    page.goto(link)
    page.get_by_label("姓名").fill(NAME)
    page.get_by_label("登录名").fill(LOGIN)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="创建并继续").click()
    page.get_by_role("button", name=re.compile("验证器 App")).click()
    human.secret = page.locator(".totp-secret").inner_text().replace(" ", "")
    page.get_by_label("验证器中的 6 位数字").fill(human.code())
    page.locator(".codes li").first.wait_for()
    human.codes = [code.inner_text() for code in page.locator(".codes li").all()]
    page.get_by_label("我已把恢复码存放在安全的地方").check()
    page.get_by_role("button", name="完成").click()
    page.get_by_role("heading", level=1, name=re.compile("今日|现在该做什么")).wait_for()
    return human


def verified_in_the_page(human: Human, folder: Path) -> Path:
    """This will take the receipt away from its page, and have the ledger's page verify it; the file."""
    page, file = human.page, folder / "receipt.json"
    with page.expect_download() as taken:
        page.get_by_role("button", name="下载回执").click()
    taken.value.save_as(file)
    human.go("/ledger")
    page.locator("input[type=file]").set_input_files(file)
    told = page.locator(".verify .note").first
    told.wait_for()
    assert "在。" in told.inner_text(), told.inner_text()
    return file


def sign_in(human: Human, login: str, password: str, *, recovery: str = "") -> None:
    """This will sign in by password and authenticator, or a recovery code."""
    page = human.page
    human.go("/sign-in")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="下一步").click()
    if recovery:
        page.get_by_role("button", name="改用恢复码").click()
        page.get_by_label("恢复码").fill(recovery)
        page.get_by_role("button", name="验证", exact=True).click()
    else:
        page.get_by_label("验证器中的 6 位数字").fill(human.code())
    page.get_by_role("navigation", name="主导航").wait_for()
