"""`migrate`: the database's tables brought to their newest shape, and new revisions for developers."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zhengtong.cli import holding, opening, schema, words
from zhengtong.kernel.db import Database


def migrate(config: Path | None, given: Mapping[str, Any]) -> None:
    """This will bring the tables to their newest shape and say what was done."""
    kernel = opening.chosen(config, given).kernel
    opening.data_folder(kernel)
    opening.check_restored(kernel)
    with holding.alone(kernel):
        database = Database(kernel.database_url)
        try:
            database.check()
            before = schema.migrate(database, kernel.data)
        finally:
            database.close()
    if before.is_newest:
        words.tell(f"数据库结构已是最新（{before.head}）。", f"The tables are at their newest ({before.head}).")
    else:
        words.tell(
            f"数据库结构已从 {before.current or '空'} 升级到 {before.head}。",
            f"The tables were brought from {before.current or 'nothing'} to {before.head}.",
        )


def write_revision(message: str) -> None:
    """This will write a revision with what the newest tables lack, found on an empty SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.sqlite")
        try:
            schema.write_revision(database, message)
        finally:
            database.close()
