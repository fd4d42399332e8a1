"""The grown city's people and its business system, by HTTP alone: nothing here knows how the city keeps anything."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx
import pyotp

from tools.grown import Grown
from zhengtong import engines
from zhengtong.engines.crypto import CryptoSettings
from zhengtong_client import Account, PrivateKey

T = TypeVar("T")
ITEM, PURPOSE, CASE = "SJ-3102", "job_subsidy", "稳岗〔2026〕12号"
MASKS = {"payment_id": "full", "uscc": "full", "period": "full", "amount_fen": "general:100000"}
WAITS_S = 240
AGAIN_S = 20
LOGINS = ("linwan", "guyizhou", "shenruochuan", "zhouqiming", "chendao", "liming")


def until(asked: Callable[[], T | None], what: str, *, seconds: float = WAITS_S) -> T:
    """What `asked` gives once it gives something. Services that are away for a while are waited for."""
    end, said = time.monotonic() + seconds, ""
    while time.monotonic() < end:
        try:
            if found := asked():
                return found
        except (httpx.HTTPError, AssertionError) as failure:
            said = str(failure)[:2000]
        time.sleep(0.2)
    raise AssertionError(f"it never came: {what}. {said}")


class Desk:
    """Somebody signed in, with a cookie of their own."""

    def __init__(self, city: Grown, login: str) -> None:
        kept = json.loads((city.data / "demo.json").read_text("utf-8"))
        secret = next(one["totp"] for one in kept["accounts"] if one["login"] == login)
        self.http = httpx.Client(base_url=f"{city.address}/api/v1", timeout=60)
        self.do("/sign-in/password", {"login": login, "password": kept["password"]})
        state = self.do("/sign-in/totp", {"code": pyotp.TOTP(secret).now()})
        assert state["stage"] == "full"

    def get(self, path: str, **asked: str) -> Any:
        return _told(self.http.get(path, params=asked))

    def do(self, path: str, body: dict[str, Any], method: str = "POST") -> Any:
        return _told(self.http.request(method, path, json=body))


def _told(answer: httpx.Response) -> Any:
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:400]}"
    return answer.json() if answer.content else None


@dataclass(frozen=True)
class Agreed:
    """An agreement in force, and the account of the system that calls under it."""

    number: str
    id: str
    code: str
    account: Account


@dataclass(frozen=True)
class Staff:
    """Those who take part."""

    officer: Desk
    consumer: Desk
    provider: Desk
    administrator: Desk
    auditor: Desk
    bureau: Desk

    @classmethod
    def of(cls, city: Grown) -> "Staff":
        return cls(*(Desk(city, login) for login in LOGINS))


def agree(staff: Staff) -> Agreed:
    """From the application to an agreement that the validators have put in force."""
    item = until(lambda: _item(staff.officer), "the item of the tax bureau")
    offer = staff.officer.get(f"/sharing/items/{item['id']}/offer")
    system = offer["systems"][0]["id"]
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    terms = {
        "fields": {item["id"]: MASKS}, "purposes": [PURPOSE], "systems": [system], "valid_from": today.isoformat(),
        "valid_to": (today + timedelta(days=300)).isoformat(), "daily_quota": 1_000_000, "rate_per_second": 1000,
    }  # fmt: skip
    asked = {"item_id": item["id"], "basis": "《云溪市稳岗补贴办法》第六条", "scene": "审核稳岗补贴", "terms": terms}
    one = staff.officer.do("/sharing/applications", asked)
    path = f"/sharing/applications/{one['id']}"
    staff.officer.do(f"{path}/submit", {"warranted": True})
    passed = staff.consumer.do(f"{path}/pass", {"said": "确需"})
    answered = staff.provider.do(f"{path}/answer", {"answer": "agree", "checklist": passed["checklist"]})
    agreement = f"/sharing/agreements/{answered['agreement_id']}"
    for side in (staff.provider, staff.consumer):
        points = until(lambda side=side: _to_sign(side, agreement), "that it may be signed")  # type: ignore[misc]
        side.do(f"{agreement}/sign", {"checklist": points["to_confirm"]})
    number = until(lambda: _in_force(staff.consumer, agreement), "that it is in force")
    return Agreed(number, answered["agreement_id"], item["code"], _account(staff.administrator, system))


def proven(staff: Staff, receipt: str) -> Any:
    """The thread of a call, once every step that can be proven stands under a checkpoint."""
    asked: list[float] = []

    def whole() -> Any:
        told = staff.auditor.get(f"/thread/receipt/{receipt}")
        if told["proven"] == told["provable"]:
            return told
        if not asked or time.monotonic() - asked[-1] > AGAIN_S:  # what is anchored only then stands under the next one
            staff.administrator.do("/operations/timers/ledger.checkpoint/run", {})
            asked.append(time.monotonic())
        raise AssertionError({step["step"]: step["proof"] for step in told["steps"]})

    return until(whole, "that every step of the thread is proven")


def _item(desk: Desk) -> Any:
    found = desk.get("/catalogue/items", q=ITEM)["items"]
    return next((one for one in found if ITEM in json.dumps(one)), None)


def _to_sign(desk: Desk, agreement: str) -> Any:
    told = desk.get(agreement)
    return told if told["abilities"].get("sign") else None


def _in_force(desk: Desk, agreement: str) -> str | None:
    told = desk.get(agreement)
    return str(told["number"]) if told["status"] == "in_force" and not told["awaited"] else None


def _account(administrator: Desk, system: str) -> Account:
    """A key that only the system holds, registered by the administrator."""
    key = engines.open_crypto(CryptoSettings()).new_key()
    told = administrator.get(f"/service-accounts/{system}")
    grants = [{"permission": "gateway.read", "scope": "own"}]
    administrator.do(f"/service-accounts/{system}", {"version": told["version"], "grants": grants}, "PATCH")
    made = administrator.do(f"/service-accounts/{system}/keys", {"public_key": key.public.to_hex()})
    return Account(system, made["id"], PrivateKey.from_pem(key.to_pem()))
