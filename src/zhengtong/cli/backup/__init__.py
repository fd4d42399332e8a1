"""`backup TO` and `restore FROM`: the whole city in one folder, and out of it again, verified against the ledger."""

from pathlib import Path
from typing import Annotated

import typer

from zhengtong.cli import words

Config = Annotated[Path | None, typer.Option("--config", help="设置文件 · settings file", show_default=False)]
Data = Annotated[Path | None, typer.Option("--data", help="数据目录 · data folder", show_default=False)]
Passphrase = Annotated[
    Path | None, typer.Option("--passphrase-file", help="口令所在文件 · file with the passphrase", show_default=False)
]


def backup(
    to: Annotated[Path, typer.Argument(help="备份到哪个空目录 · empty folder to write", show_default=False)],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="连根密钥一起，以口令封存 · the root keys too, under a passphrase")
    ] = False,
    passphrase_file: Passphrase = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """备份整座城市，运行中亦可 · Back the whole city up, also while it is served."""
    from zhengtong.cli.backup import taking

    taking.backup(config, data, to, with_keys=with_keys, passphrase_file=passphrase_file)


def restore(  # noqa: PLR0913 - an argument an option
    source: Annotated[Path, typer.Argument(metavar="FROM", help="备份所在目录 · the backup", show_default=False)],
    checkpoint: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="自己留存的检查点 · a checkpoint that you kept")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="替换已有的城市（先问） · replace the city there, after asking")
    ] = False,
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="也恢复封存的根密钥 · restore the sealed root keys too")
    ] = False,
    passphrase_file: Passphrase = None,
    only_check: Annotated[
        bool, typer.Option("--check", help="只核对备份，不恢复 · only check the backup's files")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 · do not ask")] = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """从备份恢复到空的地方，并对账本核验 · Restore a backup into an empty place, verified against the ledger."""
    from zhengtong.cli.backup import restoring

    question = words.say(
        "替换已有的城市？数据目录会移到旁边，PostgreSQL 里的表会删除。",
        "Replace the city that is there? Its data folder is moved aside; tables in PostgreSQL are deleted.",
    )
    if only_check:
        restoring.check(config, source)
        return
    wanted = restoring.Wanted(
        source,
        tuple(checkpoint or ()),
        replace,
        passphrase_file,
        with_keys,
        lambda: yes or typer.confirm(question, abort=True),
    )
    restoring.restore(config, data, wanted)
