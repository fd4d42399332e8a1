"""A bare ASGI application that looks a row up in SQLite by its key. `python -m benchmarks._bare_look_up SQLITE PORT`."""

import json
import sqlite3
import sys
from typing import Any

import uvicorn

connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
NAMES = ("uscc", "name", "owed_fen", "paid_on", "boss_id", "remark")


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    await receive()
    key = scope["path"].rsplit("/", 1)[-1]
    row = connection.execute(
        "SELECT uscc, name, owed_fen, paid_on, boss_id, remark FROM rows WHERE uscc = ?", (key,)
    ).fetchone()
    body = json.dumps(dict(zip(NAMES, row, strict=True)) if row else None, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False, lifespan="off")
