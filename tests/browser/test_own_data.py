"""“Bring your own data” in the real pages, by the demo's own accounts: each word that the tutorial has in bold is pressed, filled in or seen."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import City, start_city, stop_city
from tests.browser.people import Human, sign_in
from tests.browser.test_access import OVERFLOW, STILL
from tests.tutorials.page import DOCS, Block, Terminal, block_of, labels, reader_at

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]
PAGE, FILE, NAME = "own-data.md", "streets.csv", "乡镇街道代码"
LONG = 90_000
ELSEWHERE = {"数据库表", "消息主题", "PostgreSQL", "数据库地址", "表或视图", "Kafka", "主题", "更多设置", "Kafka 地址", "传输加密", "连接", "已暂停", "继续", "目录中已有的数据项"}  # fmt: skip
"""Of the sections on one's own database and on what goes wrong: tests/browser/test_intake.py, tests/tutorials."""


class Reader:
    """A reader at one person's browser; keeps note of the words they met."""

    def __init__(self, human: Human, met: set[str]) -> None:
        self.human, self.page, self.met = human, human.page, met

    def press(self, name: str, *, within: Any = None, role: str = "button") -> None:
        self.met.add(name)
        (within or self.page).get_by_role(role, name=name, exact=True).first.click()

    def fill(self, name: str, value: str, *, within: Any = None) -> None:
        self.met.add(name)
        (within or self.page).get_by_label(name, exact=True).first.fill(value)

    def see(self, name: str, *, within: Any = None) -> None:
        self.met.add(name)
        (within or self.page).get_by_text(name).first.wait_for()

    def settle(self, button: str, *, over: str = "") -> None:
        """Confirms what the page asks before it does it."""
        asked = self.page.get_by_role("dialog", name=re.compile(over or button))
        asked.get_by_role("button", name=button, exact=True).click()
        self.human.step_up_if_asked()
        asked.wait_for(state="hidden")

    def fits(self) -> None:
        """Nothing past the edge on the desk or on a phone, nothing against the policy."""
        for width in (1440, 390):
            self.page.set_viewport_size({"width": width, "height": 900})
            assert self.page.evaluate(OVERFLOW) == []
        self.page.set_viewport_size({"width": 1440, "height": 900})
        assert self.human.violations() == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reader")


@pytest.fixture(scope="module")
def city(folder: Path) -> Iterator[City]:
    """The demo city, as the tutorial has it."""
    city = start_city(folder / "data-demo", "demo", more={"ZT_INTAKE__FREE_MB": "0"})
    yield city
    stop_city(city)


@pytest.fixture(scope="module")
def terminal(folder: Path) -> Terminal:
    return reader_at(folder)


block = partial(block_of, PAGE)


@pytest.fixture(scope="module")
def met() -> set[str]:
    return set()


@pytest.fixture(scope="module")
def reader(human: Callable[..., Human], city: City, terminal: Terminal, met: set[str]) -> Callable[[str], Reader]:
    """`reader(login)`: at that person's browser, signed in with the demo's password and a code of the tutorial's command."""
    kept = json.loads((city.data / "demo.json").read_text("utf-8"))
    secrets = {one["login"]: one["totp"] for one in kept["accounts"]}
    known: dict[str, Reader] = {}

    def arrive(login: str) -> Reader:
        if login not in known:
            someone = human(**STILL)
            someone.secret = secrets[login]
            someone.page.set_default_timeout(LONG)
            sign_in(someone, login, kept["password"])
            known[login] = Reader(someone, met)
        return known[login]

    return arrive


def test_the_tutorial_is_walked_to_its_end(
    reader: Callable[[str], Reader], city: City, folder: Path, terminal: Terminal, met: set[str]
) -> None:
    expect.set_options(timeout=LONG)
    terminal.run(block("export ZT_KERNEL__DATA=$PWD"))
    assert re.match(r"\d{6}\n", terminal.run(block("demo code")))
    shen, zhou, gu = reader("shenruochuan"), reader("zhouqiming"), reader("guyizhou")
    brought_in(shen)
    mended(shen)
    code = listed(shen)
    published(zhou, code)
    assert "落湖 2  隔离 0" in terminal.run(block("intake load"), {"ITEM": code})
    system, key = registered(zhou, terminal.run(block("openssl genpkey")))
    applied(gu)
    number = agreed(gu, shen)
    called(gu, terminal, {"SYSTEM": system, "KEY_ID": key, "AGREEMENT": number, "CITY": city.address})
    verified(gu, terminal, folder)
    assert labels(PAGE) - met == ELSEWHERE
    for one in (shen, zhou, gu):
        assert one.human.outside == []
        assert one.human.failures == []


