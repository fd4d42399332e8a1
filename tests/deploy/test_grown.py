"""The grown city as its people use it, and what is left of it when its parts are killed while calls go on.

PostgreSQL, Kafka, Spark, four validators, two application processes behind nginx, a worker: real ones, of this test alone. It takes minutes.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from examples import city as sample
from tests.deploy.people import ITEM, Agreed, Staff, proven, until
from tools.grown import APPLICATIONS, DEPLOY, OURS, Grown
from tools.told import ROOT
from zhengtong import app, engines
from zhengtong.data import catalogue
from zhengtong.engines.broker import BrokerAway, Message
from zhengtong.sharing import gateway, ledger
from zhengtong_client import Client, ZhengtongError
from zhengtong_client.answers import Answer

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1500)]
VERIFY = ROOT / "tools" / "verify.py"
ENOUGH = 20
Go = Callable[[], None]


def command(city: Grown, *arguments: str, **more: str) -> str:
    """What `zhengtong …` says of this city, which it must accept."""
    settings = {**city.process("worker").settings, **more}
    done = subprocess.run([OURS, *arguments], env={"PATH": "/usr/bin:/bin", **settings}, cwd=city.home,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def verified(file: Path, keys: list[str]) -> str:
    """What the auditor's program says of a file, in a process that knows nothing of the city. The demo's witnesses have stopped with the
    bureaus (see the fixture): no co-signature is asked for."""
    trusted = [part for key in keys for part in ("--key", key)]
    asked = [sys.executable, "-I", str(VERIFY), str(file), "--needed", "0", *trusted]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def opened(city: Grown) -> Iterator[app.City]:
    """The city's own database and engines, to be counted; nothing runs in this process."""
    told = city.process("worker").settings["ZT_KERNEL__DATABASE"]
    made = app.open_city(app.load_settings(file=city.config, environment={"ZT_KERNEL__DATABASE": told}))
    try:
        yield made
    finally:
        made.close()


def test_both_processes_serve_and_say_so_once(city: Grown) -> None:
    """Each by itself, and both behind the front; no header of the program's is doubled there."""
    for name in (*APPLICATIONS, "nginx"):
        answer = httpx.get(f"http://127.0.0.1:{city.ports[name]}/api/health/ready")
        assert answer.status_code == 200
        for header in ("content-security-policy", "x-content-type-options", "referrer-policy"):
            assert len(answer.headers.get_list(header)) == 1, (name, header)
    assert httpx.get(f"{city.address}/metrics").status_code == 404
    too_large = httpx.post(f"{city.address}/share/v1/agreements/x/items/y/lookup", content=b"0" * (1 << 20 | 1))
    assert (too_large.status_code, too_large.json()["code"]) == (413, "too-large")


def test_what_happens_in_one_process_is_told_by_the_other_at_once(city: Grown, staff: Staff) -> None:
    """A page that is open at one process hears of what somebody did at the other."""
    heard: dict[str, list[str]] = {name: [] for name in APPLICATIONS}
    cookies = dict(staff.consumer.http.cookies)

    def listen(name: str) -> None:
        address = f"http://localhost:{city.ports[name]}/api/v1/notices/stream"
        with suppress(httpx.HTTPError), httpx.stream("GET", address, cookies=cookies, timeout=60) as stream:
            for line in stream.iter_lines():
                heard[name].append(line)
                if "两个进程" in line:
                    return

    threads = [threading.Thread(target=listen, args=(name,), daemon=True) for name in APPLICATIONS]
    for one in threads:
        one.start()
    until(lambda: all("event: hello" in lines for lines in heard.values()), "that both streams are open")
    said = {"title": "两个进程", "body": "都应听到", "audience": {"everyone": True}}
    staff.bureau.do("/notices/broadcasts", said)
    until(lambda: all(any("两个进程" in line for line in lines) for lines in heard.values()), "the notice at both")


