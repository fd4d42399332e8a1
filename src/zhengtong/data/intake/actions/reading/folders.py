"""Files within folders that the settings allow, and never anything outside them."""

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
