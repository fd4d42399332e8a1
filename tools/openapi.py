"""The API's own description, from an app over an empty city in a temporary folder."""

import json
import logging
import tempfile
from pathlib import Path
from typing import Any


def document() -> dict[str, Any]:
    """The OpenAPI document, exactly as the program serves it."""
    from zhengtong import app

    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        given: dict[str, dict[str, Any]] = {
            "kernel": {"data": Path(folder) / "data", "database": ""},
            "crypto": {"root_key": Path(folder) / "root.key"},
        }
        city = app.open_city(app.load_settings(file=Path(folder) / "none.toml", given=given))
        try:
            told: dict[str, Any] = app.create_app(city, work=False).openapi()
        finally:
            city.close()
    return told


def text() -> str:
    """The document as it is written to a file."""
    return json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
