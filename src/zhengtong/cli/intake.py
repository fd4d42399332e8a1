"""`intake load | run | status | divisions`: the commands and their options; what they do stands in `taking_in`, opened when called."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path | None, typer.Option("--config", help="设置文件 · settings file", show_default=False)]
Data = Annotated[Path | None, typer.Option("--data", help="数据目录 · data folder", show_default=False)]


def group() -> typer.Typer:
    """The group of commands."""
    made = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    made.command("load")(load)
    made.command("run")(run)
    made.command("status")(status)
    made.command("divisions")(divisions)
    return made


def load(
    file: Annotated[Path, typer.Argument(help="文件（CSV、xlsx、JSON Lines、XML） · the file", show_default=False)],
    item: Annotated[str, typer.Option("--item", help="数据项代码或编号 · code of the item", show_default=False)],
    mode: Annotated[str | None, typer.Option("--mode", help="append | upsert | replace", show_default=False)] = None,
    column: Annotated[
        list[str] | None, typer.Option("--map", help="字段=列名，可多次 · field=column, may be repeated")
    ] = None,
    config: Config = None,
    data: Data = None,
) -> None:
    """把一个文件接入数据项，并显示进度 · Bring a file into an item, and follow it."""
    from zhengtong.cli import taking_in

    raise typer.Exit(taking_in.load(config, {"data": data}, file, item, mode=mode, mapped=column or []))


def run(
    source: Annotated[str, typer.Argument(help="数据源编号 · code of the source", show_default=False)],
    config: Config = None,
    data: Data = None,
) -> None:
    """运行一个数据源，并显示进度 · Run a source, and follow it."""
    from zhengtong.cli import taking_in

    raise typer.Exit(taking_in.run(config, {"data": data}, source))


def status(
    config: Config = None,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出 · print JSON")] = False,
) -> None:
    """各数据源与最近的运行 · Sources and their last runs."""
    from zhengtong.cli import taking_in

    taking_in.status(config, {"data": data}, as_json=as_json)


def divisions(
    department: Annotated[
        str, typer.Option("--department", help="归口部门的名称或代码 · name or code of the keeping department")
    ] = "",
    config: Config = None,
    data: Data = None,
) -> None:
    """装入随版本附带的四级行政区划代码，发布为代码表 · Load the divisions that came along, and publish them as a code list."""
    from zhengtong.cli import taking_in

    raise typer.Exit(taking_in.divisions(config, {"data": data}, department))
