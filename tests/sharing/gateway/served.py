"""A city with one agreement and its item's rows, served as `zhengtong run` serves, in a process of its own.
`python -m tests.sharing.gateway.served FOLDER PORT ROWS FRONT [TERMS [DATABASE]]`: `FRONT` 1 with a front process; `TERMS` a JSON object;
`DATABASE` one that has its tables.
"""

import json
import sys
import threading
from dataclasses import fields
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.conftest import _all_tables
from tests.sharing.gateway.place import Place, plant
from zhengtong import app
from zhengtong.cli.serving import bound, serve
from zhengtong.kernel.db import Base, Database


def main(folder: str, port: str, rows: str, front: str, terms: str = "{}", url: str = "") -> None:
    if not url:
        _all_tables()
        database = Database(sqlite_in(Path(folder)))
        Base.metadata.create_all(database.engine)
        database.close()
    city = opened(Path(folder), url, port=int(port), front=bool(int(front)))
    place = plant(city, served=int(rows), **{"daily_quota": 10_000_000, **json.loads(terms)})
    assert threading.current_thread() is threading.main_thread()
    serve(city, bound(city.settings.kernel), ready=lambda: print(told(place), flush=True))


def sqlite_in(folder: Path) -> str:
    return f"sqlite:///{folder}/zhengtong.sqlite"


def opened(folder: Path, url: str = "", *, port: int = 8000, front: bool = False) -> app.City:
    """The city in this folder."""
    given = {
        "kernel": {"database": url or sqlite_in(folder), "data": folder / "data", "port": port, "log_level": "WARNING"},
        "crypto": {"root_key": folder / "keys" / "root.key"},
        "gateway": {"front": front},
    }
    return app.open_city(app.load_settings(file=folder / "none.toml", given=given))


def told(place: Place) -> str:
    """The place without its city, in a line."""
    facts = {one.name: getattr(place, one.name) for one in fields(place) if one.name != "city"}
    shown = {name: value.hex() if isinstance(value, bytes) else str(value) for name, value in facts.items()}
    return json.dumps({**shown, "path": f"{place.path}/lookup"})


def heard(line: str, city: app.City) -> Place:
    """The place that a line tells, in another process."""
    facts: dict[str, Any] = json.loads(line)
    facts.pop("path")
    key, code = bytes.fromhex(facts.pop("key")), facts.pop("code")
    return Place(city, code=code, key=key, **{name: UUID(value) for name, value in facts.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
