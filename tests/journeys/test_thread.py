"""The whole thread with the client alone: a bureau's file → … → a governed call → the person's view; every proof verified without the city.

The consumer's system calls with `zhengtong-client` and checks its receipt; an auditor's system follows that receipt back to the batch and
takes the proofs away; the person sees the same use. `tools/verify.py` accepts each file in a process that knows nothing of the city.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from tests.cli.conftest import free_port
from tests.clients.conftest import STARTS_WITHIN_S, Served
from tests.insight.thread.place import PERSON, Place, checkpoint, plant
from tests.sharing.gateway.place import FIRMS, NUMBER
from zhengtong import app
from zhengtong.data import catalogue, intake, quality
from zhengtong.kernel import clock
from zhengtong.kernel.db import Base
from zhengtong.office import identity
from zhengtong.sharing import agreements, gateway, ledger
from zhengtong_client import Client

VERIFY = Path(__file__).parents[2] / "tools" / "verify.py"
CASE = "稳岗〔2026〕12号"
AUDITS = (
    intake.READ.name, catalogue.READ.name, quality.READ.name, agreements.READ.name, gateway.READ.name,
    gateway.RECHECK.name, "ledger.read", "ledger.export",
)  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Place]]:
    """A city behind a real socket, in which one value has gone all the way."""
    folder, port = tmp_path_factory.mktemp("thread-served"), free_port()
    chosen = app.load_settings(
        file=folder / "none.toml", environment={},
        given={
            "kernel": {"data": folder / "data", "port": port},
            "crypto": {"root_key": folder / "keys" / "root.key"},
            "ledger": {"witnesses_needed": 0},
        },
    )  # fmt: skip
    city = app.open_city(chosen)
    Base.metadata.create_all(city.database.engine)
    with city.database.write() as session:
        known = [one for room in app.CAPABILITIES for one in room.permissions]
        identity.found_city(session, name_zh="云溪市", name_en="Yunxi", permissions=known, now=clock.now())
    planted = plant(city, folder)
    server = uvicorn.Server(uvicorn.Config(app.create_app(city), host="127.0.0.1", port=port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + STARTS_WITHIN_S
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    yield Served(f"http://localhost:{port}", city, planted.caller), planted
    server.should_exit = True
    thread.join(30)


def verified(file: Path, *keys: str) -> str:
    """What the auditor's program says of a file, in a process of its own."""
    trusted = [part for key in keys for part in ("--key", key)]
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFY), str(file), *trusted], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_from_the_bureaus_file_to_the_persons_phone_every_proof_holds(
    place: tuple[Served, Place], tmp_path: Path
) -> None:
    served, planted = place
    with Client(served.address, served.caller()) as consumer:
        taxes = consumer.item(NUMBER, planted.caller.code, purpose="job_subsidy", case=CASE)
        answer = taxes.lookup({"uscc": FIRMS[0]})
        assert answer.row
        assert (answer.row["name"], answer.row["uscc"]) == ("甲**", FIRMS[0])
        checkpoint(served.city)
        receipt = consumer.receipt(answer)
        proved = receipt.verify(receipt.bundle["keys"])
        answer.check(proved)
    one, id = tmp_path / "receipt.json", json.loads(receipt.bundle["entry"])["id"]
    one.write_text(json.dumps(dict(receipt.bundle)), "utf-8")
    assert verified(one, *receipt.bundle["keys"]).startswith("✓")
    account, _ = served.account(*AUDITS)
    with Client(served.address, account) as auditor:
        _followed(auditor.http, id, planted, tmp_path, receipt.bundle["keys"])
        ledger_file = tmp_path / "ledger.jsonl"
        ledger_file.write_bytes(auditor.http.get("/api/v1/ledger/export").content)
        assert verified(ledger_file, *receipt.bundle["keys"]).startswith("✓")
    _seen_by_the_person(served.city, planted, id, tmp_path)


def _followed(http: Any, receipt: str, planted: Place, folder: Path, keys: list[str]) -> None:
    """Back from the receipt: each step with its link and its proof, all of which hold here and without the city."""
    told = http.get(f"/api/v1/thread/receipt/{receipt}").json()
    steps = {step["step"]: step for step in told["steps"]}
    assert {name: step["shown"] for name, step in steps.items()} == dict.fromkeys(steps, "open")
    assert (steps["batch"]["id"], steps["item"]["id"]) == (str(planted.batch), str(planted.item))
    assert steps["agreement"]["title"]["zh"] == NUMBER
    assert all(step["link"] for name, step in steps.items() if name != "view")
    assert (told["proven"], told["provable"]) == (5, 5)
    checked = http.get(f"/api/v1/thread/receipt/{receipt}/check").json()
    assert {step["state"] for step in checked["steps"]} == {"holds"}
    for kind, end in (("receipt", receipt), ("batch", planted.batch), ("item", planted.item), ("agreement", NUMBER)):
        file = folder / f"{kind}.jsonl"
        answer = http.get(f"/api/v1/thread/{kind}/{end}/proofs")
        assert answer.status_code == 200, answer.text
        file.write_bytes(answer.content)
        assert "7 条记录都在" in verified(file, *keys)
        assert not [value for value in (PERSON, *FIRMS, "甲公司") if value in file.read_text("utf-8")]


def _seen_by_the_person(city: app.City, planted: Place, receipt: str, folder: Path) -> None:
    """The same use on the person's own page, with its own proof."""
    site = replace(city.site, sign_in=lambda session, request, now: planted.resident())
    made = app.create_app(replace(city, site=site), work=False)
    made.state.site = site
    phone = TestClient(made)
    mine = phone.get("/api/v1/share/mine").json()
    assert receipt in [use["receipt_id"] for use in mine["items"]]
    told = phone.get(f"/api/v1/thread/use/{receipt}").json()
    assert told["steps"][-1]["said"]["zh"].endswith("查了我的企业纳税信息”")
    file = folder / "mine.jsonl"
    file.write_bytes(phone.get(f"/api/v1/thread/use/{receipt}/proofs").content)
    assert "1 条记录都在" in verified(file)


def test_the_ledger_of_the_city_is_whole_afterwards(place: tuple[Served, Place]) -> None:
    city = place[0].city
    with city.database.read() as session:
        found = ledger.check_ledger(session, origin=ledger.origin_of(city.settings), crypto=city.engines.crypto)
    assert found == []
