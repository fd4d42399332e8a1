"""The keyring in a root key file: mode 0600, outside the data folder, in no backup.

The file holds root keys of 32 bytes; a key per purpose and use is derived from a root by HMAC-SM3 (the expand step of RFC 5869), so the
file is all that has to be kept. Rotation adds a root: new values are sealed under it, old ones open as long as their root stays, and
`reseal` moves a value over. A sealed value is version (1) ‖ key id (8) ‖ nonce (12) ‖ ciphertext ‖ tag (16); a key seals at most 2³²
values before it should be rotated (random nonces). A marker in the data folder remembers the key id, so that a lost root file is told
as lost and never silently made anew.
"""

import contextlib
import functools
import json
import os
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zhengtong.engines import crypto
from zhengtong.kernel import errors

if sys.platform != "win32":
    import fcntl

_FORMAT = "zhengtong-root@1"
_VERSION = b"\x01"
_ID = 8
_HEAD = 1 + _ID
LOOKED_S = 0.02
"""How long the root key file is believed: a look at it costs more than sealing does."""


class RootKeyUnsafe(errors.Unavailable):
    zh = "根密钥文件 {path} 不可用：{why}。"
    en = "The root key file {path} cannot be used: {why}."


class RootKeyAbsent(errors.Unavailable):
    zh = "找不到根密钥文件 {path}，而数据目录中的数据是用它封存的（密钥号 {key}）。请从保管处恢复该文件；切勿新建。"
    en = (
        "The root key file {path} is absent, but the data here was sealed with it (key {key}). "
        "Restore it from where it is kept; do not make a new one."
    )


class KeyUnknown(errors.Unavailable):
    zh = "内容由密钥 {key} 封存，而根密钥文件 {path} 中没有它。请恢复含有该密钥的文件。"
    en = "Sealed with key {key}, which the root key file {path} does not hold. Restore the file that has it."


class KeyInUse(errors.Conflict):
    zh = "密钥 {key} 仍在使用，不能停用。请先轮换并重新封存。"
    en = "Key {key} is still in use and cannot be retired. Rotate and seal again first."


@dataclass(frozen=True, slots=True)
class _Roots:
    """What the file holds: root keys by id, which one seals and which one indexes."""

    keys: Mapping[str, bytes] = field(repr=False)
    seal: str
    index: str