def brought_in(shen: Reader) -> None:
    shen.human.go("/")
    shen.press("数据接入", role="link")
    shen.press("接入数据源", role="link")
    shen.met.add("上传文件")
    shen.page.get_by_role("radio", name=re.compile("上传文件")).check(force=True)
    shen.fill("名称", NAME)
    shen.fits()
    shen.press("连接并试取")
    shen.page.locator("input[type=file]").set_input_files(DOCS / FILE)
    shen.page.get_by_role("heading", name="试取十行").wait_for()
    shen.fits()
    shen.press("对应到数据项")
    shen.met.add("按这个来源起草新数据项")
    shen.page.get_by_label("按这个来源起草新数据项").check()
    shen.met.add("类和主题")
    shen.page.get_by_label("类和主题", exact=True).select_option(label="基础信息资源 / 自然资源和空间地理")
    shen.page.get_by_label(re.compile("摘要")).fill("福建省乡镇街道的代码和名称")
    shen.see("系统提出的字段")
    expect(shen.page.locator(".drafted li")).to_have_count(5)
    shen.fits()
    shen.press("定计划")
    shen.press("保存并运行")
    shen.page.wait_for_url(re.compile(r"/intake/runs/[0-9a-f-]{36}"))
    expect(shen.page.locator(".head .tag")).to_have_text("已入库", timeout=LONG)
    shen.met.add("已入库")
    shen.page.get_by_text("共读取 1,171 行，入库 1,166 行").wait_for()
    shen.fits()


def mended(shen: Reader) -> None:
    shen.see("隔离区")
    row = shen.page.get_by_role("listitem").filter(has_text="第 1,")
    expect(row).to_have_count(4)
    shen.see("有把握")
    shen.press("改好并重放 1 行")
    expect(row).to_have_count(3)
    for before, field, after in (("小数", "cityCode", "3509"), ("长", "code", "350902103")):
        one = row.filter(has_text=field)
        if one.get_by_role("button", name="看原值").count():
            one.get_by_role("button", name="看原值").click()
            shen.human.step_up_if_asked()
        one.get_by_label(re.compile("改成")).fill(after)
        shen.press("改好重放", within=one)
        expect(one).to_have_count(0)
        assert before
    shen.met.add("看原值")
    row.get_by_role("checkbox").check()
    shen.see("导出隔离行")
    shen.press("放弃")
    asked = shen.page.get_by_role("dialog", name="放弃")
    asked.get_by_role("textbox").fill("数源部门没有名称")
    asked.get_by_role("button", name="放弃 1 行").click()
    expect(row).to_have_count(0)


def listed(shen: Reader) -> str:
    """The item's code."""
    shen.press("去补全、送审", role="link")
    shen.see("摘要")
    shen.fill("共享条件", "用于业务办理中核对地址")
    shen.met.add("字段")
    for card, name in zip(
        shen.page.locator(".draft-field").all(), ("代码", "名称", "区县代码", "省代码", "市代码"), strict=True
    ):
        card.get_by_label("字段", exact=True).fill(name)
    shen.fits()
    shen.press("提交审核")
    shen.page.wait_for_url(re.compile(r"/catalogue/[0-9a-f-]{36}$"))
    found = re.search(r"103001/\d{6}", shen.page.locator(".head").inner_text())
    assert found
    return found[0]


def published(zhou: Reader, code: str) -> None:
    zhou.human.go("/")
    zhou.press("数据目录", role="link")
    zhou.met.add("审核")
    zhou.page.get_by_role("link", name=re.compile(r"^审核( \d+)?$")).click()
    zhou.page.locator(".review-pick").filter(has_text=NAME).click()
    zhou.page.get_by_role("heading", name=NAME).wait_for()
    zhou.press("审核通过并发布")
    zhou.settle("审核通过并发布")
    assert code


def registered(zhou: Reader, public: str) -> tuple[str, str]:
    """The account's number and its key's."""
    zhou.human.go("/")
    zhou.press("服务账号", role="link")
    zhou.page.get_by_role("button", name="稳岗补贴经办系统").click()
    drawer = zhou.page.get_by_role("dialog", name="稳岗补贴经办系统")
    zhou.press("添加密钥", within=drawer)
    before = ids(drawer)
    drawer.get_by_label("SM2 公钥").fill(public)
    drawer.locator("form").get_by_role("button", name="添加密钥").click()
    zhou.human.step_up_if_asked()
    expect(drawer.locator("form")).to_have_count(0)
    [key] = [one for one in ids(drawer) if one not in before]
    zhou.see("服务账号编号", within=drawer)
    zhou.see("密钥编号", within=drawer)
    zhou.see("能做什么", within=drawer)
    zhou.press("修改", within=drawer)
    asked = zhou.page.get_by_role("dialog", name=re.compile("能做什么$"))
    asked.get_by_role("button", name="添加权限").click()
    asked.get_by_label("权限", exact=True).last.select_option(label="查看数据服务与调用记录")
    asked.get_by_role("button", name="保存").click()
    zhou.human.step_up_if_asked()
    return before[0], key


