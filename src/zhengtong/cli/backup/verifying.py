"""Whether a backup is what was backed up: its files against the manifest, its ledger against the head and the checkpoints that people kept."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from zhengtong.cli import words
from zhengtong.cli.backup import manifest, streams
from zhengtong.cli.backup.errors import BackupWrong
from zhengtong.cli.backup.manifest import About, Part
from zhengtong.engines.crypto import Crypto
from zhengtong.kernel.db import Database
from zhengtong.kernel.errors import Words
from zhengtong.sharing import ledger


def check_note(about: About, data: bytes, note: str, crypto: Crypto) -> None:
    """Raises BackupWrong where the note is not over this manifest."""
    try:
        text = ledger.Note.of(note).text
    except ledger.NoteWrong:
        text = ""
    if text != manifest.signed_text(about.origin, crypto.sm3(data)):
        raise BackupWrong(what=Words("清单与它的签名不符", "its manifest is not the one that was signed"))


def check_there(folder: Path, parts: Iterable[Part]) -> None:
    """Raises BackupWrong naming the first file that is missing, of another size, or not in the manifest."""
    for part in parts:
        path = folder / part.path
        if not path.is_file():
            raise BackupWrong(what=Words(f"缺少文件 {part.path}", f"the file {part.path} is missing"))
        check_size(part, path.stat().st_size)
    for stray in manifest.unlisted(folder, parts):
        name = stray.relative_to(folder).as_posix()
        raise BackupWrong(what=Words(f"多出文件 {name}", f"the file {name} is not in its manifest"))


def check_all(folder: Path, parts: Sequence[Part], crypto: Crypto) -> None:
    """Raises BackupWrong naming the first file that is not as the manifest says."""
    check_there(folder, parts)
    progress = streams.Progress("已核对", "checked", sum(part.size for part in parts))
    for part in parts:
        check_part(part, *streams.digest(crypto, folder / part.path, progress))


def check_size(part: Part, size: int) -> None:
    if size != part.size:
        told = Words(
            f"文件 {part.path} 应为 {part.size} 字节，实为 {size}",
            f"the file {part.path} should be of {part.size} bytes and is of {size}",
        )
        raise BackupWrong(what=told)


def check_part(part: Part, size: int, sm3: str) -> None:
    """Raises BackupWrong where the file's bytes are not the manifest's."""
    check_size(part, size)
    if sm3 != part.sm3:
        told = Words(f"文件 {part.path} 的内容被改动过", f"the content of {part.path} was altered")
        raise BackupWrong(what=told)


def kept_checkpoint(file: Path) -> ledger.Note:
    """A checkpoint that somebody has kept. Raises BackupWrong."""
    try:
        note = ledger.Note.of(file.read_text("utf-8"))
        ledger.Checkpoint.of(note.text)
    except (OSError, UnicodeDecodeError, ledger.NoteWrong) as wrong:
        raise BackupWrong(what=Words(f"{file} 不是检查点（{wrong}）", f"{file} is no checkpoint ({wrong})")) from wrong
    return note


def wrong_with_ledger(
    database: Database, about: About, note: str, kept: Sequence[ledger.Note], crypto: Crypto
) -> Words | None:
    """The first thing that does not hold, in words; None where all does. `note`: the signed digest of the manifest."""
    with database.read() as session:
        head = ledger.head(session)
        words.tell(f"正在核对账本 {head.size} 条……", f"Verifying the ledger's {head.size} entries …")
        for found in ledger.check_ledger(session, origin=about.origin, crypto=crypto):
            return Words(found.zh, found.en)
        if (head.size, head.root.hex()) != (about.size, about.root):
            return Words(
                f"账本头部（{head.size} 条）与清单（{about.size} 条）不符",
                f"its head of {head.size} entries is not the manifest's of {about.size}",
            )
        if not _is_signed(session, ledger.Note.of(note), about, crypto):
            return Words("清单不是用这个账本的密钥签的", "its manifest is not signed by a key of this ledger")
        for one in kept:
            if wrong := _against(session, one, about, crypto):
                return wrong
    return None


def _against(session: Session, note: ledger.Note, about: About, crypto: Crypto) -> Words | None:
    shown, size = ledger.Checkpoint.of(note.text), about.size
    if shown.origin != about.origin:
        return Words(f"检查点属于 {shown.origin}", f"the checkpoint is of {shown.origin}")
    if shown.size > size:
        return Words(
            f"第 {size} 条起缺失：您留存的检查点有 {shown.size} 条（备份比它旧，或末尾被截去）",
            f"entries from {size} on are missing: the checkpoint you kept has {shown.size} (the backup is older, or was cut)",
        )
    if ledger.root_at(session, shown.size) != shown.root:
        return Words(
            f"第 0 至 {shown.size - 1} 条与您留存的检查点不符：记录被改写",
            f"entries 0 to {shown.size - 1} do not fit the checkpoint you kept: they were rewritten",
        )
    if not _is_signed(session, note, about, crypto):
        return Words("检查点不是用这个账本的密钥签的", "the checkpoint is not signed by a key of this ledger")
    return None


def _is_signed(session: Session, note: ledger.Note, about: About, crypto: Crypto) -> bool:
    try:
        return bool(ledger.verified(note, ledger.log_keys(session, about.origin), ledger.verifier(crypto)))
    except ledger.NoteWrong:
        return False
