"""The command line as a person meets it: quick help, one sentence for each failure, exit codes that scripts can trust."""

import json
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Command, environment

COMMANDS = ("run", "work", "migrate", "doctor", "settings", "openapi", "keys", "demo")


def test_help_names_every_command_in_both_languages_within_a_second_of_work(command: Command) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = command("--help", fresh=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.code == 0
    assert all(f" {name} " in done.out for name in COMMANDS)
    assert "体检" in done.out
    assert "--lang en" in done.out
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.5


def test_help_needs_neither_web_nor_database_nor_settings() -> None:
    told = "import sys; print(' '.join(sys.modules))"
    code = f"from zhengtong.cli import _run; _run(['demo', '--help'], debug=False); {told}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = done.stdout.splitlines()[-1].split()
    assert not {name.partition(".")[0] for name in modules} & {"fastapi", "sqlalchemy", "uvicorn", "polars"}
    assert not [name for name in modules if name.startswith(("zhengtong.app", "zhengtong.office", "zhengtong.engines"))]


def test_the_version_is_told(command: Command) -> None:
    assert command("--version").out.startswith("zhengtong 0.")


@pytest.mark.parametrize(("arguments", "named"), [
    (("nope",), "nope"),
    (("run", "--prt", "1"), "--prt"),
    (("run", "--port", "99999"), "--port"),
    (("demo", "code"), "name"),
])  # fmt: skip
def test_a_wrong_call_is_one_sentence_and_exit_code_2(command: Command, arguments: tuple[str, ...], named: str) -> None:
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert named in done.err
    assert "zhengtong --help" in done.err


@pytest.mark.parametrize("arguments", [("settings",), ("run",)])
def test_an_unknown_setting_is_refused_with_the_nearest_known_one(command: Command, arguments: tuple[str, ...]) -> None:
    done = command(*arguments, ZT_KERNEL__PROT="8600")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "kernel.prot" in done.err
    assert "kernel.port" in done.err
    assert "Traceback" not in done.err


def test_an_unknown_setting_is_told_in_english_too(command: Command) -> None:
    done = command("settings", "--lang", "en", ZT_KERNEL__PROT="8600")
    assert done.err.strip() == "✗ unknown setting kernel.prot (from environment); did you mean kernel.port?"


def test_debug_shows_the_traceback_as_well(command: Command) -> None:
    assert "Traceback" in command("settings", "--debug", ZT_KERNEL__PROT="8600").err


def test_settings_tell_value_and_source_and_hide_secrets(command: Command, tmp_path: Path) -> None:
    (tmp_path / "zhengtong.toml").write_text('[mail]\npassword = "hunter2hunter2"\n', "utf-8")
    secret = "postgresql://zt:s3cret@db/zt"
    done = command("settings", "--json", ZT_KERNEL__PORT="9000", ZT_KERNEL__DATABASE=secret)
    told = {f"{one['section']}.{one['key']}": one for one in json.loads(done.out)}
    assert (told["kernel.port"]["value"], told["kernel.port"]["source"]) == ("9000", "environment")
    assert told["kernel.host"]["source"] == "default"
    assert (told["mail.password"]["value"], told["mail.password"]["source"]) == ("***", "zhengtong.toml")
    assert "hunter2" not in done.out
    assert "s3cret" not in done.out
    shown = command("settings", ZT_KERNEL__PORT="9000", ZT_KERNEL__DATABASE=secret)
    assert "kernel.port" in shown.out
    assert "s3cret" not in shown.out


def test_a_settings_file_that_is_not_there_is_named(command: Command) -> None:
    done = command("settings", "--config", "nowhere.toml")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "nowhere.toml" in done.err


@pytest.mark.parametrize("arguments", [("run",), ("demo",)])
def test_a_port_in_use_is_told_with_another_to_take(command: Command, arguments: tuple[str, ...]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command(*arguments, "--port", str(port))
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert f"--port {port + 1}" in done.err


@pytest.mark.parametrize("arguments", [("run",), ("migrate",)])
def test_a_folder_that_cannot_be_written_is_told(command: Command, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("a file, not a folder", "utf-8")
    done = command(*arguments, "--data", "file/data", ZT_KERNEL__PORT="0")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "file/data" in done.err
    assert "--data" in done.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_told(command: Command, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    done = command("run", "--data", "closed/data", "--port", "0")
    assert (done.code, len(done.err.splitlines())) == (1, 1)


def test_a_database_that_cannot_be_reached_is_told_without_its_password(command: Command) -> None:
    url = "postgresql://zt:s3cret@127.0.0.1:1/zt"
    done = command("migrate", ZT_KERNEL__DATABASE=url)
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "127.0.0.1:1" in done.err
    assert "s3cret" not in done.err


def test_working_beside_a_sqlite_is_refused_with_the_way_out(command: Command) -> None:
    done = command("work")
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert "PostgreSQL" in done.err


def test_the_openapi_document_is_the_same_twice_and_touches_nothing(command: Command, tmp_path: Path) -> None:
    first, second = command("openapi"), command("openapi")
    assert first.out == second.out
    document = json.loads(first.out)
    assert document["info"]["title"].startswith("政通")
    assert any(path.startswith("/api/v1/") for path in document["paths"])
    assert list(tmp_path.iterdir()) == []


def test_output_that_is_cut_off_ends_quietly(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "zhengtong", "openapi"],
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stderr
    process.stdout.read(10)
    process.stdout.close()
    told = process.stderr.read()
    process.wait(timeout=60)
    assert "Traceback" not in told


def test_started_by_a_machine_without_a_locale_it_still_speaks(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "zhengtong", "--help"],
        cwd=tmp_path, env={**environment(), "LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
