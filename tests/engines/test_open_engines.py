"""open_engines chooses, and says what is missing."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from zhengtong import app, engines
from zhengtong.engines import chain, compute, crypto, lake, mail, sms
from zhengtong.kernel import settings
from zhengtong.kernel.db import Database
from zhengtong.kernel.wake import Wake


def told(tmp_path: Path, **given: Any) -> settings.Settings:
    sections: dict[str, Any] = {"kernel": {"data": str(tmp_path / "data")}, **given}
    return settings.load(engines.SECTIONS, file=tmp_path / "none.toml", environment={}, given=sections)


def opened_with(chosen: settings.Settings) -> engines.Engines:
    database = Database(f"sqlite:///{chosen.kernel.data}.sqlite")
    return engines.open_engines(chosen, database, Wake(database))


def test_the_default_opens_with_nothing_set(tmp_path: Path) -> None:
    opened = opened_with(told(tmp_path))
    assert opened.crypto.features.engine == "libcrypto"
    assert opened.mail.features == mail.Features("folder", delivers=False)
    assert opened.sms.features == sms.Features("log", delivers=False)
    assert opened.keyring.open(crypto.Purpose.DATABASE, opened.keyring.seal(crypto.Purpose.DATABASE, b"x")) == b"x"
    assert opened.files.read_table(b"a\n1\n", name="x.csv").columns == ("a",)
    assert (tmp_path / "data.root.key").exists()
    assert all(passed for _, passed in engines.crypto_checks(opened.crypto))


def test_each_engine_is_chosen_by_its_section(tmp_path: Path) -> None:
    pytest.importorskip("tongsuopy")
    opened = opened_with(
        told(
            tmp_path,
            crypto={"engine": "tongsuo", "root_key": str(tmp_path / "keys" / "root.key")},
            mail={"engine": "smtp", "host": "127.0.0.1"},
            sms={"engine": "http", "url": "https://gateway.example/", "secret": "s"},
        )
    )
    assert opened.crypto.features.engine == "tongsuo"
    assert opened.mail.features.engine == "smtp"
    assert opened.sms.features.engine == "http"
    assert (tmp_path / "keys" / "root.key").exists()


def test_broker_lake_and_compute_open_when_they_are_first_used_and_close_with_the_city(tmp_path: Path) -> None:
    opened = opened_with(told(tmp_path))
    later = (opened.broker, opened.lake, opened.compute)
    assert [engines.opened(one) for one in later] == [False, False, False]
    opened.close()
    assert [engines.opened(one) for one in later] == [False, False, False]
    assert not opened.lake.exists("items/one")
    assert opened.compute.features == compute.Features("duckdb", over_machines=False)
    assert opened.broker.features.engine == "in_process"
    assert [engines.opened(one) for one in later] == [True, True, True]
    opened.close()


def test_the_chain_is_our_own_log_until_nodes_are_set(tmp_path: Path) -> None:
    opened = opened_with(told(tmp_path))
    assert not engines.opened(opened.chain)
    assert opened.chain.features == chain.Features("local_log", consensus=False)
    opened.close()
    nodes = opened_with(told(tmp_path, chain={"engine": "cometbft", "nodes": "http://127.0.0.1:1"}))
    assert nodes.chain.features == chain.Features("cometbft", consensus=True)
    nodes.close()


def test_a_city_gives_its_engines_to_whoever_asks_by_type(tmp_path: Path) -> None:
    city = app.open_city(
        app.load_settings(
            file=tmp_path / "none.toml",
            environment={},
            given={"kernel": {"data": tmp_path / "data"}, "crypto": {"root_key": tmp_path / "root.key"}},
        )
    )
    given: Any = city.site.givens
    assert given[lake.Lake].uri("items/one") == str(tmp_path / "data" / "lake" / "items" / "one")
    assert given is city.workers.givens
    assert given[compute.Compute] is city.engines.compute
    city.close()


def test_a_named_library_that_is_not_there_is_not_replaced_in_silence(tmp_path: Path) -> None:
    chosen = crypto.CryptoSettings(libcrypto=tmp_path / "libcrypto.so.3")
    with pytest.raises(crypto.CryptoAbsent, match="tongsuo"):
        engines.open_crypto(chosen)


@pytest.mark.parametrize(
    ("wheel", "extra", "opening"),
    [
        ("tongsuopy", "tongsuo", "engines.open_crypto(crypto.CryptoSettings(engine='tongsuo'))"),
        ("pyspark", "spark", "engines.open_compute(compute.ComputeSettings(engine='spark'), None, None)"),
        ("confluent_kafka", "kafka", "engines.open_broker(KAFKA, None, None)"),
    ],
)
def test_a_missing_wheel_is_told_with_its_extra(wheel: str, extra: str, opening: str) -> None:
    """In a process that cannot see the wheel."""
    program = (
        f"import sys; sys.modules['{wheel}'] = None\n"
        "import importlib.util; find = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name, *a: None if name == '{wheel}' else find(name, *a)\n"
        "from zhengtong import engines\n"
        "from zhengtong.engines import broker, compute, crypto\n"
        "KAFKA = broker.BrokerSettings(engine='kafka', servers='localhost:1', security='plaintext')\n"
        f"try: {opening}\n"
        "except engines.DriverAbsent as absent: print(absent.say('en'))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert f"pip install 'zhengtong[{extra}]'" in shown.stdout


def test_secrets_are_hidden_in_the_list_of_settings(tmp_path: Path) -> None:
    given = told(tmp_path, sms={"engine": "http", "url": "https://gateway.example/", "secret": "s3cret"})
    shown = {f"{one.section}.{one.key}": one.value for one in given.told()}
    assert shown["sms.secret"] == "***"
    assert "s3cret" not in str(shown)
