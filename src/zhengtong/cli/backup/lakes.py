"""The lake's files, taken away and put back: every table at one version, with the versions before it that are not vacuumed yet.

A data file of Delta never changes, so what an interrupted backup has copied is used again. Of a table's log only the entries up to its
version go along: what was committed while the copy was made is not in it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from zhengtong.cli.backup import manifest, streams
from zhengtong.cli.backup.errors import LakeFileGone
from zhengtong.cli.backup.manifest import Part
from zhengtong.engines.crypto import Crypto
from zhengtong.engines.lake import Lake

LOG = "_delta_log"
HINT = "_last_checkpoint"
_NUMBERED = re.compile(r"(\d{20})\.")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the lake, its path from the lake's root, and its size."""

    table: str
    path: str
    size: int


def listed(lake: Lake) -> list[Stored]:
    """Every file of every table."""
    from pyarrow import fs

    found = []
    for table in lake.tables():
        for one in lake.store().get_file_info(fs.FileSelector(table, recursive=True)):
            if one.type == fs.FileType.File:
                found.append(Stored(table, one.path.strip("/"), one.size or 0))
    return found


def versions(lake: Lake) -> dict[str, int]:
    """Each table's version now."""
    return {table: lake.version(table) for table in lake.tables()}


def take(
    lake: Lake, folder: Path, crypto: Crypto, pinned: Mapping[str, int] | None, progress: streams.Progress | None
) -> Iterator[Part]:
    """This will copy what is not copied yet; with `pinned` also the logs, up to the version of each table."""
    for one in listed(lake):
        if pinned is not None and one.table not in pinned:
            continue  # made after the instant
        in_log = f"{one.table}/{LOG}/" in one.path
        if in_log and (pinned is None or not _belongs(lake, one, pinned[one.table])):
            continue
        target = folder / manifest.LAKE / one.path
        try:
            if not in_log and target.is_file() and target.stat().st_size == one.size:
                size, sm3 = streams.digest(crypto, target, progress)
            else:
                with lake.store().open_input_stream(one.path) as source:
                    size, sm3 = streams.copy(crypto, source, target, progress)
        except FileNotFoundError:  # vacuumed since the listing; `complete` tells whether it was needed
            continue
        yield Part(f"{manifest.LAKE}/{one.path}", size, sm3)


def complete(lake: Lake, pinned: Mapping[str, int], parts: Mapping[str, Part]) -> None:
    """Raises LakeFileGone where a file of a pinned version has not been copied."""
    for table, version in pinned.items():
        for file in lake.files(table, version=version):
            if f"{manifest.LAKE}/{table}/{file.path}" not in parts:
                raise LakeFileGone(table=table, path=file.path, version=version)


def put(lake: Lake, source: streams.Readable, path: str, crypto: Crypto, progress: streams.Progress) -> tuple[int, str]:
    """This will write one file of the backup to its place in the lake."""
    store, name = lake.store(), path.removeprefix(f"{manifest.LAKE}/")
    store.create_dir(name.rpartition("/")[0], recursive=True)
    with store.open_output_stream(name) as out:
        return streams.digested(crypto, source, out, progress)


def there(lake: Lake, path: str) -> int | None:
    """The size of the file in the lake; None where it is not."""
    from pyarrow import fs

    (found,) = lake.store().get_file_info([path.removeprefix(f"{manifest.LAKE}/")])
    return found.size if found.type == fs.FileType.File else None


def _belongs(lake: Lake, one: Stored, version: int) -> bool:
    """True for what a table's log held when it stood at this version."""
    name = one.path.rpartition("/")[2]
    if name == HINT:
        with lake.store().open_input_stream(one.path) as told:
            return int(json.loads(told.read())["version"]) <= version
    numbered = _NUMBERED.match(name)
    return numbered is not None and int(numbered[1]) <= version
