"""The city's keeper of its front, where the machine gives it no process."""

import asyncio
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from zhengtong.cli import front


def test_where_no_process_can_be_had_the_server_goes_on_and_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[list[str]] = []

    def none(command: list[str], **_: Any) -> None:
        tries.append(command)
        raise BlockingIOError("no process left")

    async def run() -> list[Any]:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            keeper = front.Keeper(None, listening, None)  # type: ignore[arg-type]
            server = SimpleNamespace(servers=["it answers"])
            await keeper.open(server)  # type: ignore[arg-type]
            while len(tries) < 3:
                await asyncio.sleep(0.01)
            await keeper.close()
            return server.servers

    monkeypatch.setattr(subprocess, "Popen", none)
    monkeypatch.setattr(front, "AGAIN_S", (0.01,))
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, asyncio.wait_for(run(), 30)).result() == ["it answers"]
    assert all(command[1:3] == ["-m", "zhengtong.cli.front"] for command in tries)