class FileKeyring:
    """The Keyring port on a root key file."""

    def __init__(self, engine: crypto.Crypto, path: Path, marker: Path) -> None:
        self._engine, self._path, self._marker = engine, path, marker
        self._lock = threading.RLock()
        self._seen: tuple[int, int] | None = None
        self._looked = float("-inf")
        self._derived = functools.lru_cache(256)(self._derive)
        self._roots = self._first_use() if not path.exists() else self._read()
        self._mark()

    @property
    def current(self) -> str:
        return self._latest().seal

    @property
    def index(self) -> str:
        return self._latest().index

    @property
    def known(self) -> tuple[str, ...]:
        return tuple(self._latest().keys)

    def check(self) -> None:
        """Raises RootKeyAbsent or RootKeyUnsafe unless the root key file is still there, safe and whole."""
        self._read()

    def seal(self, purpose: crypto.Purpose, plain: bytes, aad: bytes = b"") -> bytes:
        roots = self._latest()
        head = _VERSION + bytes.fromhex(roots.seal)
        return head + self._engine.sm4_seal(self._derived(roots.keys[roots.seal], purpose, "seal"), plain, head + aad)

    def open(self, purpose: crypto.Purpose, sealed: bytes, aad: bytes = b"") -> bytes:
        if len(sealed) < _HEAD or not sealed.startswith(_VERSION):
            raise crypto.SealBroken
        head = sealed[:_HEAD]
        root = self._root(head[1:].hex())
        return self._engine.sm4_open(self._derived(root, purpose, "seal"), sealed[_HEAD:], head + aad)

    def reseal(self, purpose: crypto.Purpose, sealed: bytes, aad: bytes = b"") -> bytes:
        plain = self.open(purpose, sealed, aad)
        return sealed if sealed[1:_HEAD].hex() == self.current else self.seal(purpose, plain, aad)

    def blind_index(self, purpose: crypto.Purpose, text: str) -> str:
        roots = self._latest()
        return self._indexed(roots.keys[roots.index], purpose, text)

    def blind_indexes(self, purpose: crypto.Purpose, text: str) -> tuple[str, ...]:
        roots = self._latest()
        older = [key for key in roots.keys if key != roots.index]
        return tuple(self._indexed(roots.keys[key], purpose, text) for key in (roots.index, *older))

    def rotate(self, *, index: bool = False) -> str:
        with self._lock, _alone(self._path):
            roots, fresh = self._read(), crypto.random(32)
            key = self._id_of(fresh)
            self._write(_Roots({key: fresh, **roots.keys}, key, key if index else roots.index))
            self._mark()
        return key

    def retire(self, key: str) -> None:
        with self._lock, _alone(self._path):
            roots = self._read()
            if key in (roots.seal, roots.index):
                raise KeyInUse(key=key)
            if key not in roots.keys:
                raise KeyUnknown(key=key, path=self._path)
            self._write(_Roots({one: root for one, root in roots.keys.items() if one != key}, roots.seal, roots.index))
            self._derived.cache_clear()

    def _latest(self) -> _Roots:
        """The roots as the file holds them: another process may have rotated, which is seen within LOOKED_S. What cannot be read is told by
        `check`."""
        now = time.monotonic()
        if now < self._looked + LOOKED_S:
            return self._roots
        with contextlib.suppress(OSError, RootKeyUnsafe):
            self._looked, told = now, self._path.stat()
            if self._seen != (told.st_ino, told.st_mtime_ns):
                with self._lock:
                    self._roots, self._seen = self._read(), (told.st_ino, told.st_mtime_ns)
        return self._roots

    def _root(self, key: str) -> bytes:
        """The root of this id; the file is read once more when it is unknown, for another process may have rotated."""
        if key not in self._roots.keys:
            with self._lock:
                self._roots = self._read()
        if key not in self._roots.keys:
            raise KeyUnknown(key=key, path=self._path)
        return self._roots.keys[key]

    def _derive(self, root: bytes, purpose: crypto.Purpose, use: str) -> bytes:
        key = self._engine.hmac_sm3(root, f"{_FORMAT}/{purpose}/{use}\x01".encode())
        return key[:16] if use == "seal" else key

    def _indexed(self, root: bytes, purpose: crypto.Purpose, text: str) -> str:
        return self._engine.hmac_sm3(self._derived(root, purpose, "index"), text.encode()).hex()

    def _id_of(self, root: bytes) -> str:
        return self._engine.hmac_sm3(root, f"{_FORMAT}/id".encode())[:_ID].hex()

    def _first_use(self) -> _Roots:
        if self._marker.exists():
            raise RootKeyAbsent(path=self._path, key=self._marker.read_text("ascii").strip())
        root = crypto.random(32)
        key = self._id_of(root)
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write(_Roots({key: root}, key, key), first=True)
        return self._read()

    def _mark(self) -> None:
        """The id that seals is noted beside the data; a root file that does not know the noted id is another city's."""
        noted = self._marker.read_text("ascii").strip() if self._marker.exists() else ""
        if noted and noted not in self._roots.keys:
            raise KeyUnknown(key=noted, path=self._path)
        if noted != self._roots.seal:
            self._marker.parent.mkdir(parents=True, exist_ok=True)
            _replace(self._marker, self._roots.seal.encode(), mode=0o644)

    def _read(self) -> _Roots:
        try:
            _guard(self._path)
            text = self._path.read_bytes()
        except OSError as failed:
            why = failed.strerror or type(failed).__name__
            raise RootKeyUnsafe(path=self._path, why=errors.Words(f"读不到（{why}）", f"unreadable ({why})")) from None
        try:
            return self._parsed(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError):
            why_words = errors.Words("内容残缺或不是根密钥文件", "damaged, or not a root key file")
            raise RootKeyUnsafe(path=self._path, why=why_words) from None

    def _parsed(self, told: dict[str, Any]) -> _Roots:
        keys = {key: bytes.fromhex(root) for key, root in told["roots"].items()}
        sound = all(len(root) == 32 and self._id_of(root) == key for key, root in keys.items())
        if told["format"] != _FORMAT or not sound or not {told["seal"], told["index"]} <= keys.keys():
            raise ValueError
        return _Roots(keys, told["seal"], told["index"])

    def _write(self, roots: _Roots, *, first: bool = False) -> None:
        keys = {key: root.hex() for key, root in roots.keys.items()}
        told = {"format": _FORMAT, "seal": roots.seal, "index": roots.index, "roots": keys}
        text = (json.dumps(told, indent=1) + "\n").encode()
        try:
            _replace(self._path, text, mode=0o600, only_new=first)
        except OSError as failed:
            why = failed.strerror or type(failed).__name__
            raise RootKeyUnsafe(
                path=self._path, why=errors.Words(f"写不进（{why}）", f"not writable ({why})")
            ) from None
        self._roots = roots


def open_keyring(engine: crypto.Crypto, path: Path, data: Path) -> FileKeyring:
    """This will open the root key file, making it (0600) on first use. Raises RootKeyUnsafe, RootKeyAbsent, KeyUnknown."""
    if path.resolve().is_relative_to(data.resolve()):
        why = errors.Words(
            f"它在数据目录 {data} 之内，会随备份外流；请移到目录之外", f"it lies in the data folder {data}; move it out"
        )
        raise RootKeyUnsafe(path=path, why=why)
    return FileKeyring(engine, path, data / "root-key.id")


def _guard(path: Path) -> None:
    """Refuses a file that others may read or that another user owns."""
    if os.name != "posix":
        return
    found = path.stat()
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = f"{stat.S_IMODE(found.st_mode):04o}"
        why = errors.Words(f"权限 {mode} 太宽，他人可读；请执行 chmod 600", f"mode {mode} lets others in; chmod 600 it")
        raise RootKeyUnsafe(path=path, why=why)
    if found.st_uid not in (0, os.geteuid()):
        raise RootKeyUnsafe(path=path, why=errors.Words("属于另一个用户", "another user owns it"))


def _replace(path: Path, text: bytes, *, mode: int, only_new: bool = False) -> None:
    """Written beside, synced, then put in place as a whole; `only_new` leaves a file that came in between as it is."""
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(mode)
        if not only_new:
            beside.replace(target)
        elif not target.exists():
            _link(beside, target)
        _sync_folder(target.parent)
    finally:
        beside.unlink(missing_ok=True)


def _link(beside: Path, target: Path) -> None:
    try:
        target.hardlink_to(beside)
    except FileExistsError:
        return


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two processes that rotate at once would lose one root, and with it what it sealed."""
    if sys.platform == "win32":
        yield
        return
    handle = os.open(path.resolve().parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
