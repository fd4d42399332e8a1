"""A small city for the tests of notices, its workers, and a real mail server on loopback."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Dialogue
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from tests.conftest import NOW
from tests.office.notices.sender import chosen_with
from tests.ports import free_port
from zhengtong.engines import mail, sms
from zhengtong.kernel import clock, jobs, settings, web
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.wake import Wake
from zhengtong.office import identity, notices
from zhengtong.office.notices.rules import Habits

KIND = "operations.dead_letters"
PARAMETERS = {"count": 3, "name": "试"}


def add_department(session: Any, name: str, parent: UUID | None = None) -> UUID:
    row = identity.Department(
        id=new_id(),
        parent_id=parent,
        name_zh=name,
        name_en=f"{name} en",
        level=next(iter(identity.Level)),
        kind=next(iter(identity.Kind)),
        created_at=NOW,
    )
    session.add(row)
    session.flush()
    return row.id


def add_person(
    session: Any,
    name: str,
    *,
    email: str | None = None,
    phone: str | None = None,
    department: UUID | None = None,
    role: str | None = None,
    until: date | None = None,
    active: bool = True,
) -> UUID:
    person = identity.Person(
        id=new_id(), name=name, login=f"p{new_id().hex[-12:]}", email=email, phone=phone, active=active, created_at=NOW
    )
    session.add(person)
    session.flush()
    if department:
        post = identity.Post(
            id=new_id(),
            person_id=person.id,
            department_id=department,
            title="科员",
            from_on=date(2025, 1, 1),
            until_on=until,
        )
        session.add(post)
        session.flush()
        if role:
            if session.get(identity.Role, role) is None:
                scope = next(iter(identity.RoleScope))
                session.add(identity.Role(key=role, zh=role, scope=scope))
                session.flush()
            session.add(identity.PostRole(post_id=post.id, role=role))
    session.flush()
    return person.id


@pytest.fixture
def people(database: Database) -> list[UUID]:
    """Three people with mail addresses."""
    with database.write() as session:
        return [add_person(session, f"人{n}", email=f"p{n}@example.org", phone=f"1990000000{n}") for n in range(3)]


@dataclass
class Post:
    """A mail server of the tests: what it received, and how it answers next (a list of SMTP replies, then 250)."""

    port: int = 0
    received: list[tuple[str, str, bytes]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, dialogue: Dialogue, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.answers:
            answer = self.answers.pop(0)
            if answer == "hang up":
                server.transport.close()
            if not answer.startswith("250"):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, dialogue: Dialogue, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.received.append((envelope.rcpt_tos[0], _header(content, b"Message-ID"), content))
        if self.answers and self.answers[0] == "lose the answer":
            self.answers.pop(0)
            server.transport.abort()
            await asyncio.sleep(0)
        return "250 taken"


def _header(content: bytes, name: bytes) -> str:
    return next(
        line.split(b":", 1)[1].strip().decode() for line in content.splitlines() if line.startswith(name + b":")
    )


@pytest.fixture
def post() -> Iterator[Post]:
    """A real SMTP server."""
    kept = Post(free_port())
    controller = Controller(kept, hostname="127.0.0.1", port=kept.port, ready_timeout=60)
    controller.start()
    yield kept
    controller.stop()


@pytest.fixture
def workers(database: Database, post: Post, tmp_path: Any) -> jobs.Workers:
    """Workers of this room, to be drained by hand."""
    from zhengtong.engines.mail.smtp import open_smtp
    from zhengtong.engines.sms.log import open_log

    chosen = chosen_with(post.port, sms={"outbox": tmp_path / "sms.jsonl"})
    givens = {
        settings.Settings: chosen,
        mail.Mail: open_smtp(chosen.of(mail.MailSettings)),
        sms.Sms: open_log(chosen.of(sms.SmsSettings)),
    }
    room = notices.capability
    kinds = {job.name: job for job in room.jobs} | {one.name: one.job() for one in room.listeners}
    return jobs.Workers(database, jobs.Registry(kinds, {}), Wake(database), givens=givens, threads=0)


@pytest.fixture
def tell(database: Database) -> Callable[..., int]:
    """Tells in a transaction of its own."""

    def told(to: list[UUID], *, now: datetime = NOW, **changed: Any) -> int:
        with clock.fixed(now), database.write() as session:
            return notices.tell(session, **{"to": to, "kind": KIND, "parameters": PARAMETERS, "now": now, **changed})

    return told


@pytest.fixture
def habits_are(database: Database, someone: Callable[..., Any]) -> Callable[..., None]:
    """Sets how a person wants to be told."""
    from zhengtong.office.notices import actions

    def chosen(subject: UUID, habits: Habits) -> None:
        with database.write() as session:
            actions.choose_habits(session, someone(subject=subject), habits, now=NOW)

    return chosen


class Everyone:
    """Who is signed in: the tests say it in a header, and can end anyone's session."""

    def __init__(self) -> None:
        self.actors: dict[str, Any] = {}

    def __call__(self, session: Any, request: Request, *, now: datetime) -> Any:
        return self.actors.get(request.headers.get("x-test-actor", ""))

    def add(self, actor: Any) -> dict[str, str]:
        """The header by which this actor asks."""
        self.actors[str(actor.subject)] = actor
        return {"x-test-actor": str(actor.subject)}


@pytest.fixture
def everyone() -> Everyone:
    return Everyone()


@pytest.fixture
def site(workers: jobs.Workers, everyone: Everyone) -> web.Site:
    """This room's site over the test's database."""
    givens = {**workers.givens, jobs.Workers: workers, Database: workers.database}
    return web.Site(database=workers.database, wake=workers.wake, sign_in=everyone, givens=givens)


@pytest.fixture
def app(site: web.Site, tmp_path: Any) -> FastAPI:
    routers = [notices.capability.routes.router]
    return web.make_app(site, routers, title="test", version="0", static=tmp_path, secure=False)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)
