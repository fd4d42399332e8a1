"""`verify`: the auditor's own program (`tools/verify.py`), run from here."""

import runpy
from pathlib import Path
from typing import Annotated

import typer


def verify(
    files: Annotated[
        list[Path], typer.Argument(help="回执 .json 或导出 .jsonl · receipts or exports", show_default=False)
    ],
    key: Annotated[list[str] | None, typer.Option("--key", help="只信这些公钥 · believe only these keys")] = None,
    needed: Annotated[
        int | None, typer.Option("--needed", min=0, help="至少几家共签 · least co-signatures", show_default=False)
    ] = None,
    kept: Annotated[
        list[Path] | None, typer.Option("--kept", help="自己留存的检查点 · a checkpoint that you kept")
    ] = None,
) -> None:
    """核验回执或账本导出；不对则指出第一条错的记录 · Verify a receipt or an export; the first wrong entry is named."""
    from zhengtong.kernel import assets

    given = [str(one) for one in files]
    given += [part for one in key or [] for part in ("--key", one)]
    given += [] if needed is None else ["--needed", str(needed)]
    given += [part for one in kept or [] for part in ("--kept", str(one))]
    raise typer.Exit(runpy.run_path(str(assets.path("tools") / "verify.py"))["main"](given))
