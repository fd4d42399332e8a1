"""The demo's four bureaus on this machine: their own stores, civil affairs' service, and what goes on in them while one looks."""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from zhengtong.cli import beside, words
from zhengtong.engines import broker

TICK_S = 30.0
FILE = "bureaus.json"


@dataclass(frozen=True, slots=True)
class Bureaus:
    """Where the bureaus of a demo keep their data. `key` opens civil affairs' service at `port` of this machine."""

    folder: Path
    port: int
    key: str

    @property
    def market(self) -> Path:
        return self.folder / "market.sqlite"

    @property
    def civil(self) -> Path:
        return self.folder / "civil.sqlite"

    @property
    def inbox(self) -> Path:
        return self.folder / "police"


def prepare(folder: Path, log: broker.Broker, sample: ModuleType, size: str, *, port: int) -> Bureaus:
    """This will fill the bureaus' stores and topics with the city's people and firms, and write the truth beside them."""
    folder.mkdir(parents=True)
    made, wanted, seed = Bureaus(folder, port, secrets.token_urlsafe(18)), sample.SIZES[size], sample.SEED
    with closing(sqlite3.connect(made.market)) as market, closing(sqlite3.connect(made.civil)) as civil:
        sample.make_table(market, "company", sample.COMPANY, "uscc")
        sample.make_table(civil, "relief", (*sample.RELIEF, "changed_no"), "case_id")
        residents: list[Any] = []
        cases = 0
        for block in sample.kept(seed, wanted.residents, wanted.firms):
            sample.put(market, "company", sample.COMPANY, "uscc", block.companies)
            relief = [{**row, "changed_no": cases + place} for place, row in enumerate(block.relief, start=1)]
            sample.put(civil, "relief", (*sample.RELIEF, "changed_no"), "case_id", relief)
            cases += len(relief)
            residents += block.residents
            _tell(log, sample.tax_messages(block))
    sample.drop(made.inbox, f"resident-{sample.AS_OF:%Y%m%d}.csv", residents)
    sample.write_truth(folder / "truth.json", seed, wanted.residents, wanted.firms)
    told = {"port": port, "key": made.key, "ticks": 0, "cases": cases}
    (folder / FILE).write_text(json.dumps(told), "utf-8")
    (folder / FILE).chmod(0o600)
    return made


def kept(folder: Path) -> Bureaus | None:
    """The bureaus of this folder; None where there are none."""
    path = folder / FILE
    if not path.exists():
        return None
    told = json.loads(path.read_text("utf-8"))
    return Bureaus(folder, told["port"], told["key"])


@contextmanager
def going(
    found: Bureaus, log: broker.Broker, sample: ModuleType, size: str, *, tick_s: float = TICK_S
) -> Iterator[None]:
    """This will keep civil affairs' service open and the bureaus busy, until left."""
    life = _Life(found, log, sample, size)
    with beside.going("bureaus", lambda stop: life.go_on(stop, tick_s)), ExitStack() as serving:
        try:
            serving.enter_context(sample.CivilService(found.civil, found.key, port=found.port))
        except OSError as failure:
            words.tell(
                f"民政局的演示接口没有启动（端口 {found.port}：{failure.strerror}），其余照常。",
                f"Civil affairs' service did not start (port {found.port}: {failure.strerror}); all else goes on.",
            )
        yield


class _Life:
    """Ticks are counted in the folder, so that the demo goes on where it was stopped."""

    def __init__(self, found: Bureaus, log: broker.Broker, sample: ModuleType, size: str) -> None:
        self._found, self._log, self._sample = found, log, sample
        wanted = sample.SIZES[size]
        self._of = (wanted.residents, wanted.firms)

    def go_on(self, stop: threading.Event, tick_s: float) -> None:
        people, firms = self._sample.people_and_firms(self._sample.SEED, *self._of)
        while not stop.wait(tick_s):
            told = json.loads((self._found.folder / FILE).read_text("utf-8"))
            changed = list(self._sample.changes(self._sample.SEED, told["ticks"], people, firms))
            told = self._apply(changed, told)
            part = self._found.folder / f"{FILE}.new"
            part.write_text(json.dumps(told), "utf-8")
            part.chmod(0o600)
            part.replace(self._found.folder / FILE)

    def _apply(self, changed: list[Any], told: dict[str, int]) -> dict[str, int]:
        sample, found, cases = self._sample, self._found, told["cases"]
        rows = {table: [one.row for one in changed if one.table == table] for table in {one.table for one in changed}}
        if new := rows.get("market.company"):
            with closing(sqlite3.connect(found.market)) as market:
                sample.put(market, "company", sample.COMPANY, "uscc", new)
        if new := rows.get("civil.relief"):
            numbered = [{**row, "changed_no": cases + place} for place, row in enumerate(new, start=1)]
            with closing(sqlite3.connect(found.civil)) as civil:
                sample.put(civil, "relief", (*sample.RELIEF, "changed_no"), "case_id", numbered)
            cases += len(new)
        if new := rows.get("police.resident"):
            sample.drop(found.inbox, f"resident-{sample.AS_OF:%Y%m%d}-{told['ticks']:05d}.csv", new)
        payments = rows.get("tax.payment", [])
        _tell(self._log, ((sample.PAYMENTS, str(row["uscc"]), sample.message(row)) for row in payments))
        return {**told, "ticks": told["ticks"] + 1, "cases": cases}


def _tell(log: broker.Broker, messages: Iterator[tuple[str, str, bytes]]) -> None:
    by_topic: dict[str, list[broker.Message]] = {}
    for topic, key, value in messages:
        by_topic.setdefault(topic, []).append(broker.Message(value, key.encode()))
    for topic, told in by_topic.items():
        log.create_topic(topic)
        log.append(topic, told)
