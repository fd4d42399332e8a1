"""Sharing as its people do it: apply, check, answer, sign on both sides; a system calls; the receipt is verified in the browser; the
person concerned sees who looked, and asks why. Each page on the way is looked at by axe, and for what is wider than the screen.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import City, start_city, stop_city
from tests.browser.people import Human, sign_in, verified_in_the_page
from tests.browser.test_access import OVERFLOW, STILL, faults
from tests.browser.two_bureaus import FIRM, PASSWORD, TOKEN, Planted, plant
from zhengtong_client import Account, Client, Denied, PrivateKey

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]
LONG = 120_000
CASE = "稳岗〔2026〕12号"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("sharing") / "data")


@pytest.fixture(scope="module")
def city(planted: Planted) -> Iterator[City]:
    """Instead of the empty city: two bureaus that have something to share."""
    city = start_city(planted.data, "run")
    yield city
    stop_city(city)


@pytest.fixture(scope="module")
def staff(human: Callable[..., Human], planted: Planted) -> Callable[[str], Human]:
    """Who works in the bureaus, each signed in at a browser of their own."""
    known: dict[str, Human] = {}

    def arrive(login: str) -> Human:
        if login not in known:
            someone = human(**STILL)
            someone.secret = planted.secrets[login]
            someone.page.set_default_timeout(LONG)
            sign_in(someone, login, PASSWORD)
            known[login] = someone
        return known[login]

    return arrive


def clean(human: Human) -> None:
    """Nothing for axe to find, nothing past the edge, nothing against the policy."""
    expect(human.page.locator(".skeleton")).to_have_count(0, timeout=LONG)
    assert faults(human.page) == []
    assert human.page.evaluate(OVERFLOW) == []
    assert human.violations() == []


def say(human: Human, button: str, dialog: str, reason: str = "") -> None:
    """Presses the button of the page and answers the question it asks."""
    human.page.locator(".head").get_by_role("button", name=button, exact=True).click()
    asked = human.page.get_by_role("dialog", name=dialog)
    if reason:
        asked.get_by_role("textbox").fill(reason)
    asked.get_by_role("button", name=button, exact=True).click()
    human.page.locator(".toast", has_text="已办。").wait_for()


@pytest.fixture(scope="module")
def application(staff: Callable[[str], Human], planted: Planted) -> str:
    """林晚 applies in three steps; the address of her application."""
    lin = staff("linwan")
    page = lin.page
    lin.go(f"/sharing/apply/{planted.item}")
    page.get_by_label("用途").select_option("job_subsidy")
    page.get_by_label("使用依据").fill("《云溪市稳岗补贴办法》第六条")
    page.get_by_label("使用场景").fill("审核企业是否符合稳岗补贴条件")
    clean(lin)
    page.get_by_role("button", name="下一步：选字段").click()
    for name, mask in (("欠税（分）", "general:100000"), ("法定代表人身份号码", "pseudonym")):
        page.get_by_role("checkbox", name=name).check()
        page.get_by_label(f"{name} 给到什么程度").select_option(mask)
    clean(lin)
    page.get_by_role("button", name="下一步：方式与期限").click()
    page.get_by_label("每日从").fill("00:00")
    page.get_by_label("到", exact=True).fill("23:59")
    page.get_by_label("只在工作日").uncheck()
    page.get_by_role("button", name="加一个条件").click()
    page.get_by_label("字段", exact=True).select_option("district")
    page.get_by_label("取值", exact=True).fill("溪东区")
    page.locator(".sharing-lines").get_by_text("所在区为“溪东区”").wait_for()
    page.get_by_text("可以提交").wait_for()
    clean(lin)
    page.get_by_label("本部门保证").check()
    page.get_by_role("button", name="核对并提交").click()
    page.wait_for_url(re.compile(r"/sharing/applications/[0-9a-f-]{36}$"))
    page.get_by_text("待本部门核对").first.wait_for()
    return page.url.removeprefix(lin.address)


@pytest.fixture(scope="module")
def agreement(staff: Callable[[str], Human], application: str) -> str:
    """Checked, answered, signed by both; the address of the agreement in force."""
    gu, shen = staff("guyizhou"), staff("shenruochuan")
    gu.go(application)
    say(gu, "核对通过", "核对通过", "确需")
    shen.go(application)
    shen.page.get_by_role("button", name="答复", exact=True).click()
    dialog = shen.page.get_by_role("dialog", name="答复")
    for box in dialog.get_by_role("checkbox").all():
        box.check()
    clean(shen)
    dialog.get_by_role("button", name="送出答复").click()
    shen.page.get_by_role("link", name=re.compile("看协议")).click()
    shen.page.wait_for_url(re.compile(r"/sharing/agreements/[0-9a-f-]{36}$"))
    path = shen.page.url.removeprefix(shen.address)
    for someone in (shen, gu):
        someone.go(path)
        someone.page.locator(".head").get_by_role("button", name="签署", exact=True).click()
        asked = someone.page.get_by_role("dialog", name="用本部门密钥签署")
        for box in asked.get_by_role("checkbox").all():
            box.check()
        asked.get_by_role("button", name="签署", exact=True).click()
        someone.step_up_if_asked()
        asked.wait_for(state="hidden")
    gu.go(path)
    gu.page.locator("h1").get_by_text("生效中").wait_for()
    return path


@pytest.fixture(scope="module")
def called(agreement: str, staff: Callable[[str], Human], planted: Planted, city: City) -> str:
    """The business system has called: once served, once refused; the agreement's number."""
    gu = staff("guyizhou")
    gu.go("/sharing/services")
    row = gu.page.get_by_role("row").filter(has_text="企业纳税信息")
    number = re.search(r"XY-\d+-\d+", row.inner_text())
    assert number
    for _ in range(60):  # the serving copy is made by a job
        if "副本生成中" not in row.inner_text():
            break
        gu.page.wait_for_timeout(1000)
        gu.page.reload()
    clean(gu)
    row.get_by_role("link").click()
    gu.page.get_by_text("约定的字段").wait_for()
    clean(gu)
    account = Account(str(planted.system), str(planted.key), PrivateKey.from_pem(planted.pem))
    with Client(city.address, account) as client:
        taxes = client.item(number[0], planted.code, purpose="job_subsidy", case=CASE)
        row_ = taxes.lookup({"uscc": FIRM}).row
        assert row_ is not None
        assert row_["owed_fen"] == "100000~200000"
        with pytest.raises(Denied):
            client.item(number[0], planted.code, purpose="job_subsidy").lookup({"uscc": FIRM})
    return number[0]


