"""`make run` on a machine where something is missing: one sentence in both languages, with the remedy."""

import os
from pathlib import Path

import pytest

from tools import environment, packages

# What builds really print without a compiler (uv 0.13: argon2-cffi-bindings, greenlet, an older setuptools, maturin, meson).
WITHOUT_COMPILER = {
    "cmake": "CMake Error: Could not find the compiler specified in the environment variable CC:\n\n  gcc.\n",
    "cmake without any": "CMake Error: CMAKE_C_COMPILER not set, after EnableLanguage\n",
    "c++ by setuptools": "building 'greenlet._greenlet' extension\nerror: [Errno 2] No such file or directory: 'g++'\n",
    "c by setuptools": "error: command 'gcc' failed: No such file or directory\n",
    "c by its full name": "error: [Errno 2] No such file or directory: 'x86_64-linux-gnu-gcc'\n",
    "rust": "Cargo, the Rust package manager, is not installed or is not on PATH.\nThis package requires Rust and Cargo\n",
    "meson": "ERROR: Unknown compiler(s): [['cc'], ['gcc'], ['clang']]\n",
}
OTHERWISE = {
    "no network": ("error: Failed to fetch: `https://index.example/simple/x/`\n  Caused by: dns error\n", "镜像"),
    "no room": ("error: failed to write: No space left on device (os error 28)\n", "磁盘已满"),
    "a wrong hash": ("error: Hash mismatch for `alembic==1.20.1`\n", "Hash mismatch"),
}


@pytest.mark.parametrize("printed", WITHOUT_COMPILER.values(), ids=WITHOUT_COMPILER.keys())
def test_a_missing_compiler_is_named_with_its_remedy(printed: str) -> None:
    told = str(packages.explained("uv", printed))
    assert "没有编译器" in told
    assert "build-essential" in told.splitlines()[1]


@pytest.mark.parametrize(("printed", "named"), OTHERWISE.values(), ids=OTHERWISE.keys())
def test_other_failures_are_not_blamed_on_a_compiler(printed: str, named: str) -> None:
    told = str(packages.explained("uv", printed))
    assert named in told
    assert "编译器" not in told


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o500)
    monkeypatch.setattr(environment, "RUN", tmp_path / "run")
    with pytest.raises(PermissionError) as refused:
        environment._writable()
    assert str(tmp_path / "run") in str(environment._folder_stop(refused.value))


@pytest.mark.parametrize("code", [30, 13, 1], ids=["read-only file system", "no permission", "not permitted"])
def test_a_read_only_folder_is_told_with_the_remedy(code: int) -> None:
    told = str(environment._folder_stop(OSError(code, os.strerror(code), "/srv/zhengtong/.run")))
    assert "没有写入权限：/srv/zhengtong/.run" in told
    assert "folder of your own" in told
