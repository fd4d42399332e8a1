"""A tax bureau, a labour bureau that asks for its data, and the data authority; one site in which each acts by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy.orm import Session

from tests.conftest import NOW, actor_with
from zhengtong.data import catalogue, quality
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM, Actor, Scope
from zhengtong.kernel.db import new_id
from zhengtong.office import deadlines, identity
from zhengtong.sharing.agreements import permissions
from zhengtong.sharing.ledger.permissions import SEAL

BASE = "/api/v1/sharing"
FIELDS = {"uscc": "general_1", "taxpayer_name": "general_2", "taxable_income": "general_3", "credit_grade": "general_2"}
LABELS = {
    "uscc": "统一社会信用代码",
    "taxpayer_name": "纳税人名称",
    "taxable_income": "应纳税所得额",
    "credit_grade": "信用等级",
}
OFFICER = (permissions.READ, permissions.APPLY)
OFFICE = (*OFFICER, permissions.CHECK, permissions.ANSWER, permissions.STOP)
CDO = (*OFFICE, permissions.SIGN, SEAL, quality.RAISE)


@dataclass
class Place:
    """The open city and those who act in it."""

    city: Any
    client: TestClient
    actors: dict[str, Actor]
    ids: dict[str, UUID]
    at: datetime = field(default=NOW)

    def ask(self, who: str, method: str, path: str, json: Any = None, **headers: str) -> Response:
        """One request in somebody's name."""
        more = {"X-As": who, **headers}
        return self.client.request(method, f"{BASE}{path}", json=json, headers=more)  # type: ignore[no-any-return]

    def get(self, who: str, path: str) -> Any:
        answer = self.ask(who, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def do(self, who: str, path: str, json: Any = None) -> Any:
        """A deed that succeeds."""
        answer = self.ask(who, "POST", path, json or {})
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def body(self, **changed: Any) -> dict[str, Any]:
        """An application for the tax item; `changed`: parts of its terms."""
        terms = {
            "fields": {str(self.ids["item"]): {"uscc": "full", "taxable_income": "general:100000"}},
            "purposes": ["job_subsidy"],
            "systems": [str(self.ids["system"])],
            "valid_from": "2026-03-05",
            "valid_to": "2027-03-01",
            "workdays_only": True,
            "opens": 480,
            "closes": 1080,
            **changed,
        }
        return {
            "item_id": str(self.ids["item"]),
            "basis": "《云溪市稳岗补贴办法》第六条",
            "scene": "审核企业是否符合稳岗补贴条件",
            "terms": terms,
            "reasons": {"uscc": "用来对上申领企业"},
        }

    def asked(self, **changed: Any) -> dict[str, Any]:
        """An application that is submitted and checked: it waits for the tax bureau."""
        made = self.do("officer", "/applications", self.body(**changed))
        self.do("officer", f"/applications/{made['id']}/submit", {"warranted": True})
        return self.do("office", f"/applications/{made['id']}/pass")  # type: ignore[no-any-return]

    def agreed(self, **changed: Any) -> dict[str, Any]:
        """An application that the tax bureau has agreed to: its agreement waits for both seals."""
        one = self.asked(**changed)
        return self.do(
            "tax_office", f"/applications/{one['id']}/answer", {"answer": "agree", "checklist": one["checklist"]}
        )  # type: ignore[no-any-return]

    def sealed(self, agreement_id: str) -> dict[str, Any]:
        """The agreement signed by both."""
        for who in ("tax_cdo", "cdo"):
            one = self.get(who, f"/agreements/{agreement_id}")
            one = self.do(who, f"/agreements/{agreement_id}/sign", {"checklist": one["to_confirm"]})
        return one  # type: ignore[no-any-return]

    def in_force(self, **changed: Any) -> dict[str, Any]:
        """An agreement in force."""
        return self.sealed(self.agreed(**changed)["agreement_id"])

    def drain(self) -> None:
        self.city.workers.drain()


def plant(city: Any) -> Place:
    """This will found the city."""
    from zhengtong import app

    with city.database.write() as session:
        ids = _departments(session)
        deadlines.put_bundled_pack(session, SYSTEM, "cn-national-2025", now=clock.now())
        ids["item"] = _item(session, ids["tax"], "企业纳税信息", "conditional")
        ids["open_item"] = _item(session, ids["tax"], "纳税信用等级", "unconditional")
        system = identity.System(id=new_id(), name="稳岗补贴系统", department_id=ids["labour"], created_at=NOW)
        session.add(system)
        ids["system"] = system.id
    actors = _actors(ids)
    site = replace(city.site, sign_in=lambda session, request, now: actors.get(request.headers.get("x-as", "")))
    made = app.create_app(replace(city, site=site), work=False)
    made.state.site = site
    return Place(city, TestClient(made, raise_server_exceptions=False), actors, ids)


def _departments(session: Session) -> dict[str, UUID]:
    ids: dict[str, UUID] = {}
    told: Mapping[str, tuple[str, identity.Kind, str]] = {
        "city": ("云溪市", identity.Kind.GOVERNMENT, ""),
        "tax": ("税务局", identity.Kind.BUREAU, "city"),
        "labour": ("人力资源和社会保障局", identity.Kind.BUREAU, "city"),
        "data": ("数据管理局", identity.Kind.BUREAU, "city"),
        "police": ("公安局", identity.Kind.BUREAU, "city"),
        "section": ("就业促进科", identity.Kind.SECTION, "labour"),
    }
    for key, (name, kind, parent) in told.items():
        one = identity.Department(
            id=new_id(),
            parent_id=ids[parent] if parent else None,
            name_zh=name,
            level=identity.Level.CITY,
            kind=kind,
            created_at=NOW,
        )
        session.add(one)
        session.flush()
        ids[key] = one.id
    return ids


def _item(session: Session, department_id: UUID, name: str, share_type: str) -> UUID:
    fields = tuple(
        catalogue.FieldContent(name=key, name_zh=LABELS[key], type="C", level=level, length=100, is_key=key == "uscc")
        for key, level in FIELDS.items()
    )
    content = catalogue.Content(
        name_zh=name,
        abstract="企业按月申报并缴纳的税额",
        class_code="3070100101",
        share_type=share_type,
        share_condition="用于行政许可审查和信用评价" if share_type == "conditional" else "",
        update_cycle="day",
        fields=fields,
    )
    item = catalogue.register_item(session, SYSTEM, content, catalogue.Registration(department_id), now=NOW)
    catalogue.submit_item(session, SYSTEM, item, now=NOW)
    catalogue.publish_item(session, SYSTEM, item, now=NOW)
    return item.id


def _actors(ids: Mapping[str, UUID]) -> dict[str, Actor]:
    def one(name: str, held: tuple[Any, ...], place: str) -> Actor:
        scope = Scope(departments=frozenset({ids[place]}))
        return actor_with(*held, catalogue.READ, department=ids[place], scope=scope, name=name)

    bureau = (permissions.READ, permissions.SUPERVISE, permissions.APPLY, permissions.ANSWER)
    return {
        "officer": one("林晚", OFFICER, "section"),
        "office": one("周核", OFFICE, "labour"),
        "cdo": one("顾一舟", CDO, "labour"),
        "tax_office": one("韩序", OFFICE, "tax"),
        "tax_cdo": one("沈若川", CDO, "tax"),
        "police": one("许警", CDO, "police"),
        "bureau": actor_with(*bureau, department=ids["data"], name="李明"),
        "nobody": one("路人", (), "police"),
    }
