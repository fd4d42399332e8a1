"""A city with one agreement and its item's rows, served as `zhengtong run` serves. `python -m benchmarks._governed FOLDER PORT ROWS`."""

import json
import sys
import threading
from pathlib import Path

from tests.conftest import _all_tables
from tests.sharing.gateway.place import plant
from zhengtong import app
from zhengtong.cli.serving import bound, serve
from zhengtong.kernel.db import Base, Database


def main(folder: str, port: str, rows: str) -> None:
    _all_tables()
    url = f"sqlite:///{folder}/zhengtong.sqlite"
    database = Database(url)
    Base.metadata.create_all(database.engine)
    database.close()
    given = {
        "kernel": {"database": url, "data": Path(folder) / "data", "port": int(port), "log_level": "WARNING"},
        "crypto": {"root_key": Path(folder) / "keys" / "root.key"},
    }
    settings = app.load_settings(file=Path(folder) / "none.toml", given=given)
    city = app.open_city(settings)
    place = plant(city, served=int(rows), daily_quota=10_000_000)

    def ready() -> None:
        print(
            json.dumps({"path": f"{place.path}/lookup", "session": str(place.session), "key": place.key.hex()}),
            flush=True,
        )

    assert threading.current_thread() is threading.main_thread()
    serve(city, bound(settings.kernel), ready=ready)


if __name__ == "__main__":
    main(*sys.argv[1:])
