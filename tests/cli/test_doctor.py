"""The doctor: every check, before the first start, on a standing city, and with things broken on purpose."""

import json
import socket
import sqlite3
from pathlib import Path
from typing import Any, cast

from zhengtong import engines
from zhengtong.cli import checks
from zhengtong.engines.crypto import Crypto, CryptoSettings

from .conftest import Command, Done, Start

CHECKS = {
    "Python", "settings", "SM2 SM3 SM4", "root key", "disk", "database", "tables", "processes", "clock", "calendar",
    "lake", "compute", "topics", "chain", "mail and SMS", "port", "pages",
}  # fmt: skip


def test_before_the_first_start_nothing_is_wrong_and_nothing_is_made(command: Command, tmp_path: Path) -> None:
    done = command("doctor", "--json", "--lang", "en", ZT_KERNEL__PORT="0")
    found = _by_check(done)
    assert done.code == 0
    assert set(found) == CHECKS
    assert {one["mark"] for one in found.values()} == {"ok", "note"}
    assert not (tmp_path / "data" / "zhengtong.sqlite").exists()
    assert not (tmp_path / "data.root.key").exists()


def test_a_standing_city_is_examined_while_it_runs(start: Start, command: Command) -> None:
    city = start("run").wait()
    done = command("doctor", "--json", "--lang", "en", ZT_KERNEL__PORT=str(city.port))
    found = _by_check(done)
    assert done.code == 0, found
    assert "WAL" in found["database"]["found"]
    assert str(city.process.pid) in found["processes"]["found"]
    assert found["tables"]["mark"] == found["calendar"]["mark"] == "ok" or found["calendar"]["mark"] == "note"
    assert "used by this city" in found["port"]["found"]


def test_the_table_is_for_people_and_the_exit_code_for_scripts(command: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = command("doctor", ZT_KERNEL__PORT=str(taken.getsockname()[1]))
    assert done.code == 1
    assert "✗" in done.out
    assert "✓" in done.out
    assert "1 项需要处理" in done.out


def test_each_broken_thing_is_found_with_its_remedy(command: Command, tmp_path: Path) -> None:
    assert command("migrate").code == 0
    (tmp_path / "data.root.key").write_text("{}", "utf-8")
    (tmp_path / "data.root.key").chmod(0o644)
    with sqlite3.connect(tmp_path / "data" / "zhengtong.sqlite") as database:
        database.execute("update alembic_version set version_num = 'ffff99990000'")
    broken = {"ZT_MAIL__ENGINE": "smtp", "ZT_MAIL__HOST": "127.0.0.1", "ZT_MAIL__PORT": "1"}
    broken |= {"ZT_BROKER__ENGINE": "kafka", "ZT_BROKER__SERVERS": "127.0.0.1:1", "ZT_BROKER__SECURITY": "plaintext"}
    broken |= {"ZT_CHAIN__ENGINE": "cometbft", "ZT_CHAIN__NODES": "http://127.0.0.1:1"}
    found = _by_check(command("doctor", "--json", "--lang", "en", ZT_KERNEL__PORT="0", **broken))
    assert found["root key"] | {"check": ""} == found["root key"] | {"check": "", "mark": "wrong"}
    assert "chmod 600" in found["root key"]["remedy"]
    assert found["tables"]["mark"] == "wrong"
    assert found["mail and SMS"]["mark"] == "wrong"
    assert "127.0.0.1:1" in found["mail and SMS"]["found"]
    assert found["topics"]["mark"] == "wrong"
    assert "[broker]" in found["topics"]["remedy"]
    assert (found["chain"]["mark"], "[chain]" in found["chain"]["remedy"]) == ("wrong", True)


def test_wrong_settings_are_found_each_where_it_hurts(command: Command) -> None:
    broken = {
        "ZT_KERNEL__DATABASE": "postgresql://zt:s3cret@127.0.0.1:1/zt",
        "ZT_CRYPTO__LIBCRYPTO": "/nowhere/libcrypto.so",
        "ZT_CRYPTO__ROOT_KEY": "data/root.key",
        "ZT_KERNEL__HOST": "192.0.2.1",
    }
    done = command("doctor", "--json", "--lang", "en", **broken)
    found = _by_check(done)
    assert done.code == 1
    wrong = {name for name, one in found.items() if one["mark"] == "wrong"}
    assert wrong == {"SM2 SM3 SM4", "root key", "database", "tables", "clock", "calendar", "port"}
    assert "s3cret" not in done.out
    assert done.err == ""


def test_an_unknown_setting_ends_the_examination_with_its_sentence(command: Command) -> None:
    done = command("doctor", "--json", "--lang", "en", ZT_KERNEL__PROT="1")
    assert done.code == 1
    assert "did you mean kernel.port" in _by_check(done)["settings"]["found"]


class Lying:
    """The machine's own engine, but for one digest."""

    def __init__(self, engine: Crypto) -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def sm3(self, data: bytes) -> bytes:
        return bytes(32)


def test_an_engine_that_fails_a_vector_is_named_with_the_vector() -> None:
    honest = engines.open_crypto(CryptoSettings(), tested=False)
    assert checks.by_vectors(honest).mark == "ok"
    finding = checks.by_vectors(cast(Crypto, Lying(honest)))
    assert (finding.mark, "SM3 GB/T 32905" in finding.found) == ("wrong", True)
    assert "libcrypto" in finding.remedy


def _by_check(done: Done) -> dict[str, dict[str, str]]:
    return {one["check"]: one for one in json.loads(done.out)}
