"""What is seen only on the way: the first administrator's steps, an import with errors, dialogs that lie upon drawers.

Each walk goes through its states once and calls `shot(name)` at each; the photographer takes every size and theme there.
"""

import re
from collections.abc import Callable
from typing import Any

import pyotp

Shot = Callable[[str], None]
PEOPLE = """姓名,登录名,部门,职务,角色,手机,邮箱
何小满,he.xiaoman,{city},科员,经办人,13900000000,he@example.org
林晚,,{city},经办人,经办人,,
没有部门的人,nobody.here,不存在的局,科员,经办人,,
错号码,bad.phone,{city},科员,没有的角色,12,not-an-address
,no.name,{city},科员,经办人,,
"""


def first_administrator(page: Any, link: str, shot: Shot) -> None:
    """From the printed link to the home page of an empty city."""
    page.goto(link)
    page.locator("input[name=name]").wait_for()
    shot("first-link")
    page.locator("input[name=name]").fill("李明")
    page.locator("input[name=login]").fill("li.ming")
    page.locator("input[name=password]").fill("password1234")
    page.locator("button[type=submit]").click()
    page.locator("[role=alert], .field-error").first.wait_for()
    shot("first-weak-password")
    page.locator("input[name=password]").fill("kite over the long bridge 47")
    page.locator("button[type=submit]").click()
    page.locator(".way").first.wait_for()
    shot("set-up-ways")
    page.locator(".way").last.click()
    secret = page.locator(".totp-secret").inner_text().replace(" ", "")
    shot("set-up-totp")
    page.locator("input[name=code]").fill("000000")
    page.locator("[role=alert]").first.wait_for()
    shot("set-up-totp-wrong")
    page.locator("input[name=code]").fill(pyotp.TOTP(secret).now())
    page.locator(".codes li").first.wait_for()
    shot("set-up-codes")
    page.locator("input[type=checkbox]").check()
    page.locator(".open-body .btn.primary").click()
    page.wait_for_url(re.compile(r"/$"))
    page.locator("main").get_by_role("heading").first.wait_for()
    shot("first-home")
    for name, path in (("empty-catalogue", "/catalogue"), ("empty-intake", "/intake"), ("empty-quality", "/quality")):
        page.goto(re.sub(r"^(\w+://[^/]+).*", rf"\1{path}", link))
        page.locator("main").get_by_role("heading").first.wait_for()
        page.wait_for_timeout(500)
        shot(name)


def import_with_errors(page: Any, address: str, shot: Shot) -> None:
    """A table of people in which rows are wrong, up to the question before it is written."""
    page.goto(f"{address}/people/import")
    page.locator("input[type=file]").first.wait_for(state="attached")
    tree = page.evaluate("fetch('/api/v1/departments/tree').then((answer) => answer.json())")
    text = PEOPLE.format(city=tree["nodes"][0]["name_zh"])
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": text.encode("utf-8-sig")}
    page.locator("input[type=file]").first.set_input_files(file)
    page.wait_for_url(re.compile(r"/people/import/[0-9a-f-]{36}"))
    page.locator("table tbody tr").first.wait_for()
    shot("import-preview")
    page.locator(".tabs a").last.click()
    page.wait_for_timeout(400)
    shot("import-errors")
    page.locator(".head .btn.primary").click()
    page.get_by_role("dialog").wait_for()
    shot("import-confirm")
    page.keyboard.press("Escape")


def drawers(page: Any, address: str, shot: Shot) -> None:
    """Dialogs upon drawers: a person is put out of service, a system's rights are changed."""
    page.goto(f"{address}/people")
    page.locator(".row-link").first.click()
    page.get_by_role("dialog").locator("dl").first.wait_for()
    page.locator(".drawer .btn.danger").last.click()
    page.wait_for_timeout(400)
    shot("person-deactivate")
    page.keyboard.press("Escape")
    page.goto(f"{address}/service-accounts")
    if page.locator(".row-link").count() == 0:
        page.wait_for_timeout(1500)
    if page.locator(".row-link").count():
        page.locator(".row-link").first.click()
        page.get_by_role("dialog").locator("dl").first.wait_for()
        page.wait_for_timeout(300)
        shot("system")
        page.locator(".drawer section").last.locator(".btn").first.click()
        page.wait_for_timeout(400)
        shot("system-grants")
        page.keyboard.press("Escape")
    page.goto(f"{address}/account")
    page.locator(".factors .btn").last.wait_for()
    page.locator(".factors .btn.danger").first.click()
    page.wait_for_timeout(400)
    shot("factor-removed")
    page.keyboard.press("Escape")


WALKS: dict[str, Callable[[Any, str, Shot], None]] = {"import": import_with_errors, "drawers": drawers}
