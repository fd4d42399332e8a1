"""What an administrator does: import people, change a role, read the audit, tell everybody."""

import re
from collections.abc import Callable
from pathlib import Path

from tests.browser.people import LOGIN, PASSWORD, Human, sign_in


def _import(human: Human, kind: str, path: Path) -> None:
    human.go("/people/import")
    human.page.get_by_role("radio", name=kind).check()
    human.page.get_by_label("选择文件").first.set_input_files(path)
    human.step_up_if_asked()
    human.page.wait_for_url(re.compile(r"/people/import/[0-9a-f-]{36}"))


def _template(human: Human, kind: str) -> list[str]:
    """The headers that the city itself proposes, so that the test needs not know them."""
    text: str = human.page.evaluate(f"fetch('/api/v1/imports/template/{kind}').then((answer) => answer.text())")
    return text.lstrip("\ufeff").splitlines()[0].split(",")


def test_people_are_imported_after_a_preview(first: Human, tmp_path: Path) -> None:
    first.go("/people")
    headers = _template(first, "people")
    known = {"姓名": ["沈若川", "林晚"], "登录名": ["shen.ruochuan", "lin.wan"], "职务": ["副局长", "经办人"]}
    city = first.page.evaluate("fetch('/api/v1/departments/tree').then((answer) => answer.json())")["nodes"][0][
        "name_zh"
    ]
    rows = []
    for at in range(2):
        cells = []
        for header in headers:
            if header in known:
                cells.append(known[header][at])
            elif "部门" in header:
                cells.append(city)
            elif "角色" in header:
                cells.append("经办人")
            else:
                cells.append("")
        rows.append(",".join(cells))
    path = tmp_path / "people.csv"
    path.write_text("\n".join([",".join(headers), *rows]), encoding="gb18030")

    _import(first, "人员", path)
    first.page.get_by_text("还没有改动任何数据").wait_for()
    first.page.get_by_role("button", name="写入 2 行").click()
    first.page.get_by_role("dialog", name="确认导入").get_by_role("button", name="确认导入").click()
    first.step_up_if_asked()
    first.page.get_by_text("已全部写入 2 行").wait_for(timeout=60_000)

    first.go("/people?q=slw")
    first.go("/people?q=林晚")
    first.page.get_by_role("button", name="林晚").wait_for()


def test_a_role_is_changed_and_the_audit_shows_before_and_after(first: Human) -> None:
    first.go("/roles")
    box = first.page.get_by_role("checkbox", name="领导: 导出审计记录")
    assert not box.is_checked()
    box.check()
    first.page.get_by_text("1 处改动未保存").wait_for()
    first.page.get_by_role("button", name="保存改动").click()
    first.page.get_by_role("dialog", name="保存改动").get_by_role("button", name="保存 1 处改动").click()
    first.step_up_if_asked()
    first.page.get_by_text("已保存，立即生效。").wait_for()

    first.go("/audit")
    line = first.page.get_by_role("row").filter(has_text="领导").filter(has_text=re.compile("角色"))
    line.first.get_by_role("button").first.click()
    detail = first.page.get_by_role("dialog")
    detail.get_by_text("前后对比").wait_for()
    detail.locator(".after", has_text="导出审计记录").wait_for()


def test_filters_stand_in_the_address_and_can_be_sent(first: Human, human: Callable[..., Human]) -> None:
    first.go("/people")
    first.page.get_by_label("查找").fill("沈")
    first.page.wait_for_url(re.compile(r"\?q="))
    first.page.reload()
    assert first.page.get_by_label("查找").input_value() == "沈"
    first.page.get_by_role("button", name="沈若川").wait_for()


def test_a_notice_appears_live_in_a_second_browser(first: Human, human: Callable[..., Human]) -> None:
    second = human()
    second.secret, second.used = first.secret, first.used
    sign_in(second, LOGIN, PASSWORD)
    second.page.get_by_role("button", name=re.compile("^消息")).wait_for()

    first.go("/notices/preferences")  # at night nothing would pop up
    first.page.get_by_label("免打扰").uncheck()
    first.page.get_by_role("button", name="保存偏好").click()
    first.page.get_by_text("偏好已保存。").wait_for()
    first.go("/announcements")
    first.page.get_by_role("button", name="写一条公告").first.click()
    dialog = first.page.get_by_role("dialog", name="写一条公告")
    dialog.get_by_label("标题").fill("周六停机维护")
    dialog.get_by_label("正文").fill("本周六 22:00 起停机两小时。")
    dialog.get_by_text(re.compile(r"将发给 \d+ 人")).wait_for()
    dialog.get_by_role("button", name="发布").click()
    first.page.get_by_role("dialog", name="发布").get_by_role("button", name="发布").click()
    first.page.get_by_text("已发布。").wait_for()

    second.page.locator(".toast", has_text="周六停机维护").wait_for(timeout=60_000)
    second.page.get_by_role("button", name=re.compile(r"消息，\d+ 条未读")).click()
    second.page.locator(".bell-item", has_text="周六停机维护").click()
    second.go("/notices")
    item = second.page.locator(".notices li", has_text="周六停机维护")
    item.get_by_role("button", name="标为未读").wait_for()


def test_a_page_is_found_by_its_initials_with_the_keyboard_alone(first: Human) -> None:
    first.go("/")
    first.page.get_by_role("heading", level=1).wait_for()
    first.page.keyboard.press("Control+k")
    first.page.keyboard.type("jsqx")
    first.page.keyboard.press("Enter")
    first.page.get_by_role("heading", level=1, name="角色与权限").wait_for()


def test_the_skip_link_is_the_first_stop_of_the_keyboard(first: Human) -> None:
    first.go("/people")
    first.page.get_by_role("heading", level=1).wait_for()
    first.page.evaluate("document.activeElement.blur()")
    first.page.keyboard.press("Tab")
    assert first.page.evaluate("document.activeElement.textContent") == "跳到正文"
    first.page.keyboard.press("Enter")
    assert first.page.evaluate("document.activeElement.id") == "main"


def test_an_address_that_does_not_exist_says_so_and_shows_the_way(first: Human) -> None:
    first.go("/no/such/page")
    first.page.get_by_text("没有这个页面").first.wait_for()
    first.page.get_by_role("link", name="回首页").click()
    first.page.wait_for_url(f"{first.address}/")


def test_losing_the_server_is_told_and_healed(first: Human) -> None:
    first.go("/people")
    first.page.get_by_role("heading", level=1).wait_for()
    first.context.set_offline(True)
    first.page.get_by_role("link", name="审计记录").first.click()
    try:
        first.page.get_by_text("连不上服务器").first.wait_for(timeout=60_000)
    finally:
        first.context.set_offline(False)
        first.failures.clear()
    first.page.get_by_role("table").first.wait_for(timeout=60_000)
    first.failures.clear()


def test_nothing_was_fetched_from_outside_and_nothing_was_violated(first: Human) -> None:
    assert first.outside == []
    assert first.violations() == []
    assert first.failures == []
