"""What the edge lets in, and what it says when the database has no connection left."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import File, UploadFile
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from zhengtong.kernel import web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.wake import Wake

pytestmark = pytest.mark.both_databases
MIB = 2**20
Upload = Annotated[UploadFile, File()]
routes = web.Routes("doors", group="test")


@routes.post("/words", needs=web.SIGNED_IN)
def take_words(session: Session, body: dict[str, str]) -> dict[str, int]:
    return {"took": sum(len(one) for one in body.values())}


@routes.post("/files", needs=web.SIGNED_IN)
def take_file(session: Session, file: Upload) -> dict[str, int]:
    return {"took": len(file.file.read())}


@routes.get("/rows", needs=web.SIGNED_IN)
def read_rows(session: Session) -> dict[str, int]:
    return {"one": session.scalars(text("select 1")).one()}


def site_over(database: Database, folder: Path, actor: Actor | None) -> TestClient:
    site = web.Site(database=database, wake=Wake(database), sign_in=lambda session, request, now: actor)
    app = web.make_app(site, [routes.router], title="t", version="0", static=folder, secure=True)
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def client(database: Database, tmp_path: Path, someone: Callable[..., Actor]) -> TestClient:
    return site_over(database, tmp_path, someone())


def sent(mib: int) -> Iterator[bytes]:
    """A body that does not say how long it is."""
    yield b'{"text":"'
    for _ in range(mib):
        yield b"x" * MIB
    yield b'"}'


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
@pytest.mark.parametrize("announced", [True, False])
def test_only_a_route_for_files_takes_a_long_body_whatever_the_request_calls_it(
    client: TestClient, kind: str, announced: bool
) -> None:
    content: Any = b"".join(sent(5)) if announced else sent(5)
    answer = client.post("/api/v1/words", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert "4 MB" in answer.json()["detail"]


def test_a_short_body_and_a_long_file_are_taken(client: TestClient) -> None:
    assert client.post("/api/v1/words", json={"text": "x" * 3 * MIB}).json() == {"took": 3 * MIB}
    assert client.post("/api/v1/files", files={"file": b"x" * 5 * MIB}).json() == {"took": 5 * MIB}


def test_a_file_past_the_limit_for_files_is_refused(client: TestClient) -> None:
    answer = client.post("/api/v1/files", files={"file": b"x" * 65 * MIB})
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert "64 MB" in answer.json()["detail"]


def test_who_finds_no_free_connection_is_told_to_come_back(
    database: Database, tmp_path: Path, someone: Callable[..., Actor]
) -> None:
    from sqlalchemy import create_engine

    database.engine.dispose()
    database.engine = create_engine(database.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    client = site_over(database, tmp_path, someone())
    with database.engine.connect():
        answer = client.get("/api/v1/rows")
    assert (answer.status_code, answer.json()["code"]) == (503, "database-away")
    assert int(answer.headers["retry-after"]) > 0
    assert client.get("/api/v1/rows").json() == {"one": 1}
