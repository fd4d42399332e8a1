"""`ledger check | recheck | export | tiles`: the kept ledger examined, and taken away."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zhengtong.cli import words

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from zhengtong.kernel.settings import Settings

Config = Annotated[Path | None, typer.Option("--config", help="设置文件 · settings file", show_default=False)]
Data = Annotated[Path | None, typer.Option("--data", help="数据目录 · data folder", show_default=False)]


def group() -> typer.Typer:
    """The group of commands."""
    made = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    made.command("check")(check)
    made.command("recheck")(recheck)
    made.command("export")(export)
    made.command("tiles")(tiles)
    return made


def check(config: Config = None, data: Data = None) -> None:
    """逐条核对账本、状态重放与审计锚点（有错则退出码 1） · Check every entry, replay the state; exit code 1 where it fails."""
    from zhengtong import engines
    from zhengtong.engines.crypto import CryptoSettings
    from zhengtong.sharing import ledger

    with _reading(config, data) as (settings, session):
        crypto = engines.open_crypto(settings.of(CryptoSettings))
        size = ledger.head(session).size
        found = ledger.check_ledger(session, origin=ledger.origin_of(settings), crypto=crypto)
    for one in found:
        words.tell(f"✗ {one.zh}", f"✗ {one.en}")
    if not found:
        words.tell(
            f"✓ 全部 {size} 条记录都对，状态与重放一致。", f"✓ All {size} entries hold; replay gives the kept state."
        )
    raise typer.Exit(1 if found else 0)


def recheck(
    after: Annotated[int, typer.Option(help="从第几次调用之后开始 · only calls after this number")] = 0,
    config: Config = None,
    data: Data = None,
) -> None:
    """用封存的输入把每次裁决重做一遍（有不同则退出码 1） · Decide every past call again from its sealed inputs."""
    from collections import Counter

    from zhengtong import engines
    from zhengtong.engines.crypto import CryptoSettings
    from zhengtong.sharing import gateway

    counted: Counter[str] = Counter()
    with _reading(config, data) as (settings, session):
        crypto = engines.open_crypto(settings.of(CryptoSettings))
        for one in gateway.recheck(session, engines.open_keyring(settings, crypto), crypto, after=after):
            counted[one.verdict] += 1
            if one.verdict in _WRONG:
                zh, en = _WRONG[one.verdict]
                words.tell(
                    f"✗ 第 {one.number} 次（{one.receipt_id}）：{zh} {one.was} {one.now}",
                    f"✗ call {one.number} ({one.receipt_id}): {en} {one.was} {one.now}",
                )
    wrong = sum(counted[verdict] for verdict in _WRONG)
    words.tell(
        f"{'✗' if wrong else '✓'} 重新裁决 {counted.total()} 次：一致 {counted['same']}，不符 {wrong}，"
        f"输入已销毁、无法重做 {counted['shredded']}。",
        f"{'✗' if wrong else '✓'} {counted.total()} decided again: {counted['same']} the same, {wrong} wrong, "
        f"{counted['shredded']} not re-decidable (inputs destroyed).",
    )
    raise typer.Exit(1 if wrong else 0)


_WRONG = {
    "differs": ("结果不同", "another outcome"),
    "altered": ("封存的输入被改过", "the sealed inputs were altered"),
    "missing": ("账本上没有这条记录", "the ledger has no such entry"),
}


def export(
    file: Annotated[Path, typer.Argument(help="写到哪个文件（.jsonl） · file to write", show_default=False)],
    config: Config = None,
    data: Data = None,
) -> None:
    """导出整个账本，供 verify 核验 · Write the whole ledger to a file that `verify` checks."""
    from zhengtong.sharing import ledger

    with _reading(config, data) as (settings, session), file.open("wb") as written:
        needed = settings.of(ledger.Ledger).witnesses_needed
        for line in ledger.export_lines(session, origin=ledger.origin_of(settings), needed=needed):
            written.write(line)
    words.tell(f"已写到 {file}；核验：zhengtong verify {file}", f"Written to {file}; check it: zhengtong verify {file}")


def tiles(
    folder: Annotated[Path, typer.Argument(help="写到哪个目录 · folder to write", show_default=False)],
    config: Config = None,
    data: Data = None,
) -> None:
    """按 C2SP tlog-tiles 导出，供通用工具读取 · Write the log as C2SP tlog-tiles, for stock tools."""
    from zhengtong.sharing import ledger

    with _reading(config, data) as (settings, session):
        size = ledger.write_tiles(session, folder, origin=ledger.origin_of(settings))
    words.tell(f"已写 {size} 条到 {folder}。", f"{size} entries written to {folder}.")


@contextmanager
def _reading(config: Path | None, data: Path | None) -> "Iterator[tuple[Settings, Session]]":
    """The settings, and the database as it stands now; a serving city goes on beside."""
    from zhengtong.cli import opening
    from zhengtong.kernel.db import Database

    settings = opening.chosen(config, {"data": data})
    database = Database(settings.kernel.database_url)
    try:
        database.check()
        with database.read() as session:
            yield settings, session
    finally:
        database.close()
