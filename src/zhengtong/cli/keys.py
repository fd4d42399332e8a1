"""`keys`: the root keys of this city, listed, rotated and retired. May be called while the city is served: it follows."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zhengtong import engines
from zhengtong.cli import opening, schema, words
from zhengtong.cli.errors import KeyStillHolds, KeyStillMarks, NoKeysYet, NoSuchKey, TablesOlder
from zhengtong.data import entities
from zhengtong.engines.crypto import CryptoSettings, Keyring
from zhengtong.kernel.db import Database
from zhengtong.office import operations

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Root:
    """One root key and what hangs on it."""

    key: str
    seals: bool
    indexes: bool
    values: int


def tell(config: Path | None, given: Given, *, as_json: bool) -> None:
    """This will print the root keys, the newest first. Raises NoKeysYet, TablesOlder."""
    with opened(config, given) as (database, keyring):
        found = _roots(database, keyring)
    if as_json:
        print(json.dumps([asdict(one) for one in found], indent=2))
        return
    for one in found:
        words.tell(
            f"{one.key}  {_use(one, '封存新值', '盲索引', '旧，只用于打开')}  已封存 {one.values} 个值",
            f"{one.key}  {_use(one, 'seals', 'indexes', 'old, opens only')}  {one.values} values sealed",
        )


def rotate(config: Path | None, given: Given, *, index: bool) -> None:
    """This will add a root key, have all values sealed with it, and say what to do next."""
    with opened(config, given) as (database, keyring):
        before = keyring.current
        key = keyring.rotate(index=index)
        words.tell(
            f"已添加根密钥 {key}；新值由它封存。正在重封旧值……",
            f"Root key {key} was added and seals from now on. Sealing older values again …",
        )
        moved = operations.seal_again(database, keyring)
        with database.write() as session:
            marking = index and entities.order_marking(session)
    words.tell(f"已重封 {moved} 个值。", f"{moved} values were sealed again.")
    words.tell(
        "请立即重新抄存根密钥文件；多台机器时把它复制到每一台。",
        "Copy the root key file anew and keep it apart; with several machines, copy it to each.",
    )
    if marking:
        words.tell(
            "企业和人员登记将在城市运行时按新密钥重做；做完后旧密钥才能停用。",
            "The registers are put under the new key while the city is served; only then can the old one go.",
        )
    if index or keyring.index != before:
        words.tell(
            f"旧密钥可停用：zhengtong keys retire {before}", f"The old one can go: zhengtong keys retire {before}"
        )
    else:
        words.tell(
            "盲索引仍用旧密钥；要一并更换请加 --index。",
            "The blind indexes stay with the old key; --index moves them too.",
        )


def retire(config: Path | None, given: Given, key: str, *, sure: Callable[[], bool]) -> None:
    """This will forget an old root key once nothing hangs on it. Raises NoSuchKey, KeyInUse, KeyStillHolds, KeyStillMarks."""
    with opened(config, given) as (database, keyring):
        roots = {one.key: one for one in _roots(database, keyring)}
        if key not in roots:
            raise NoSuchKey(key=key, known="、".join(roots))
        in_use = roots[key].seals or roots[key].indexes
        with database.read() as session:
            if not in_use and entities.is_marking(session):
                raise KeyStillMarks(key=key)
        if roots[key].values and not in_use:
            raise KeyStillHolds(key=key, count=roots[key].values)
        if in_use or sure():
            keyring.retire(key)
    words.tell(f"根密钥 {key} 已停用。", f"Root key {key} is retired.")


def _roots(database: Database, keyring: Keyring) -> list[Root]:
    known = keyring.known
    with database.read() as session:
        values = operations.sealed_under(session, known)
    return [Root(key, key == keyring.current, key == keyring.index, values[key]) for key in known]


def _use(one: Root, seals: str, indexes: str, neither: str) -> str:
    return "、".join(name for name, is_so in ((seals, one.seals), (indexes, one.indexes)) if is_so) or neither


@contextmanager
def opened(config: Path | None, given: Given) -> Iterator[tuple[Database, Keyring]]:
    """The database and the keyring of a city that stands; looking at one that does not makes nothing."""
    settings = opening.chosen(config, given)
    path = engines.root_key_of(settings)
    if not path.exists():
        raise NoKeysYet(path=path)
    keyring = engines.open_keyring(settings, engines.open_crypto(settings.of(CryptoSettings)))
    database = Database(settings.kernel.database_url)
    try:
        database.check()
        if not schema.shape(database).is_newest:
            raise TablesOlder()
        yield database, keyring
    finally:
        database.close()
