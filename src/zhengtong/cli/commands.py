"""The commands and their options. Each opens its own module only when it is called, so that `--help` is quick."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from zhengtong.cli import backup, chain, guomi, intake, ledger, signer, verify, witness, words

Config = Annotated[
    Path | None,
    typer.Option("--config", help="设置文件 · settings file (TOML); default zhengtong.toml", show_default=False),
]
Data = Annotated[Path | None, typer.Option("--data", help="数据目录 · data folder", show_default=False)]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="端口 · port", show_default=False)]
Host = Annotated[str | None, typer.Option("--host", help="监听地址 · address to bind", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出 · print JSON")]
Size = Annotated[
    str,
    typer.Option(
        "--size", help="城市规模 small | large（首次载入要很久） · how large a city; large takes long to load"
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="不再询问 · do not ask")]
ABOUT = "政通：一座城市的各部门共享数据、协同办事，事后样样可证。 · Departments share data and work together; everything can be proved."
NOTE = "任何命令都可加 --lang en（英文）与 --debug（完整错误）。 · Every command takes --lang en and --debug."


def build() -> Callable[..., int | None]:
    """The command line, ready to be called."""
    root = typer.Typer(epilog=NOTE, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    root.callback(help=ABOUT)(_options)
    for command in (
        run,
        migrate,
        doctor,
        settings,
        openapi,
        work,
        guomi.smtls,
        verify.verify,
        backup.backup,
        backup.restore,
    ):
        root.command()(command)
    root.add_typer(_keys(), name="keys", help="根密钥：查看、轮换、停用 · the root keys: list, rotate, retire")
    root.add_typer(
        intake.group(), name="intake", help="数据接入：装载文件、运行、查看 · intake: load a file, run, status"
    )
    root.add_typer(
        chain.group(),
        name="chain",
        help="联盟链：节点应用、现状、比对 · the chain: a node's application, status, check",
    )
    root.add_typer(ledger.group(), name="ledger", help="账本：核对、导出 · the ledger: check, export")
    root.add_typer(
        witness.group(), name="witness", help="见证人：部门自己看着账本 · a department's own witness of the ledger"
    )
    root.add_typer(
        signer.group(), name="signer", help="签名程序：部门自管密钥 · a department that keeps its own key signs here"
    )
    root.add_typer(guomi.group(), name="ca", help="SM2 证书：签发、撤销 · SM2 certificates: issue, revoke")
    root.add_typer(_demo(), name="demo", help="启动云溪市演示 · the demo city of Yunxi", invoke_without_command=True)
    return typer.main.get_command(root)


def _tell_version(wanted: bool) -> None:
    if wanted:
        import zhengtong

        print(f"zhengtong {zhengtong.__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", help="版本 · the version", is_eager=True, callback=_tell_version)
    ] = False,
) -> None:
    """The options that stand before a command."""


def run(config: Config = None, data: Data = None, host: Host = None, port: Port = None) -> None:
    """启动这座城市 · Serve the city; an empty one prints a link for its first administrator."""
    words.tell("正在启动……", "Starting …")  # the rooms take seconds to open, on a busy machine many
    from zhengtong.cli import running

    running.run(config, {"data": data, "host": host, "port": port})


def work(config: Config = None) -> None:
    """只执行后台任务（需 PostgreSQL） · Work the jobs only, beside a serving process (PostgreSQL)."""
    from zhengtong.cli import running

    running.work(config)


def migrate(
    config: Config = None,
    data: Data = None,
    new: Annotated[str | None, typer.Option("--new", hidden=True, help="写一个新的迁移 · write a new revision")] = None,
) -> None:
    """升级数据库结构 · Bring the database's tables to their newest shape."""
    from zhengtong.cli import migrating

    if new:
        migrating.write_revision(new)
    else:
        migrating.migrate(config, {"data": data})


def doctor(config: Config = None, data: Data = None, as_json: AsJson = False) -> None:
    """体检：逐项检查并给出办法 · Check what the city needs, with the remedy for each failing."""
    from zhengtong.cli import doctoring

    raise typer.Exit(0 if doctoring.examine(config, {"data": data}, as_json=as_json) else 1)


def settings(config: Config = None, as_json: AsJson = False) -> None:
    """每项设置、取值与来源 · Every setting, its value and where it comes from."""
    from zhengtong.cli import telling

    telling.settings(config, as_json=as_json)


def openapi() -> None:
    """输出接口文档 · Print the OpenAPI document."""
    from zhengtong.cli import telling

    telling.openapi()


def _keys() -> typer.Typer:
    group = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    group.command("list")(list_keys)
    group.command("rotate")(rotate_keys)
    group.command("retire")(retire_key)
    return group


def list_keys(config: Config = None, data: Data = None, as_json: AsJson = False) -> None:
    """有哪些根密钥，各封存了多少 · The root keys, and how much each has sealed."""
    from zhengtong.cli import keys

    keys.tell(config, {"data": data}, as_json=as_json)


def rotate_keys(
    config: Config = None,
    data: Data = None,
    index: Annotated[bool, typer.Option("--index", help="盲索引也换 · the blind indexes too")] = False,
) -> None:
    """添一个根密钥，把旧值改用它封存 · Add a root key and seal all values with it."""
    from zhengtong.cli import keys

    keys.rotate(config, {"data": data}, index=index)


def retire_key(
    key: Annotated[str, typer.Argument(help="密钥号 · the key's id", show_default=False)],
    config: Config = None,
    data: Data = None,
    yes: Yes = False,
) -> None:
    """停用旧的根密钥（不可挽回） · Forget an old root key, for good."""
    from zhengtong.cli import keys

    question = words.say(
        f"停用根密钥 {key}？由它封存的旧备份将再也打不开。",
        f"Retire root key {key}? Old backups that it sealed can never be opened again.",
    )
    keys.retire(config, {"data": data}, key, sure=lambda: yes or typer.confirm(question, abort=True))


def _demo() -> typer.Typer:
    group = typer.Typer(no_args_is_help=False, add_completion=False, pretty_exceptions_enable=False)
    group.callback()(demo)
    group.command("code")(code)
    group.command("reset")(reset)
    return group


def demo(
    context: typer.Context, data: Data = None, port: Port = None, size: Size = "small", config: Config = None
) -> None:
    """启动云溪市演示：首次载入样例数据，之后保留 · Serve the demo city; loaded on first use, kept afterwards."""
    where = {"data": data, "port": port}
    context.obj = (config, where)
    if context.invoked_subcommand is None:
        from zhengtong.cli import demonstrating

        demonstrating.demo(config, where, size=size)


def code(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="姓名或登录名 · name or login", show_default=False)],
) -> None:
    """演示帐号的动态验证码 · The one-time code of a demo account."""
    from zhengtong.cli import demonstrating

    demonstrating.code(*context.obj, name=name)


def reset(context: typer.Context, yes: Yes = False) -> None:
    """清空演示数据，从头再来 · Delete the demo's data and begin again."""
    from zhengtong.cli import demonstrating

    folder = demonstrating.folder(*context.obj)
    question = words.say(f"删除演示数据 {folder} 吗？", f"Delete the demo data in {folder}?")
    if not yes:
        typer.confirm(question, abort=True)
    demonstrating.reset(*context.obj)
