"""open_engines chooses, and says what is missing."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from zhengtong import engines
from zhengtong.engines import crypto, mail, sms
from zhengtong.kernel import settings


def told(tmp_path: Path, **given: Any) -> settings.Settings:
    sections: dict[str, Any] = {"kernel": {"data": str(tmp_path / "data")}, **given}
    return settings.load(engines.SECTIONS, file=tmp_path / "none.toml", environment={}, given=sections)


def test_the_default_opens_with_nothing_set(tmp_path: Path) -> None:
    opened = engines.open_engines(told(tmp_path))
    assert opened.crypto.features.engine == "libcrypto"
    assert opened.mail.features == mail.Features("folder", delivers=False)
    assert opened.sms.features == sms.Features("log", delivers=False)
    assert opened.keyring.open(crypto.Purpose.DATABASE, opened.keyring.seal(crypto.Purpose.DATABASE, b"x")) == b"x"
    assert opened.files.read_table(b"a\n1\n", name="x.csv").columns == ("a",)
    assert (tmp_path / "data.root.key").exists()
    assert all(passed for _, passed in engines.crypto_checks(opened.crypto))


def test_each_engine_is_chosen_by_its_section(tmp_path: Path) -> None:
    pytest.importorskip("tongsuopy")
    opened = engines.open_engines(
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


def test_a_named_library_that_is_not_there_is_not_replaced_in_silence(tmp_path: Path) -> None:
    chosen = crypto.CryptoSettings(libcrypto=tmp_path / "libcrypto.so.3")
    with pytest.raises(crypto.CryptoAbsent, match="tongsuo"):
        engines.open_crypto(chosen)


def test_a_missing_wheel_is_told_with_its_extra() -> None:
    """In a process that cannot see the wheel."""
    program = (
        "import sys; sys.modules['tongsuopy'] = None\n"
        "import importlib.util; find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name == 'tongsuopy' else find(name, *a)\n"
        "from zhengtong import engines\n"
        "from zhengtong.engines import crypto\n"
        "try: engines.open_crypto(crypto.CryptoSettings(engine='tongsuo'))\n"
        "except engines.DriverAbsent as absent: print(absent.say('en'))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'zhengtong[tongsuo]'" in shown.stdout


def test_secrets_are_hidden_in_the_list_of_settings(tmp_path: Path) -> None:
    given = told(tmp_path, sms={"engine": "http", "url": "https://gateway.example/", "secret": "s3cret"})
    shown = {f"{one.section}.{one.key}": one.value for one in given.told()}
    assert shown["sms.secret"] == "***"
    assert "s3cret" not in str(shown)
