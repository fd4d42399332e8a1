"""From the command's options to an open city: settings, data folder, the lock, the database at its newest shape."""

import gc
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zhengtong import app
from zhengtong.cli import holding, schema
from zhengtong.cli.errors import ConfigMissing, FolderReadOnly, RestoreUnfinished
from zhengtong.kernel import clock, logs
from zhengtong.kernel.settings import CONFIG, Kernel, Settings
from zhengtong.office import identity

Given = Mapping[str, Any]
RESTORING = "restoring.json"


def chosen(
    config: Path | None, given: Given, *, unless_set: Given | None = None, also: Callable[[Kernel], Given] | None = None
) -> Settings:
    """The settings, with `given` of the section kernel above all, and `unless_set` above the defaults only; `also` says
    other sections, once it is known where the data are.

    An option that was not given (None) counts for nothing. Raises SettingsWrong, ConfigMissing.
    """
    gc.freeze()  # what has been imported stays: the collector need not look through it again
    gc.enable()
    named = config or (Path(os.environ[CONFIG]) if os.environ.get(CONFIG) else None)
    if named and not named.is_file():
        raise ConfigMissing(file=named)
    kernel = {key: value for key, value in given.items() if value is not None}
    found = app.load_settings(file=config, given={"kernel": kernel})
    by_default = {told.key for told in found.told() if told.section == "kernel" and told.source == "default"}
    more = {key: value for key, value in (unless_set or {}).items() if key in by_default}
    if more:
        found = app.load_settings(file=config, given={"kernel": {**more, **kernel}})
    if also:
        found = app.load_settings(file=config, given={"kernel": {**more, **kernel}, **also(found.kernel)})
    return found


def data_folder(kernel: Kernel) -> Path:
    """The data folder, made if need be and tried by writing. Raises FolderReadOnly."""
    trial = kernel.data / f".writable-{os.getpid()}"
    try:
        kernel.data.mkdir(parents=True, exist_ok=True)
        trial.write_bytes(b"")
        trial.unlink()
    except OSError as failure:
        raise FolderReadOnly(folder=kernel.data, reason=failure.strerror) from failure
    return kernel.data


def check_restored(kernel: Kernel) -> None:
    """Raises RestoreUnfinished while the data are those of a restoration that has not been verified."""
    mark = kernel.data / RESTORING
    if mark.exists():
        try:
            source = json.loads(mark.read_text("utf-8"))["from"]
        except (ValueError, KeyError, TypeError):
            source = "…"
        raise RestoreUnfinished(folder=kernel.data, source=source)


@contextmanager
def opened(settings: Settings) -> Iterator[app.City]:
    """The city, alone on its data and with its tables at their newest; closed at the end."""
    kernel = settings.kernel
    logs.set_up(kernel.log, kernel.log_level)
    data_folder(kernel)
    check_restored(kernel)
    with holding.alone(kernel):
        city = app.open_city(settings)
        try:
            city.database.check()
            schema.migrate(city.database, kernel.data)
            _found(city)
            yield city
        finally:
            city.close()


def _found(city: app.City) -> None:
    """What every city has from its first start: the built-in roles, all rooms' permissions, the topmost department."""
    kernel = city.settings.kernel
    permissions = [permission for room in app.CAPABILITIES for permission in room.permissions]
    with city.database.write() as session:
        identity.found_city(
            session, name_zh=kernel.city, name_en=kernel.city_en, permissions=permissions, now=clock.now()
        )
