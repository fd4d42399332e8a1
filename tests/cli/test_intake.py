"""Intake from the command line, as real processes: a file into an item, a source by its code, what is refused."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import Command, environment

COMPANIES = (
    "统一社会信用代码,名称\n"
    "91350100M000100Y43,云溪豆花店\n"
    "91110000600037341L,云溪宏远商贸有限公司\n"
    "91350100M000100Y44,写错的店\n"
)
PREPARE = """
import contextlib, io, json, sys
from pathlib import Path
from sqlalchemy import select
from zhengtong.cli import _run, opening
from zhengtong.data import catalogue, standards
from zhengtong.data.intake import schemas
from zhengtong.data.intake.actions import sources
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.office import identity

field = catalogue.FieldContent
with opening.opened(opening.chosen(None, {"log_level": "ERROR"})) as city, city.database.write() as session:
    standards.put_bundled(session, SYSTEM, "national", now=clock.now())
    codes = {one.name_zh: one.code for one in session.scalars(select(standards.Element))}
    root = session.scalars(select(identity.Department.id).where(identity.Department.parent_id.is_(None))).one()
    element = codes["统一社会信用代码"]
    fields = (
        field("uscc", "统一社会信用代码", "C", "general_1", length=18, is_key=True, element_code=element),
        field("name", "名称", "C", "general_1", length=100, required=True),
    )
    told = {"abstract": "登记在册的企业", "class_code": "3070100101", "share_condition": "审查", "update_cycle": "day"}
    item = catalogue.register_item(
        session, SYSTEM, catalogue.Content("企业", **told, fields=fields), catalogue.Registration(root), now=clock.now()
    )
    address = {"url": f"sqlite:///{Path.cwd()}/register.sqlite", "table": "firm"}
    new = schemas.NewSource(code="register", name_zh="登记库", department_id=root, kind="sql", settings=address)
    source = sources.add_source(session, SYSTEM, new, city.engines.keyring, now=clock.now())
    mapped = schemas.MappingIn(item_id=item.id, mode="upsert", mapping={"uscc": "uscc", "name": "name"})
    sources.map_source(session, SYSTEM, source, mapped, now=clock.now())
    code = item.code

found = []
for asked in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        done = _run(["intake", *(one.replace("{item}", code) for one in asked)], debug=False)
    found.append([done, out.getvalue(), err.getvalue()])
print(json.dumps([code, found]))
"""
REFUSED = {
    ("run", "nobody"): "intake status",
    ("load", "firms.csv", "--item", "none"): "none",
    ("load", "firms.csv", "--item", "{item}", "--mode", "throw"): "append",
    ("load", "firms.csv", "--item", "{item}", "--map", "uscc"): "uscc",
    ("load", "absent.csv", "--item", "{item}"): "absent.csv",
    ("divisions", "--department", "没有这个局"): "没有这个局",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("intake")
    (made / "zhengtong.toml").write_text(f"[intake]\nfolders = ['{made}']\n", "utf-8")
    (made / "firms.csv").write_text(COMPANIES, "utf-8")
    with sqlite3.connect(made / "register.sqlite") as database:
        database.execute("create table firm (uscc text, name text)")
        database.execute("insert into firm values ('91350100M000100Y43', '云溪豆花店')")
    return made


@pytest.fixture(scope="module")
def prepared(folder: Path) -> tuple[str, list[Any]]:
    """A city with one item and a source that feeds it, and what the commands said there: the item's code, [exit code, out, err]."""
    asked = json.dumps([*REFUSED, ("status", "--json")])
    made = subprocess.run(
        [sys.executable, "-c", PREPARE, asked],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    code, found = json.loads(made.stdout.splitlines()[-1])
    return code, found


def test_what_cannot_be_done_is_one_sentence(prepared: tuple[str, list[Any]]) -> None:
    for (arguments, named), (code, _, err) in zip(REFUSED.items(), prepared[1], strict=False):
        assert (code, len(err.splitlines()), named in err) == (1, 1, True), (arguments, err)


def test_the_status_names_each_source(prepared: tuple[str, list[Any]]) -> None:
    code, out, _ = prepared[1][-1]
    [told] = [one for one in json.loads(out) if one["source"] == "register"]
    assert (code, told["item"], told["run"], told["rows_landed"]) == (0, prepared[0], None, 0)


def test_a_file_is_loaded_into_an_item(folder: Path, prepared: tuple[str, list[Any]], command: Command) -> None:
    done = command("intake", "load", "firms.csv", "--item", prepared[0], "--mode", "upsert", cwd=folder)
    assert done.code == 0, done.err
    assert "落湖 2  隔离 1" in done.out


def test_a_source_is_run_by_its_code(folder: Path, prepared: tuple[str, list[Any]], command: Command) -> None:
    done = command("intake", "run", "register", "--lang", "en", cwd=folder)
    assert done.code == 0, done.err
    assert "1 landed  0 quarantined" in done.out