def test_from_the_application_to_the_receipt_and_back_along_the_thread(
    city: Grown, staff: Staff, agreed: Agreed, ask: Callable[[int], Answer], payments: list[dict[str, Any]],
    tmp_path: Path,
) -> None:  # fmt: skip
    answer = ask(0)
    assert answer.row
    assert answer.row["uscc"] == payments[0]["uscc"]
    assert "~" in answer.row["amount_fen"]
    with Client(city.address, agreed.account) as client:
        receipt = client.receipt(answer)
    proved = receipt.verify(receipt.bundle["keys"])
    answer.check(proved)
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(dict(receipt.bundle)), "utf-8")
    assert verified(file, receipt.bundle["keys"]).startswith("✓")
    _followed(staff, answer.receipt_id, tmp_path, receipt.bundle["keys"])


def _followed(staff: Staff, receipt: str, folder: Path, keys: list[str]) -> None:
    """Back from the receipt to the batch, each step with its proof, once a checkpoint is over it."""
    told = proven(staff, receipt)
    steps = {step["step"]: step for step in told["steps"]}
    assert {"source", "batch", "item", "agreement"} <= set(steps)
    assert told["provable"] >= 4
    checked = staff.auditor.get(f"/thread/receipt/{receipt}/check")
    assert {step["state"] for step in checked["steps"]} == {"holds"}, checked
    file = folder / "thread.jsonl"
    file.write_bytes(staff.auditor.http.get(f"/thread/receipt/{receipt}/proofs").content)
    assert "都在" in verified(file, keys)


class Callers:
    """Who calls while parts are killed. `served`: the receipt of each answer that arrived; `refused`: how calls failed."""

    def __init__(self, ask: Callable[[int], Answer]) -> None:
        self._ask, self._stop = ask, threading.Event()
        self.served: list[str] = []
        self.refused: list[str] = []
        self._threads = [threading.Thread(target=self._call, args=(first,), daemon=True) for first in range(2)]

    def __enter__(self) -> "Callers":
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for one in self._threads:
            one.join(120)

    def _call(self, number: int) -> None:
        while not self._stop.wait(0.02):
            number += 2
            try:
                answer = self._ask(number)
            except ZhengtongError as failure:
                self.refused.append(str(failure))
            else:
                self.served.append(answer.receipt_id)

    def more(self, many: int = ENOUGH) -> None:
        """This will wait until so many more answers have come."""
        before = len(self.served)
        until(lambda: len(self.served) >= before + many, f"{many} more answers; {self.refused[-3:]}", seconds=300)


class Sender:
    """The tax bureau's own system: sends payments to the broker, and notes which it acknowledged."""

    def __init__(self, city: Grown, like: dict[str, Any]) -> None:
        chosen = app.load_settings(file=city.config, environment={})
        self._log = engines.open_broker(chosen.of(engines.broker.BrokerSettings), None, None)  # type: ignore[arg-type]
        self._like, self._stop, self.acknowledged = like, threading.Event(), list[str]()
        self._thread = threading.Thread(target=self._send, daemon=True)

    def __enter__(self) -> "Sender":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(120)
        self._log.close()

    def _send(self) -> None:
        number = 0
        while not self._stop.wait(0.2):
            number += 1
            row = {**self._like, "payment_id": f"TX990101{number:06d}"}
            with suppress(BrokerAway):
                self._log.append(sample.PAYMENTS, [Message(sample.message(row), row["uscc"].encode())])
                self.acknowledged.append(row["payment_id"])


def test_what_was_acknowledged_outlives_the_death_of_every_part(
    city: Grown, agreed: Agreed, ask: Callable[[int], Answer], payments: list[dict[str, Any]], tmp_path: Path
) -> None:
    """An application process, the worker, the broker, a validator and the database are killed in turn, and come back."""
    with Callers(ask) as callers, Sender(city, payments[0]) as sender:
        callers.more()
        for part in ("app1", "chain", "kafka", "worker", "app2", "postgres"):
            sent = len(sender.acknowledged)
            city.kill(part)
            if part in ("app1", "app2", "chain", "kafka", "worker"):
                callers.more()  # the others go on without it
            else:
                before = len(callers.refused)
                until(lambda before=before: len(callers.refused) > before, "a call without the database")  # type: ignore[misc]
            city.start(part)
            callers.more()
            until(lambda sent=sent: len(sender.acknowledged) > sent, f"a message after {part} came back")  # type: ignore[misc]
    assert len(set(callers.served)) == len(callers.served)
    with opened(city) as whole:
        _no_answer_without_its_receipt(whole, agreed, callers.served)
        _each_acknowledged_message_landed_once(whole, sender.acknowledged)
    _the_ledger_holds(city, tmp_path)


