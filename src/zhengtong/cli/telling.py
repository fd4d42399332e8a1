"""`settings` and `openapi`: what this installation is set to, and what it answers."""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zhengtong import app
from zhengtong.cli import opening, words


def settings(config: Path | None, *, as_json: bool) -> None:
    """This will print every setting, its value (secrets hidden) and where it comes from."""
    told = opening.chosen(config, {}).told()
    if as_json:
        print(json.dumps([asdict(one) for one in told], ensure_ascii=False, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for zh, en in (("设置", "setting"), ("取值", "value"), ("来源", "from"), ("说明", "meaning")):
        table.add_column(words.say(zh, en), overflow="fold")
    for one in told:
        source = {"default": words.say("默认", "default"), "environment": words.say("环境变量", "environment")}
        name = f"{one.section}.{one.key}"
        table.add_row(name, one.value, source.get(one.source, one.source), words.half(one.description))
    Console().print(table)


def openapi() -> None:
    """This will print the OpenAPI document, keys in order, so that two prints can be compared; nothing else is touched."""
    with tempfile.TemporaryDirectory() as folder:
        nowhere = Path(folder)
        given: dict[str, dict[str, Any]] = {
            "kernel": {"data": nowhere / "data", "database": ""},
            "crypto": {"root_key": nowhere / "root.key"},
        }
        city = app.open_city(app.load_settings(given=given))
        document = app.create_app(city, work=False).openapi()
        city.close()
    print(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True))
