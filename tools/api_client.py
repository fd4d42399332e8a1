"""make client: the front end's types of the API, generated from its description; --check only says whether they are right."""

import re
import sys
from pathlib import Path

from tools import frontend, openapi, packages
from tools.told import ROOT, RUN, Stop, say, stopped

KEPT = frontend.WEB / "src" / "api" / "schema.d.ts"
DOCUMENT = ROOT / "build" / "openapi.json"


def main(args: list[str]) -> int:
    """Write web/src/api/schema.d.ts, or compare it. The exit code."""
    try:
        fresh = _generated()
    except Stop as stop:
        return stopped(stop)
    kept = KEPT.read_text("utf-8") if KEPT.exists() else ""
    if kept == fresh:
        return 0
    if "--check" in args:
        return stopped(
            Stop(
                "前端的接口类型已过时，请运行 make client。", "The front end's API types are out of date: make client."
            )
        )
    KEPT.write_text(fresh, "utf-8")
    say("已更新 web/src/api/schema.d.ts。", "Updated web/src/api/schema.d.ts.")
    return 0


def _generated() -> str:
    RUN.mkdir(exist_ok=True)
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(_short_names(openapi.text()), "utf-8")
    node = frontend.find_node()
    frontend.install(node)
    script = frontend.WEB / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    made: Path = RUN / "schema.d.ts"
    packages.call([str(node), str(script), str(DOCUMENT), "-o", str(made)], "openapi-typescript", cwd=frontend.WEB)
    return made.read_text("utf-8")


def _short_names(document: str) -> str:
    """Shapes of one name in several rooms, which the document tells apart by their modules: the first room (in the order of
    the rooms) keeps the name, the others put their own before it: `DepartmentOut`, `QualityDepartmentOut`."""
    from zhengtong import app

    order = {room.name: place for place, room in enumerate(app.CAPABILITIES)}
    long = set(re.findall(r"zhengtong__\w+", document))
    taken = set(re.findall(r'"#/components/schemas/([A-Za-z]\w*)"', document)) - long
    for name in sorted(long, key=lambda one: (order.get(one.split("__")[2], len(order)), one)):
        short, room = name.rpartition("__")[2], name.split("__")[2].title().replace("_", "")
        wanted = short if short not in taken else room + short
        while wanted in taken:
            wanted += "Also"
        taken.add(wanted)
        document = re.sub(rf"\b{name}\b", wanted, document)
    return document


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
