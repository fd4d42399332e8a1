"""The demo's three witnesses: programs with keys of their own beside the city. They share its machine, and the page says so."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from zhengtong import app
from zhengtong.cli import serving, witness_store
from zhengtong.kernel import clock, jobs
from zhengtong.kernel.actor import SYSTEM
from zhengtong.sharing import ledger
from zhengtong.sharing.ledger import LedgerWitness

NAMES = ("witness-1", "witness-2", "witness-3")
STOP_S = 5
ARE_UP = timedelta(seconds=20)


@contextmanager
def going(city: app.City, folder: Path) -> Iterator[None]:
    """Three witnesses at work while the city is served; named to the ledger on their first start."""
    keys = [str(key) for key in _log_keys(city)]
    with ExitStack() as running:
        for name in NAMES:
            port = serving.free_port()
            _name(city, folder / name, name, port)
            running.enter_context(_process(folder / name, name, port, keys))
        _first_checkpoint(city)
        yield


def _first_checkpoint(city: app.City) -> None:
    """A new demo's is made as soon as the witnesses are up, and not after ten minutes."""
    with city.database.write() as session:
        if ledger.latest(session) is None:
            jobs.enqueue(session, ledger.CHECKPOINT, at=clock.now() + ARE_UP, unique="demo:first-checkpoint")


def _log_keys(city: app.City) -> list[ledger.Key]:
    engines, now = city.engines, clock.now()
    with city.database.write() as session:
        for kind in ("sm2", "ed25519"):
            ledger.city_key(session, kind, keyring=engines.keyring, crypto=engines.crypto, now=now)
        return ledger.log_keys(session, ledger.origin_of(city.settings))


def _name(city: app.City, folder: Path, name: str, port: int) -> None:
    identity = witness_store.identity_in(folder, name, city.engines.crypto)
    url = f"http://127.0.0.1:{port}"
    with city.database.write() as session:
        row = session.scalar(select(LedgerWitness).where(LedgerWitness.name == name))
        if row:
            row.url = url
            return
        keys = [str(key) for key in identity.keys]
        ledger.add_witness(session, SYSTEM, name=name, url=url, verifier_keys=keys, department_id=None, now=clock.now())


@contextmanager
def _process(folder: Path, name: str, port: int, keys: list[str]) -> Iterator[None]:
    command = [sys.executable, "-m", "zhengtong", "witness", "run", "--folder", str(folder), "--name", name]
    command += [
        "--port",
        str(port),
        "--beside",
        str(os.getpid()),
        *(part for key in keys for part in ("--log-key", key)),
    ]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own program
    try:
        yield
    finally:
        running.terminate()
        try:
            running.wait(STOP_S)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
