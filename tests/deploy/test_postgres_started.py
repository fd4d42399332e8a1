"""The tools' PostgreSQL finds its place, whoever else has started on this machine meanwhile."""

import socket
from pathlib import Path

import psycopg
import pytest

from tools import ports, postgres

pytestmark = pytest.mark.skipif(not postgres.installed(), reason="PostgreSQL is not installed")


def test_a_port_is_given_once_and_nobody_listens_on_it() -> None:
    given = [port for _ in range(20) for port in ports.free(5)]
    assert len(set(given)) == 100
    with socket.create_server(("127.0.0.1", given[0])):
        assert not ports.is_free(given[0])


def test_where_somebody_else_was_quicker_another_port_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = postgres.home_in(tmp_path, mark=str(tmp_path))
    wanted = ports.free(2)
    monkeypatch.setattr(ports, "free", lambda _: [wanted.pop(0)])
    with socket.create_server(("127.0.0.1", taken := wanted[0])):
        try:
            url = postgres.start(home, database="zhengtong")
            assert f":{taken}/" not in url
            with psycopg.connect(url.replace("+psycopg", "")) as connection:
                assert connection.execute("select current_database()").fetchone() == ("zhengtong",)
            assert postgres.start(home, database="zhengtong") == url
        finally:
            postgres.remove(home)
