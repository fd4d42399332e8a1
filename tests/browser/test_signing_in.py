"""How people come in: the first administrator, an authenticator, a passkey; and how they are put out again."""

import re
from collections.abc import Callable
from typing import Any

from tests.browser.conftest import City
from tests.browser.people import LOGIN, NAME, PASSWORD, Human, sign_in


def test_the_first_administrator_comes_in_by_the_printed_link(first: Human) -> None:
    first.page.get_by_role("button", name=re.compile(NAME)).wait_for()
    assert len(first.codes) == 10
    assert first.page.get_by_role("navigation", name="主导航").get_by_role("link", name="人员与部门").is_visible()


def test_the_link_works_once(first: Human, human: Callable[..., Human], city: City) -> None:
    second = human()
    second.page.goto(city.link())
    second.page.get_by_text("这个链接已失效").wait_for()
    assert "#" not in second.page.url


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(first: Human, human: Callable[..., Human]) -> None:
    stranger = human()
    said = []
    for login in (LOGIN, "nobody.here"):
        stranger.go("/sign-in")
        stranger.page.get_by_label("登录名").fill(login)
        stranger.page.get_by_label("密码").fill("not the password at all")
        stranger.page.get_by_role("button", name="下一步").click()
        said.append(stranger.page.get_by_role("alert").inner_text())
    assert said[0] == said[1]
    assert "/sign-in" in stranger.page.url


def test_signing_in_by_password_and_authenticator_leads_where_one_wanted(
    first: Human, human: Callable[..., Human]
) -> None:
    me = human()
    me.secret, me.used = first.secret, first.used
    me.go("/audit")
    me.page.wait_for_url(re.compile(r"/sign-in\?next=/audit"))
    me.page.get_by_label("登录名").fill(LOGIN)
    me.page.get_by_label("密码").fill(PASSWORD)
    me.page.get_by_role("button", name="下一步").click()
    me.page.get_by_label("验证器中的 6 位数字").fill(me.code())
    me.page.get_by_role("heading", level=1, name="审计记录").wait_for()


def test_an_outside_address_is_never_gone_to_after_signing_in(first: Human) -> None:
    first.go("/sign-in?next=//example.com/")
    first.page.wait_for_url(f"{first.address}/")


def test_a_passkey_is_added_and_then_signs_in_alone(first: Human, human: Callable[..., Human]) -> None:
    me = human()
    me.secret, me.used = first.secret, first.used
    devtools = me.context.new_cdp_session(me.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    sign_in(me, LOGIN, PASSWORD)
    me.go("/account")
    me.page.get_by_role("button", name="添加通行密钥").click()
    me.step_up_if_asked()
    me.page.get_by_text("已添加通行密钥。").wait_for()

    me.page.get_by_role("button", name=re.compile("我的账户")).click()
    me.page.get_by_role("button", name="退出登录").click()
    me.page.get_by_role("button", name="用通行密钥登录").click()
    me.page.get_by_role("heading", level=1, name=re.compile("今日|现在该做什么")).wait_for()


def test_a_session_ended_elsewhere_is_put_out(first: Human, human: Callable[..., Human]) -> None:
    other = human(user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    sign_in(other, LOGIN, PASSWORD, recovery=first.codes[0])

    first.go("/account")
    row = first.page.get_by_role("row").filter(has_text="Firefox")
    row.get_by_role("button", name="结束").click()
    first.page.get_by_role("dialog", name="结束这个登录").get_by_role("button", name="结束", exact=True).click()
    first.page.get_by_text("已结束。").wait_for()

    other.page.wait_for_url(re.compile("/sign-in"), timeout=60_000)
    other.page.get_by_text("登录已结束，请重新登录。").wait_for()


def test_the_language_and_the_theme_are_kept(first: Human) -> None:
    first.go("/account")
    first.page.get_by_role("radio", name="English").check()
    first.page.get_by_role("heading", level=1, name="My account").wait_for()
    first.page.get_by_role("radio", name="Dark").check()
    first.page.reload()
    first.page.get_by_role("heading", level=1, name="My account").wait_for()
    assert "dark" in first.page.evaluate("document.documentElement.className")
    first.page.get_by_role("radio", name="中文").check()
    first.page.get_by_role("radio", name="浅色").check()


def test_nothing_was_fetched_from_outside_and_nothing_was_violated(first: Human, human: Callable[..., Any]) -> None:
    assert first.outside == []
    assert first.violations() == []
    assert first.failures == []
