"""A tax bureau whose item a human resources bureau uses under an agreement, with a service account that calls."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.data.bureaus import national_elements
from zhengtong import app
from zhengtong.data import catalogue, standards
from zhengtong.engines.crypto import Purpose
from zhengtong.engines.serving import Column, Copy
from zhengtong.engines.serving import Kind as Held
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.db import new_id
from zhengtong.office import identity
from zhengtong.office.identity.tables.service_accounts import SystemKey
from zhengtong.office.identity.tables.sign_in import LoginSession
from zhengtong.sharing import agreements, ledger
from zhengtong.sharing.agreements import rules as contract_rules
from zhengtong.sharing.agreements.tables import Agreement, AgreementTerms
from zhengtong.sharing.gateway.actions import copying

MADE = datetime(2026, 1, 1, tzinfo=UTC)
NUMBER = "XY-2026-0391"
FIRMS = ("91110000600037341L", "91512081MA62K0260E", "91350100M000100Y43")
PERSON = "990101199003071236"
NAMES = ("甲公司", "乙公司", "丙公司")
MASKS = {"uscc": "full", "name": "partial", "owed_fen": "general:100000", "paid_on": "full", "boss_id": "pseudonym"}


@dataclass(frozen=True)
class Place:
    """The open city; its bureaus, item, agreement; the caller's session."""

    city: app.City
    tax: UUID
    labour: UUID
    item: UUID
    code: str
    agreement: UUID
    system: UUID
    session: UUID
    key: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return f"/share/v1/agreements/{NUMBER}/items/{quote(self.code, safe='')}"

    def headers(
        self, body: bytes, path: str, *, method: str = "POST", at: datetime | None = None, **changed: str
    ) -> dict[str, str]:
        """A sealed request's headers. `changed`: parts of the seal as they are sent, after it was made; and what the headers say."""
        stated = {"X-Zhengtong-Purpose": "job_subsidy", "X-Zhengtong-Case": quote("稳岗〔2026〕12号")}
        stated |= {name: changed.pop(name) for name in list(changed) if name.startswith("X-Zhengtong-")}
        said = {
            "session": str(self.session),
            "time": (at or clock.now()).isoformat().replace("+00:00", "Z"),
            "nonce": uuid4().hex,
            "body": hashlib.new("sm3", body).hexdigest(),
        }
        lines = ["ZT-HMAC-SM3-2", method, path, said["session"], said["time"], said["nonce"], said["body"]]
        lines += sorted(f"{name.lower()}:{value}" for name, value in stated.items())
        said["signature"] = hmac.new(self.key, "\n".join(lines).encode(), "sm3").hexdigest()
        said |= changed
        return {
            "Authorization": "ZT-HMAC-SM3 " + ", ".join(f"{name}={value}" for name, value in said.items()),
            **stated,
            "Content-Type": "application/json",
        }

    def call(self, client: Any, operation: str, body: Mapping[str, Any], **more: str) -> Any:
        """One signed call, as a client of the interface makes it."""
        data, path = json.dumps(body).encode(), f"{self.path}/{operation}"
        stated = {name: one for name, one in more.items() if name.startswith("X-Zhengtong-")}
        return client.post(path, content=data, headers={**self.headers(data, path, **stated), **more})

    def end(self, kind: str = "agreement.suspended@1") -> None:
        """This will suspend (resume, end) the agreement, as its sides would."""
        body = {"agreement_id": str(self.agreement), "version": 1, "reason": "试"}
        with self.city.database.write() as session:
            entry = ledger.Entry(kind, new_id(), clock.now(), self.tax.hex, body)
            ledger.append(session, [entry], now=clock.now())


def terms(item: UUID, system: UUID, **changed: Any) -> contract_rules.Terms:
    """What was agreed."""
    told = {
        "item_ids": (item.hex,),
        "fields": {item.hex: MASKS},
        "purposes": ("job_subsidy",),
        "valid_from": "2026-01-01",
        "valid_to": "2027-12-31",
        "systems": (system.hex,),
        "level": "general_4",
        "daily_quota": 1000,
        "rate_per_second": 10_000,
        "max_rows": 50,
    }
    return contract_rules.Terms(**{**told, **changed})


def plant(city: app.City, *, served: int = 3, **changed: Any) -> Place:
    """This will found the city with one agreement in force. `changed`: terms that differ."""
    now = clock.now()
    with city.database.write() as session:
        root = _department(session, None, "云溪市", identity.Kind.GOVERNMENT)
        tax = _department(session, root, "税务局", identity.Kind.BUREAU)
        labour = _department(session, root, "人力资源和社会保障局", identity.Kind.BUREAU)
        national_elements(session, now)
        item = catalogue.register_item(session, SYSTEM, _content(session), catalogue.Registration(tax), now=now)
        catalogue.submit_item(session, SYSTEM, item, now=now)
        catalogue.publish_item(session, SYSTEM, item, now=now)
        system, login, key = _caller(session, city, labour, now)
        agreed = terms(item.id, system, **changed)
        agreement = _agreement(session, item.id, (tax, labour), agreed, now)
        code = item.code
    place = Place(city, tax, labour, item.id, code, agreement, system, login, key)
    put_rows(place, served)
    return place