def test_a_call_is_on_the_agreements_page_and_its_receipt_is_verified_in_the_browser(
    staff: Callable[[str], Human], called: str, agreement: str, tmp_path: Path
) -> None:
    gu = staff("guyizhou")
    gu.go(agreement)
    gu.page.get_by_role("img", name="每日调用").wait_for()
    gu.page.get_by_text("近 15 天给出 1 次，拦下 1 次").wait_for()
    assert gu.page.locator(".use-refused").count() == 1
    clean(gu)
    gu.go(f"/sharing/calls?agreement={called}&outcome=served")
    clean(gu)
    gu.page.get_by_role("row").filter(has_text="企业纳税信息").get_by_role("link").first.click()
    gu.page.get_by_role("heading", level=1, name="回执").wait_for()
    clean(gu)
    file = verified_in_the_page(gu, tmp_path)
    clean(gu)
    told = json.loads(file.read_text("utf-8"))
    altered = tmp_path / "altered.json"
    altered.write_text(json.dumps({**told, "entry": told["entry"].replace('"rows":1', '"rows":0')}), "utf-8")
    gu.page.locator("input[type=file]").set_input_files(altered)
    gu.page.get_by_text("不成立。").wait_for()


def test_whether_it_may_be_read_is_answered_and_the_question_is_kept(
    staff: Callable[[str], Human], called: str, agreement: str
) -> None:
    gu = staff("guyizhou")
    gu.go(agreement)
    gu.page.get_by_role("link", name="问一问：能不能读").click()
    gu.page.get_by_label("用途").select_option("job_subsidy")
    gu.page.get_by_role("checkbox", name="欠税（分）").check()
    gu.page.get_by_label("给到什么程度").select_option("whole")
    gu.page.get_by_role("button", name="问一问", exact=True).click()
    gu.page.get_by_role("heading", name="不能读").wait_for()
    gu.page.get_by_text("怎样才能获准").wait_for()
    gu.page.get_by_label("给到什么程度").select_option("given")
    gu.page.get_by_role("button", name="问一问", exact=True).click()
    gu.page.get_by_role("heading", name="可以读").wait_for()
    clean(gu)
    gu.page.reload()  # the address holds the question
    gu.page.get_by_role("heading", name="可以读").wait_for()
    gu.page.get_by_role("button", name="问过的 2 条").click()
    gu.page.locator(".asked-list .menu-item").nth(1).click()
    gu.page.get_by_role("heading", name="不能读").wait_for()
    gu.go("/sharing/asking?view=matrix")
    gu.page.get_by_role("link", name=re.compile("可读 3 个字段")).wait_for()
    clean(gu)