def _no_answer_without_its_receipt(whole: app.City, agreed: Agreed, served: list[str]) -> None:
    with whole.database.read() as session:
        asked = select(ledger.LedgerEntry.id).where(ledger.LedgerEntry.type == "receipt@1")
        kept = {str(one) for one in session.scalars(asked)}
        calls = select(gateway.Call.receipt_id).where(gateway.Call.code == "", gateway.Call.agreement == agreed.number)
        counted = [str(one) for one in session.scalars(calls)]
        used = session.scalar(select(gateway.Quota.used_total).where(gateway.Quota.agreement_id == agreed.id))
    assert set(served) <= kept
    assert set(served) <= set(counted) <= kept
    assert used == len(counted) >= len(served)


def _each_acknowledged_message_landed_once(whole: app.City, acknowledged: list[str]) -> None:
    assert acknowledged
    with whole.database.read() as session:
        item = catalogue.item_by_code(session, ITEM)
        assert item is not None
        table = item.table

    def landed() -> bool:
        rows = whole.engines.lake.read(table, columns=["payment_id"])["payment_id"].to_pylist()
        assert len(rows) == len(set(rows)), "a payment landed twice"
        return set(acknowledged) <= set(rows)

    until(landed, "that every acknowledged payment is in the lake", seconds=600)


def _the_ledger_holds(city: Grown, folder: Path) -> None:
    assert command(city, "ledger", "check").startswith("✓")
    assert "✓" in command(city, "ledger", "recheck")
    assert "一致" in until(lambda: _chain_checked(city), "that the four validators agree")
    file = folder / "ledger.jsonl"
    command(city, "ledger", "export", str(file))
    assert command(city, "verify", str(file), "--needed", "0").startswith("✓")


def _chain_checked(city: Grown) -> str:
    """A validator that came back needs a moment to catch up."""
    return command(city, "chain", "check")


def test_a_backup_of_the_running_city_is_restored_elsewhere_and_holds(city: Grown, tmp_path: Path) -> None:
    """The operator's own scripts: the daily backup, and the drill."""
    told = {
        "PATH": "/usr/bin:/bin", **city.process("worker").settings, "ZHENGTONG": OURS,
        "ZHENGTONG_BACKUPS": str(tmp_path / "backups"), "ZHENGTONG_DRILLS": str(tmp_path),
    }  # fmt: skip
    (tmp_path / "backups").mkdir()
    done = subprocess.run([DEPLOY / "backup.sh"], env=told, cwd=city.home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
    (made,) = (tmp_path / "backups").iterdir()
    drill = subprocess.run(
        [DEPLOY / "drill.sh", str(made)], env=told, cwd=city.home, capture_output=True, text=True, check=False
    )
    assert drill.returncode == 0, drill.stdout[-1500:] + drill.stderr[-1500:]
    assert "✓ 演练完成" in drill.stdout
    assert not list(tmp_path.glob("zhengtong-drill.*")), "it left something behind"
    with opened(city) as whole, whole.database.read() as session:
        assert ledger.head(session).size > 0, "the city itself goes on"


def test_coming_up_again_starts_nothing_twice(city: Grown) -> None:
    """`up` may be repeated: what runs is left as it is."""
    names = (*APPLICATIONS, "worker", "nginx")  # the demo's bureaus were stopped on purpose; `up` brings them back
    before = [city.process(name).pid for name in names]
    city.up()
    assert all(city.running().values())
    assert [city.process(name).pid for name in names] == before
