"""A bureau with a person who keeps its catalogue, and the authority that reviews it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from tests.conftest import NOW, actor_with
from zhengtong.data import catalogue, standards
from zhengtong.kernel.actor import SYSTEM, Actor, Scope
from zhengtong.kernel.db import Database, new_id
from zhengtong.office import identity

FIELDS: list[dict[str, Any]] = [
    {"name": "uscc", "name_zh": "统一社会信用代码", "type": "C", "length": 18, "is_key": True, "level": "general_1"},
    {"name": "taxpayer_name", "name_zh": "纳税人名称", "type": "C", "length": 100, "level": "general_2"},
    {"name": "amount_fen", "name_zh": "纳税金额", "type": "N", "length": 18, "level": "general_3"},
]
ITEM: dict[str, Any] = {
    "name_zh": "企业纳税信息",
    "name_en": "Tax paid by firms",
    "abstract": "企业按月申报并缴纳的各税种税额",
    "class_code": "3070100101",
    "share_type": "conditional",
    "share_condition": "用于行政许可审查和信用评价",
    "update_cycle": "day",
    "fields": FIELDS,
}


@dataclass(frozen=True, slots=True)
class Bureaus:
    """Two bureaus of the sample city."""

    tax: UUID
    market: UUID


@pytest.fixture
def still() -> Iterator[datetime]:
    from zhengtong.kernel import clock

    with clock.fixed(NOW):
        yield NOW


@pytest.fixture
def bureaus(database: Database, still: datetime) -> Bureaus:
    """A city with a tax and a market bureau."""
    with database.write() as session:
        made = {}
        root = identity.Department(
            id=new_id(), name_zh="云溪市", level=identity.Level.CITY, kind=identity.Kind.GOVERNMENT, created_at=NOW
        )
        session.add(root)
        session.flush()
        for key, name in (("tax", "税务局"), ("market", "市场监督管理局")):
            one = identity.Department(
                id=new_id(),
                parent_id=root.id,
                name_zh=name,
                level=identity.Level.CITY,
                kind=identity.Kind.BUREAU,
                created_at=NOW,
            )
            session.add(one)
            made[key] = one.id
    return Bureaus(**made)


@pytest.fixture
def elements(database: Database) -> None:
    """The bundled national elements, in force."""
    with database.write() as session:
        standards.put_bundled(session, SYSTEM, "national", now=NOW)


@pytest.fixture
def keeper(bureaus: Bureaus) -> Actor:
    """Who keeps the tax bureau's catalogue."""
    scope = Scope(departments=frozenset({bureaus.tax}))
    return actor_with(catalogue.READ, catalogue.EDIT, department=bureaus.tax, scope=scope)


@pytest.fixture
def other(bureaus: Bureaus) -> Actor:
    """Who keeps the market bureau's catalogue."""
    scope = Scope(departments=frozenset({bureaus.market}))
    return actor_with(catalogue.READ, catalogue.EDIT, department=bureaus.market, scope=scope)


@pytest.fixture
def authority() -> Actor:
    """The data bureau."""
    return actor_with(catalogue.READ, catalogue.REVIEW, name="顾时雨")


@pytest.fixture
def seat(client_for: Callable[..., TestClient]) -> Callable[[Actor | None], TestClient]:
    """`seat(actor)`: one site for all who take part, each with a client of their own."""
    app: Any = client_for(None).app
    seated: dict[str, Actor] = {}
    app.state.site = replace(
        app.state.site, sign_in=lambda session, request, now: seated.get(request.headers.get("X-Seat", ""))
    )

    def take(actor: Actor | None) -> TestClient:
        if actor is None:
            return TestClient(app, raise_server_exceptions=False)
        seated[str(actor.subject)] = actor
        return TestClient(app, headers={"X-Seat": str(actor.subject)}, raise_server_exceptions=False)

    return take


@pytest.fixture
def desk(seat: Callable[[Actor | None], TestClient], keeper: Actor) -> TestClient:
    return seat(keeper)


@pytest.fixture
def reviewer(seat: Callable[[Actor | None], TestClient], authority: Actor) -> TestClient:
    return seat(authority)
