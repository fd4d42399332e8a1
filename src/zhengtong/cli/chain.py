"""`chain app | genesis | status | check`: the commands and their options; what they do stands in `ordering`, opened when called."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path | None, typer.Option("--config", help="设置文件 · settings file", show_default=False)]
Data = Annotated[Path | None, typer.Option("--data", help="数据目录 · data folder", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出 · print JSON")]
Home = Annotated[Path, typer.Option("--home", help="应用的目录 · folder of the application", show_default=False)]


def group() -> typer.Typer:
    """The group of commands."""
    made = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    made.command("app")(app)
    made.command("genesis")(genesis)
    made.command("status")(status)
    made.command("check")(check)
    return made


def app(
    home: Home,
    listen: Annotated[str, typer.Option("--listen", help="监听地址 · address to bind")] = "127.0.0.1:26658",
    snapshot_every: Annotated[
        int,
        typer.Option(
            "--snapshot-every", min=0, help="每多少块留一份快照，0 为不留 · blocks between snapshots, 0: none"
        ),
    ] = 1000,
) -> None:
    """运行本部门 CometBFT 节点背后的应用 · Run what stands behind this department's node of CometBFT."""
    from zhengtong.cli import ordering

    raise typer.Exit(ordering.serve(home, listen, snapshot_every=snapshot_every))


def genesis(
    voters: Annotated[
        list[str],
        typer.Argument(help="部门名=验证者公钥，每个部门一个 · name=key, one a department", show_default=False),
    ],
    chain_id: Annotated[str, typer.Option("--chain-id", help="链的名称 · the chain's name", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="写到哪里 · where to")] = Path("genesis.json"),
) -> None:
    """写出各节点共用的创世文件 · Write the document that every node begins with."""
    from zhengtong.cli import ordering

    ordering.genesis(voters, chain_id=chain_id, out=out)


def status(config: Config = None, data: Data = None, as_json: AsJson = False) -> None:
    """链的现状：高度、验证者、是否停摆 · How the chain stands: height, validators, halted or not."""
    from zhengtong.cli import ordering

    raise typer.Exit(ordering.status(config, {"data": data}, as_json=as_json))


def check(
    config: Config = None,
    data: Data = None,
    since: Annotated[int, typer.Option("--since", min=1, help="从第几块查起 · first block to compare")] = 1,
    as_json: AsJson = False,
) -> None:
    """逐块比对各节点，指出被改动的那个 · Compare the nodes block by block and name the one that was altered."""
    from zhengtong.cli import ordering

    raise typer.Exit(ordering.check(config, {"data": data}, since=since, as_json=as_json))