def put_rows(place: Place, count: int, *, version: int = 1) -> None:
    """This will have `count` rows served."""
    now = clock.now()
    with place.city.database.read() as session:
        source = copying.source_of(session, place.item)
    assert source is not None
    columns = tuple(Column(one.name, Held(one.kind), one.scale) for one in source.fields)
    indexed = ("uscc", "boss_id")
    copy = Copy(place.item.hex, f"1.{version}", columns, indexed, now, now)
    rows = [_row(number) for number in range(count)]
    made = place.city.engines.serving.put(copy, rows)
    with place.city.database.write() as session:
        copying.note_copy(session, source, version, made, seconds=0.1)


def _row(number: int) -> tuple[Any, ...]:
    uscc = FIRMS[number] if number < len(FIRMS) else f"9135{number:014d}"
    name = NAMES[number] if number < len(NAMES) else f"第{number}公司"
    return (
        uscc,
        name,
        150_000 * number,
        date(2026, 3, 1) + timedelta(days=number % 4),
        PERSON if number == 0 else None,
        "内部",
    )


def _department(session: Session, parent: UUID | None, name: str, kind: identity.Kind) -> UUID:
    row = identity.Department(
        id=new_id(), parent_id=parent, name_zh=name, level=identity.Level.CITY, kind=kind, created_at=MADE
    )
    session.add(row)
    session.flush()
    return row.id


def _content(session: Session) -> catalogue.Content:
    def element(name: str) -> str:
        named = standards.Element.name_zh == name
        return session.scalars(select(standards.Element.code).where(named)).one()

    made = catalogue.FieldContent
    fields = (
        made(
            "uscc",
            "统一社会信用代码",
            "C",
            "general_1",
            length=18,
            element_code=element("统一社会信用代码"),
            is_key=True,
        ),
        made("name", "企业名称", "C", "general_1", length=100),
        made("owed_fen", "欠税（分）", "N", "general_3", length=18, precision=0),
        made("paid_on", "缴款日期", "D", "general_2"),
        made("boss_id", "法定代表人身份号码", "C", "general_4", length=18, element_code=element("公民身份号码")),
        made("remark", "内部备注", "C", "general_3", length=100),
    )
    return catalogue.Content(
        name_zh="企业纳税信息",
        name_en="Firms' taxes",
        abstract="企业申报并缴纳的各税种税额和欠税情况",
        class_code="3070100101",
        share_condition="用于稳岗补贴资格审核",
        update_cycle="day",
        fields=fields,
    )


def _caller(session: Session, city: app.City, department: UUID, now: datetime) -> tuple[UUID, UUID, bytes]:
    crypto, keyring = city.engines.crypto, city.engines.keyring
    system = identity.System(id=new_id(), name="稳岗补贴系统", department_id=department, created_at=MADE)
    session.add(system)
    session.flush()
    public = crypto.new_key().public
    key = SystemKey(
        id=new_id(),
        system_id=system.id,
        public_key=public.to_hex(),
        fingerprint=crypto.sm3(public.point).hex(),
        added_at=MADE,
        valid_from=MADE,
        valid_until=now + timedelta(days=365),
    )
    session.add(key)
    session.flush()
    call_key, id = b"k" * 32, new_id()
    session.add(
        LoginSession(
            id=id,
            subject_id=system.id,
            token_hash=new_id().bytes * 2,
            stage="full",
            method="sm2",
            key_id=key.id,
            call_key=keyring.seal(Purpose.CREDENTIALS, call_key, id.bytes),
            user_agent="",
            address="",
            created_at=now,
            last_seen_at=now,
            ends_at=now + timedelta(hours=1),
        )
    )
    session.flush()
    return system.id, id, call_key


def _agreement(
    session: Session, item: UUID, sides: tuple[UUID, UUID], agreed: contract_rules.Terms, now: datetime
) -> UUID:
    """In force: proposed and sealed by both sides on the ledger."""
    tax, labour = sides
    id, digest = new_id(), contract_rules.terms_digest(agreed, ledger.sm3)
    session.add(
        Agreement(
            id=id,
            number=NUMBER,
            status=agreements.Status.IN_FORCE,
            item_id=item,
            provider_id=tax,
            department_id=labour,
            terms_version=1,
            in_force=1,
            valid_from=date.fromisoformat(agreed.valid_from),
            valid_to=date.fromisoformat(agreed.valid_to),
            created_at=now,
            changed_at=now,
        )
    )
    session.flush()
    session.add(
        AgreementTerms(
            agreement_id=id,
            number=1,
            terms=agreed.told(),
            digest=digest,
            text={},
            checklist=[],
            personal=True,
            created_at=now,
            in_force_at=now,
        )
    )
    session.flush()
    said = {"agreement_id": str(id), "number": NUMBER, "version": 1, "terms_digest": digest}
    dates = {"valid_from": agreed.valid_from, "valid_to": agreed.valid_to}
    proposed = {**said, **dates, "provider": tax.hex, "consumer": labour.hex}
    sealed = {"agreement_id": str(id), "version": 1, "terms_digest": digest, "seal": {"key_id": "", "signature": ""}}
    entries = [
        ledger.Entry("agreement.proposed@1", new_id(), now, labour.hex, proposed),
        ledger.Entry("agreement.countersigned@1", new_id(), now, tax.hex, sealed),
        ledger.Entry("agreement.countersigned@1", new_id(), now, labour.hex, sealed),
    ]
    ledger.append(session, entries, now=now)
    return id
