"""What a backup holds, line by line: the city and its ledger's head first, then every file with its size and SM3; and the city's signature.

`manifest.jsonl` is written when all else is there, so that a folder without it is no backup. `manifest.note` is a signed note (C2SP) over
its digest, by the same key that signs the ledger's checkpoints.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from zhengtong.cli.backup.errors import BackupAbsent, BackupNewer, BackupUnfinished, BackupWrong
from zhengtong.kernel.errors import Words

FORMAT = "zhengtong-backup@1"
MANIFEST, NOTE, UNFINISHED = "manifest.jsonl", "manifest.note", "UNFINISHED"
FILES, LAKE, DATABASE, SETTINGS, KEYS = "files", "lake", "database", "settings.toml", "root.key.sealed"
SQLITE, POSTGRES = f"{DATABASE}/zhengtong.sqlite", f"{DATABASE}/zhengtong.dump"
_TOPS = {FILES, LAKE, DATABASE, SETTINGS, KEYS}


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the backup: its path in the folder, its size in bytes, its SM3 in hexadecimal."""

    path: str
    size: int
    sm3: str


@dataclass(frozen=True, slots=True)
class About:
    """What was backed up and when. `size`, `root`: the ledger's head in the database's snapshot; `lake`: each table's version."""

    made_at: str
    program: str
    city: str
    city_code: str
    database: str
    revision: str
    origin: str
    size: int
    root: str
    checkpoint: str
    root_key: str
    keys: tuple[str, ...] = ()
    lake: dict[str, int] = field(default_factory=dict)
    format: str = FORMAT


def written(about: About, parts: Iterable[Part]) -> bytes:
    """The manifest's bytes: what it is of, then each file by its path."""
    lines = [_line(asdict(about)), *(_line(asdict(part)) for part in sorted(parts, key=lambda one: one.path))]
    return b"".join(lines)


def read(folder: Path, program: str) -> tuple[About, list[Part], bytes, str]:
    """What the manifest says, its bytes, and the note. Raises BackupAbsent, BackupUnfinished, BackupNewer, BackupWrong."""
    if (folder / UNFINISHED).exists():
        raise BackupUnfinished(folder=folder)
    if not (folder / MANIFEST).is_file() or not (folder / NOTE).is_file():
        raise BackupAbsent(folder=folder)
    data = (folder / MANIFEST).read_bytes()
    try:
        told, *rest = (json.loads(line) for line in data.splitlines())
        if told.get("format") != FORMAT:
            raise BackupNewer(made_by=told.get("program", "?"), this=program)
        about = About(**{**told, "keys": tuple(told["keys"])})
        parts = [Part(str(one["path"]), int(one["size"]), str(one["sm3"])) for one in rest]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BackupWrong(what=Words("清单残缺", "its manifest is damaged")) from None
    for part in parts:
        check_path(part.path)
    return about, parts, data, (folder / NOTE).read_text("utf-8", errors="replace")


def check_path(path: str) -> None:
    """A path of a manifest must stay within the folder. Raises BackupWrong."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or str(pure) != path or pure.parts[0] not in _TOPS:
        raise BackupWrong(what=Words(f"清单里有不该有的路径 {path}", f"its manifest names the path {path}"))


def unlisted(folder: Path, parts: Iterable[Part]) -> Iterator[Path]:
    """The files in the folder that the manifest does not name."""
    known = {part.path for part in parts} | {MANIFEST, NOTE, UNFINISHED}
    for path in sorted(folder.rglob("*")):
        if not path.is_dir() and path.relative_to(folder).as_posix() not in known:
            yield path


def signed_text(origin: str, digest: bytes) -> str:
    """What the city signs: never to be taken for a checkpoint, whose first line is the log's origin."""
    return f"{FORMAT}\n{origin}\n{digest.hex()}\n"


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
