"""What an operator starts from is read by the programs that it is for: the settings by ours, the units by systemd, the front by nginx."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tools import grown, nginx
from zhengtong import app
from zhengtong.engines.broker import BrokerSettings
from zhengtong.engines.chain import ChainSettings
from zhengtong.engines.compute import ComputeSettings

DEPLOY = grown.DEPLOY
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
HARDENED = {
    "NoNewPrivileges=true", "ProtectSystem=strict", "ProtectHome=true", "PrivateTmp=true", "PrivateDevices=true",
    "CapabilityBoundingSet=", "SystemCallFilter=@system-service", "RestrictSUIDSGID=true", "UMask=0077",
}  # fmt: skip


def test_the_settings_file_is_a_grown_citys_and_holds_no_secret() -> None:
    chosen = app.load_settings(file=DEPLOY / "zhengtong.toml", environment={})
    assert chosen.of(BrokerSettings).engine == "kafka"
    assert chosen.of(ComputeSettings).engine == "spark"
    assert chosen.of(ChainSettings).nodes.count(",") == 3
    assert chosen.kernel.public_url.startswith("https://")
    assert chosen.kernel.host == "127.0.0.1"
    told = tomllib.loads((DEPLOY / "zhengtong.toml").read_text("utf-8"))
    named = {f"{section}.{key}" for section, values in told.items() for key in values}
    assert not [name for name in named if re.search("password|secret|database|access_key", name)]


def test_each_secret_is_a_setting_that_is_known() -> None:
    lines = (DEPLOY / "secrets.env").read_text("utf-8").replace("# ZT_", "ZT_").splitlines()
    told = dict(line.split("=", 1) for line in lines if line.startswith("ZT_"))
    assert "ZT_KERNEL__DATABASE" in told
    app.load_settings(file=DEPLOY / "none.toml", environment=told)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_each_service_is_hardened(unit: Path) -> None:
    lines = set(unit.read_text("utf-8").splitlines())
    assert lines >= HARDENED
    assert not [line for line in lines if line.startswith("User=root")]
    assert [line for line in lines if line.startswith("User=")]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_each_service_calls_a_command_that_there_is(unit: Path) -> None:
    from typer.main import TyperGroup

    from zhengtong.cli import commands

    called = re.search(r"^ExecStart=(.*)$", unit.read_text("utf-8"), re.MULTILINE)
    assert called
    program, *words = called.group(1).split()
    if not program.endswith("/zhengtong"):
        assert (DEPLOY / Path(program).name).stat().st_mode & 0o111
        return
    command = commands.build()
    while isinstance(command, TyperGroup) and words:
        command = command.commands[words.pop(0)]
    known = {option for one in command.params for option in one.opts}  # type: ignore[attr-defined]
    assert {word for word in words if word.startswith("--")} <= known


def test_systemd_reads_the_units(tmp_path: Path) -> None:
    """With a program that is there in place of ours: systemd looks whether it can be run."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd here")
    for unit in UNITS:
        text = re.sub(r"^(ExecStart=)\S+", r"\1/bin/true", unit.read_text("utf-8"), flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text, "utf-8")
    instance = tmp_path / "zhengtong@8601.service"
    (tmp_path / "zhengtong@.service").rename(instance)
    named = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", *named],
        capture_output=True, text=True, check=False, env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "zhengtong" in line]
    assert (done.returncode, ours) == (0, []), done.stderr


def test_nginx_reads_the_front(tmp_path: Path) -> None:
    program = nginx.program()
    if program is None:
        pytest.skip("no nginx here: run `make engines`")
    city = grown.Grown(tmp_path / "city")
    city.furnish_front()
    (city.home / "log").mkdir()
    done = subprocess.run([*city.process("nginx").command, "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    upstream = (city.home / "nginx" / "upstream.conf").read_text("utf-8")
    assert [str(city.ports[name]) in upstream for name in grown.APPLICATIONS] == [True, True]


@pytest.mark.parametrize(
    "line",
    ["proxy_set_header X-Forwarded-For $remote_addr;", "proxy_set_header Forwarded \"\";", "proxy_buffering off;",
     "proxy_set_header Upgrade $http_upgrade;", "client_max_body_size 1m;", "proxy_next_upstream error timeout;"],
)  # fmt: skip
def test_the_front_says(line: str) -> None:
    text = (DEPLOY / "nginx-locations.conf").read_text("utf-8")
    assert line in text
    directives = "\n".join(one for one in text.splitlines() if not one.lstrip().startswith("#"))
    assert "non_idempotent" not in directives, "a POST would be sent twice"
    assert "add_header X-Content-Type" not in directives, "the program sets it already"


@pytest.mark.parametrize("script", ["backup.sh", "drill.sh"])
def test_each_script_is_one_that_sh_reads(script: str) -> None:
    done = subprocess.run(["sh", "-n", DEPLOY / script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
