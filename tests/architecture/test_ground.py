"""The tools that prepare a machine: locks without a registry's name, stamps, and one clear sentence for each failure."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture import tree
from tools import packages, stamps

PROJECT = tomllib.loads((tree.ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-node.lock")
COPYLEFT = re.compile(r"(?<![L])A?GPL", re.IGNORECASE)


def locked(name: str) -> dict[str, str]:
    text = (tree.ROOT / name).read_text("utf-8")
    return {
        canonicalize_name(key): version
        for key, version in re.findall(r"^([\w.\[\]-]+)==([\w.+!]+)", text, re.MULTILINE)
    }


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_by_hash_and_names_no_address(name: str) -> None:
    text = (tree.ROOT / name).read_text("utf-8")
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)
    assert "://" not in text
    assert all("--hash=sha256:" in entry for entry in entries if entry.strip())
    assert len(entries) > 1 or locked(name)


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["project"]["dependencies"]),
        ("requirements-dev.lock", PROJECT["project"]["dependencies"]),
        ("requirements-dev.lock", [one for one in PROJECT["dependency-groups"]["dev"] if isinstance(one, str)]),
        ("requirements-dev.lock", PROJECT["dependency-groups"]["docs"]),
        ("requirements-dev.lock", PROJECT["dependency-groups"]["bench"]),
        (
            "requirements-dev.lock",
            [one for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra],
        ),
    ],
)
def test_the_locks_hold_what_the_project_asks_for(lock: str, wanted: list[str]) -> None:
    have = locked(lock)
    requirements = [Requirement(one) for one in wanted]
    assert not [str(one) for one in requirements if have.get(canonicalize_name(one.name), "") not in one.specifier]


def test_tests_run_on_the_versions_that_are_shipped() -> None:
    ours, theirs = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: version for name, version in ours.items() if theirs.get(name) != version} == {}


def test_no_shipped_requirement_is_copyleft() -> None:
    wrong = {}
    for name in locked("requirements.lock"):
        try:
            facts = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        told = " ".join(
            [facts.get("License-Expression") or (facts.get("License") or "")[:80], *(facts.get_all("Classifier") or [])]
        )
        if COPYLEFT.search(told) and " OR " not in told:
            wrong[name] = told
    assert wrong == {}


def test_extras_and_markers_can_be_read() -> None:
    for extra in PROJECT["project"]["optional-dependencies"].values():
        assert all(
            Requirement(one).marker is None or Requirement(one).marker.evaluate(default_environment()) in (True, False)
            for one in extra
        )


def test_a_stamp_changes_with_a_byte_a_name_and_a_fact(tmp_path: Path) -> None:
    folder = tmp_path / "web"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.ts").write_text("1")
    first = stamps.digest([folder])
    assert stamps.digest([folder]) == first
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "x.js").write_text("ignored")
    assert stamps.digest([folder]) == first
    (folder / "src" / "a.ts").write_text("2")
    second = stamps.digest([folder])
    (folder / "src" / "a.ts").rename(folder / "src" / "b.ts")
    assert len({first, second, stamps.digest([folder]), stamps.digest([folder], "dev")}) == 4


def test_a_torn_stamp_is_no_stamp(tmp_path: Path) -> None:
    file = tmp_path / "stamp"
    stamps.write(file, made_from="x")
    assert stamps.read(file) == {"made_from": "x"}
    file.write_text('{"made_from": "x')
    assert stamps.read(file) == {}


@pytest.mark.parametrize(
    ("printed", "says"),
    [
        ("error: Failed to fetch `x`\n  Caused by: dns error", "镜像"),
        ("npm error code SELF_SIGNED_CERT_IN_CHAIN", "证书"),
        ("error: command 'gcc' failed: No such file or directory", "build-essential"),
        ("OSError: [Errno 28] No space left on device", "磁盘已满"),
        ("trouble\nerror: the thing is wrong\ntail", "the thing is wrong"),
    ],
)
def test_a_failed_installation_is_told_in_one_sentence_with_its_remedy(printed: str, says: str) -> None:
    assert says in str(packages.explained("uv", printed))


def test_preparing_without_a_network_says_so(tmp_path: Path) -> None:
    """In a copy of the tools, with an index that nobody serves."""
    (tmp_path / "tools").mkdir()
    for file in ("__init__", "bootstrap", "environment", "packages", "frontend", "stamps", "told"):
        (tmp_path / "tools" / f"{file}.py").write_bytes((tree.ROOT / "tools" / f"{file}.py").read_bytes())
    for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).write_bytes((tree.ROOT / name).read_bytes())
    nowhere = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "0",
    }
    done = subprocess.run(
        [sys.executable, "tools/bootstrap.py", "run"],
        cwd=tmp_path,
        env=nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "连不上软件包仓库" in done.stderr
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