def test_the_person_concerned_sees_who_looked_and_asks_why(
    human: Callable[..., Human], staff: Callable[[str], Human], called: str, city: City
) -> None:
    her = human(**STILL, **PHONE)
    her.page.set_default_timeout(LONG)
    her.context.add_cookies([{"name": "zt_session", "value": TOKEN, "url": city.address}])
    her.go("/my-data")
    use = her.page.locator(".use")
    use.get_by_text("人力资源和社会保障局 查了 企业纳税信息").wait_for()
    assert use.count() == 1
    assert FIRM not in her.page.content()
    clean(her)
    use.get_by_role("button", name="我有疑问").click()
    dialog = her.page.get_by_role("dialog", name="对这次查询有疑问")
    dialog.get_by_label("请写明").fill("我没有申请过补贴")
    clean(her)
    dialog.get_by_role("button", name="提交").click()
    use.get_by_text("待答复").wait_for()

    gu = staff("guyizhou")
    gu.go("/sharing/doubts")
    gu.page.get_by_role("button", name="我没有申请过补贴").click()
    answer = gu.page.get_by_role("dialog")
    answer.get_by_label("答复（本人会看到）").fill("单位为您申请了稳岗补贴，凭办件号查询")
    clean(gu)
    answer.get_by_role("button", name="答复", exact=True).click()
    answer.wait_for(state="hidden")
    her.page.reload()
    use.get_by_text("凭办件号查询").wait_for()


EMPTY = [
    ("/sharing/applications", "申请与协议"),
    ("/sharing/agreements", "申请与协议"),
    ("/sharing/disputes", "申请与协议"),
    ("/sharing/wishes", "申请与协议"),
    ("/sharing/exchanges", "数据服务"),
    ("/sharing/files", "数据服务"),
    ("/sharing/monitoring", "数据服务"),
    ("/ledger/entries", "联盟链与回执"),
    ("/ledger/members", "联盟链与回执"),
]


@pytest.mark.parametrize("size", [{}, PHONE], ids=["wide", "phone"])
def test_each_list_of_sharing_is_clean(
    human: Callable[..., Human], staff: Callable[[str], Human], called: str, size: dict[str, Any]
) -> None:
    reader = human(**STILL, **size, storage_state=staff("guyizhou").context.storage_state())
    reader.page.set_default_timeout(LONG)
    for path, title in EMPTY:
        reader.go(path)
        reader.page.get_by_role("heading", level=1, name=title).wait_for()
        clean(reader)
    assert reader.outside == []
    assert reader.failures == []


def test_an_exchange_is_arranged_only_under_an_agreement_for_it(staff: Callable[[str], Human], called: str) -> None:
    gu = staff("guyizhou")
    gu.go("/sharing/exchanges")
    gu.page.get_by_text("还没有库表交换").wait_for()
    gu.page.get_by_role("button", name="安排交换").click()
    dialog = gu.page.get_by_role("dialog", name="安排库表交换")
    dialog.get_by_text("没有可用的协议").wait_for()
    expect(dialog.get_by_role("button", name="安排，马上开始")).to_be_disabled()
    clean(gu)
    gu.page.keyboard.press("Escape")
    assert gu.outside == []
    assert gu.failures == []