def ids(drawer: Any) -> list[str]:
    """The account's own number, then those of its keys."""
    told = [one.inner_text() for one in drawer.locator("code").all()]
    return [one for one in told if re.fullmatch(r"[0-9a-f-]{36}", one)]


def applied(gu: Reader) -> None:
    gu.human.go("/catalogue")
    gu.page.get_by_role("searchbox").first.fill(NAME)
    gu.page.get_by_role("link", name=NAME).first.click()
    gu.press("申请使用", role="link")
    gu.met.add("用途")
    gu.page.get_by_label("用途", exact=True).select_option(label="数据核对")
    gu.fill("使用依据", "《云溪市稳岗补贴办法》第六条")
    gu.fill("使用场景", "核对企业注册地址")
    gu.page.get_by_role("button", name="下一步：选字段").click()
    gu.page.get_by_role("checkbox", name="名称", exact=True).check()
    gu.page.get_by_role("button", name="下一步：方式与期限").click()
    gu.fill("每日从", "00:00")
    gu.fill("到", "23:59")
    for words in ("只在工作日", "每次调用带受理号"):
        gu.met.add(words)
        gu.page.get_by_label(words, exact=True).uncheck()
    gu.met.add("本部门保证")
    gu.page.get_by_label("本部门保证").check()
    gu.page.get_by_text("可以提交").wait_for()
    gu.fits()
    gu.press("核对并提交")
    gu.page.wait_for_url(re.compile(r"/sharing/applications/[0-9a-f-]{36}$"))
    gu.press("核对通过")
    asked = gu.page.get_by_role("dialog", name="核对通过")
    asked.get_by_role("textbox").fill("确需")
    gu.settle("核对通过")


def agreed(gu: Reader, shen: Reader) -> str:
    """The agreement's number."""
    shen.human.go("/")
    shen.press("申请与协议", role="link")
    shen.page.get_by_role("link", name=re.compile(NAME)).first.click()
    shen.press("答复")
    dialog = shen.page.get_by_role("dialog", name="答复")
    for box in dialog.get_by_role("checkbox").all():
        box.check()
    shen.press("送出答复", within=dialog)
    shen.met.add("看协议")
    shen.page.get_by_role("link", name=re.compile("看协议")).click()
    shen.page.wait_for_url(re.compile(r"/sharing/agreements/[0-9a-f-]{36}$"))
    path = shen.page.url.removeprefix(shen.human.address)
    for one in (shen, gu):
        one.human.go(path)
        one.press("签署", within=one.page.locator(".head"))
        asked = one.page.get_by_role("dialog", name="用本部门密钥签署")
        for box in asked.get_by_role("checkbox").all():
            box.check()
        one.settle("签署", over="用本部门密钥签署")
    gu.human.go(path)
    gu.see("生效中", within=gu.page.locator("h1"))
    found = re.search(r"XY-\d{4}-\d{4}", gu.page.locator(".head").inner_text())
    assert found
    return found[0]


def called(gu: Reader, terminal: Terminal, own: dict[str, str]) -> None:
    """By the page's script, by the console's, by the client."""
    gu.human.go("/")
    gu.press("数据服务", role="link")
    row = gu.page.get_by_role("row").filter(has_text=NAME)
    for _ in range(120):
        if "副本生成中" not in row.inner_text():
            break
        gu.page.wait_for_timeout(1000)
        gu.page.reload()
    row.get_by_role("link").click()
    gu.see("怎样调用")
    gu.fits()
    shown = gu.page.locator(".service-code").first.inner_text()
    script = (
        shown.replace("服务账号编号", own["SYSTEM"]).replace("密钥编号", own["KEY_ID"]).replace("示例", "350902001")
    )
    terminal.run(block("export SYSTEM=…"), own)
    for code in (block("ZT-HMAC-SM3-2"), Block("sh", script)):
        assert "蕉南街道" in terminal.run(code)
    assert "蕉南街道" in terminal.run(block("zhengtong_client"))


def verified(gu: Reader, terminal: Terminal, folder: Path) -> None:
    gu.human.go("/")
    gu.press("联盟链与回执", role="link")
    gu.met.add("下载验证程序")
    with gu.page.expect_download() as taken:
        gu.page.get_by_text("下载验证程序").click()
    taken.value.save_as(folder / "verify.py")
    assert terminal.run(block("verify.py")).count("✓") == 2
    gu.human.go("/sharing/calls")
    gu.page.get_by_role("row").filter(has_text=NAME).get_by_role("link").first.click()
    gu.see("来龙去脉")
