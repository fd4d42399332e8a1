"""`ledger check | recheck | export | tiles | forget`: the kept ledger examined, taken away; a person's receipts made nobody's."""

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
Yes = Annotated[bool, typer.Option("--yes", help="不再询问 · do not ask")]


def group() -> typer.Typer:
    """The group of commands."""
    made = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    made.command("check")(check)
    made.command("recheck")(recheck)
    made.command("export")(export)
    made.command("tiles")(tiles)
    made.command("forget")(forget)
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


def forget(
    reason: Annotated[str, typer.Option("--reason", help="依据或缘由，记入审计 · why; goes into the audit trail")],
    config: Config = None,
    data: Data = None,
    yes: Yes = False,
) -> None:
    """销毁一个人（或企业）的回执钥匙（不可挽回）；号码另行询问 · Destroy the key to a person's receipts, for good; the number is asked for."""
    from zhengtong.cli import keys
    from zhengtong.kernel import clock
    from zhengtong.kernel.actor import SYSTEM
    from zhengtong.sharing import gateway

    if not reason.strip():
        raise typer.BadParameter(words.say("请写明缘由", "say why"), param_hint="--reason")
    asked = words.say("身份证号或统一社会信用代码", "Identity number or firm's code")
    number = str(typer.prompt(asked, hide_input=True))
    question = words.say(
        "销毁后，谁也认不出哪些回执是此人的，本人也查不到。继续？",
        "Nobody will be able to tell which receipts are this person's, the person included. Go on?",
    )
    yes or typer.confirm(question, abort=True)
    with keys.opened(config, {"data": data}) as (database, keyring), database.write() as session:
        gone = gateway.forget_person(session, SYSTEM, keyring, number, reason=reason, now=clock.now())
    if not gone:
        words.tell(
            "没有这个号码的回执，什么也没有改。", "There are no receipts about this number; nothing was changed."
        )
        return
    words.tell(
        f"已销毁；{gone} 份回执再也认不出是谁的。此前的备份里仍有这把钥匙，请按期删除。",
        f"Destroyed: of {gone} receipts nobody can tell any more whose they are. Backups made before still hold the key: "
        "delete them in time.",
    )


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
