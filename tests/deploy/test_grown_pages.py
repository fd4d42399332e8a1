"""The grown city at a browser: the front is nginx, two processes answer in turns, the sessions and the ledger are the same behind both."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.people import Human, sign_in, verified_in_the_page
from tests.chromium import CHROMIUM, STATIC
from tests.deploy.people import Agreed, Staff, proven
from tools import verify
from tools.grown import Grown
from zhengtong_client.answers import Answer

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(CHROMIUM is None or not STATIC.exists(), reason="no Chromium, or the pages are not built"),
]


@pytest.fixture(scope="module")
def staff_at(chromium: Any, city: Grown) -> Iterator[Callable[[str], Human]]:
    """Somebody of the demo's, signed in at a browser of their own by the pages."""
    kept = json.loads((city.data / "demo.json").read_text("utf-8"))
    secrets = {one["login"]: one["totp"] for one in kept["accounts"]}
    opened: list[Human] = []

    def arrive(login: str) -> Human:
        someone = Human.arrive(chromium, city.address)
        opened.append(someone)
        someone.secret = secrets[login]
        sign_in(someone, login, kept["password"])
        return someone

    yield arrive
    for someone in opened:
        someone.leave()


def test_a_call_is_followed_from_the_agreement_to_its_proof(
    staff_at: Callable[[str], Human], staff: Staff, agreed: Agreed, ask: Callable[[int], Answer], tmp_path: Path
) -> None:
    answer = ask(1)
    gu = staff_at("guyizhou")
    gu.go(f"/sharing/agreements/{agreed.id}")
    gu.page.get_by_role("img", name="每日调用").wait_for()
    gu.go(f"/sharing/calls?agreement={agreed.number}&outcome=served")
    gu.page.get_by_role("row").get_by_role("link").first.click()
    gu.page.get_by_role("heading", level=1, name="回执").wait_for()
    verified_in_the_page(gu, tmp_path)
    assert gu.violations() == gu.failures == gu.outside == []
    _followed(staff_at("chendao"), staff, answer.receipt_id, tmp_path)


def _followed(auditor: Human, staff: Staff, receipt: str, folder: Path) -> None:
    """The auditor's thread of the call: every proof holds, in the page and without the city."""
    proven(staff, receipt)
    auditor.go(f"/thread/receipt/{receipt}")
    page = auditor.page
    page.locator(".step").first.wait_for()
    page.get_by_role("button", name="检查全部证明").click()
    page.get_by_text("步全部成立").wait_for()
    with page.expect_download() as taken:
        page.get_by_role("button", name="取走整条证明").click()
    file = folder / "thread.jsonl"
    taken.value.save_as(file)
    assert re.search(r"\d+ 条记录都在", verify.verify_file(str(file), needed=0))
    assert auditor.violations() == auditor.failures == auditor.outside == []


def test_a_page_goes_on_while_the_process_that_gave_it_is_killed(city: Grown, staff_at: Callable[[str], Human]) -> None:
    """One signs in once: whichever process answers next knows it."""
    shen = staff_at("shenruochuan")
    for name in ("app1", "app2"):
        city.kill(name)
        shen.go("/catalogue")
        shen.page.get_by_role("main").get_by_role("heading").first.wait_for()
        shen.page.get_by_role("main").get_by_role("link", name=re.compile("个人所得税|税")).first.wait_for()
        city.start(name)
    assert shen.violations() == shen.outside == []
