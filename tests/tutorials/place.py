"""A city of two bureaus for a reader of the tutorials: who works there is signed in; what they do is asked of the running city."""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import uvicorn
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.ports import free_port
from zhengtong import app
from zhengtong.cli import holding
from zhengtong.data import standards
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.db import Base, new_id
from zhengtong.office import deadlines, identity
from zhengtong.office.identity.rules.sessions import token_hash
from zhengtong.office.identity.tables.sign_in import LoginSession

STARTS_WITHIN_S = 300
STAFF = {
    "shenruochuan": ("沈若川", "税务局", "department_cdo"),
    "guyizhou": ("顾一舟", "人力资源和社会保障局", "department_cdo"),
    "zhouqiming": ("周启明", "数据管理局", "administrator"),
}


@dataclass
class Somebody:
    """Somebody at work; `ask` raises AssertionError with the city's words where it refuses."""

    http: httpx.Client
    bureau: UUID

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = self.http.request(method, f"/api/v1{path}", json=body, **more)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def refused(self, method: str, path: str, body: Any = None) -> str:
        """With which words the city refuses."""
        answer = self.http.request(method, f"/api/v1{path}", json=body)
        assert answer.is_error, answer.text
        return str(answer.json()["detail"])


@contextmanager
def serving(data: Path) -> Iterator[tuple[str, dict[str, Somebody]]]:
    """This will found a city in the folder and serve it from here, as `zhengtong run` would: its address, and who is at work there."""
    port = free_port()
    told = {
        "kernel": {"data": data, "port": port},
        "crypto": {"root_key": data.parent / f"{data.name}.root.key"},
        "intake": {"free_mb": 0, "networks": ["127.0.0.0/8"]},
        "ledger": {"witnesses_needed": 0},
    }
    settings = app.load_settings(file=data.parent / "none.toml", environment={}, given=told)
    data.mkdir()
    with holding.alone(settings.kernel):
        city = app.open_city(settings)
        Base.metadata.create_all(city.database.engine)
        tokens = _planted(city)
        server = uvicorn.Server(uvicorn.Config(app.create_app(city), host="127.0.0.1", port=port, log_config=None))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        until = time.monotonic() + STARTS_WITHIN_S
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        address = f"http://localhost:{port}"
        people = {
            login: Somebody(httpx.Client(base_url=address, cookies={"zt_session": token}, timeout=120), bureau)
            for login, (token, bureau) in tokens.items()
        }
        yield address, people
        for one in people.values():
            one.http.close()
        server.should_exit = True
        thread.join(30)


def _planted(city: app.City) -> dict[str, tuple[str, UUID]]:
    """The cookie and the bureau of each who works there."""
    now = clock.now()
    with city.database.write() as session:
        known = [one for room in app.CAPABILITIES for one in room.permissions]
        identity.found_city(session, name_zh="云溪市", name_en="Yunxi", permissions=known, now=now)
        deadlines.put_bundled_pack(session, SYSTEM, "cn-national-2025", now=now)
        standards.put_bundled(session, SYSTEM, "national", now=now)
        return {login: _at_work(session, login, *who, now) for login, who in STAFF.items()}


def _at_work(session: Session, login: str, name: str, bureau: str, role: str, now: datetime) -> tuple[str, UUID]:
    root = session.scalars(select(identity.Department.id).where(identity.Department.parent_id.is_(None))).one()
    place = identity.Department(
        id=new_id(), parent_id=root, name_zh=bureau, short_name=bureau[:4], level=identity.Level.CITY,
        kind=identity.Kind.BUREAU, created_at=now,
    )  # fmt: skip
    session.add(place)
    session.flush()
    post = identity.NewPost(department_id=place.id, title="副局长", roles=[role])
    person = identity.add_person(session, SYSTEM, identity.NewPerson(name=name, login=login, post=post), now=now)
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            id=new_id(),
            subject_id=person.id,
            token_hash=token_hash(token),
            stage="full",
            method="password",
            second_factor_at=now + timedelta(hours=1),
            user_agent="",
            address="",
            created_at=now,
            last_seen_at=now,
            ends_at=now + timedelta(hours=8),
        )
    )
    return token, place.id
