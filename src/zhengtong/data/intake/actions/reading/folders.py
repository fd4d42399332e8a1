"""Files within folders that the settings allow, and never anything outside them."""

import fnmatch
import stat
from collections.abc import Sequence
from pathlib import Path

from zhengtong.data.intake import errors


def checked(path: Path, allowed: Sequence[Path]) -> Path:
    """The real place of the path. Raises FolderNotAllowed unless it lies within an allowed folder, after every link is followed."""
    real = path.resolve()
    if not path.is_absolute() or not any(real.is_relative_to(root.resolve()) for root in allowed):
        raise errors.FolderNotAllowed(path=str(path))
    return real


def is_plain_file(path: Path) -> bool:
    """True for a file itself: no link, no folder, no device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def dropped(root: Path, pattern: str) -> list[Path]:
    """The files in the folder itself whose names fit, oldest first; hidden ones, links and what a sender is still writing left out.

    Raises SourceAway where the folder cannot be listed.
    """
    found = []
    try:
        for path in root.iterdir():
            if fnmatch.fnmatchcase(path.name, pattern) and not _is_unfinished(path.name) and is_plain_file(path):
                found.append((path.lstat().st_mtime_ns, path.name, path))
    except OSError as failure:
        raise errors.SourceAway(why=f"{root}: {failure.strerror}") from failure
    return [path for _, _, path in sorted(found)]


def _is_unfinished(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower().endswith(
        (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".done")
    )
