"""A city of two bureaus, planted before it is opened: a tax bureau with an item whose rows have landed, a human resources bureau with a
business system, people with a password and a code generator, and a resident who can see who looked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.data.bureaus import bureau
from zhengtong import app
from zhengtong.cli import opening
from zhengtong.data import catalogue, standards
from zhengtong.engines.crypto import Purpose
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM, Actor
from zhengtong.kernel.db import new_id
from zhengtong.office import deadlines, identity
from zhengtong.office.identity.rules.sessions import token_hash
from zhengtong.office.identity.tables.service_accounts import SystemKey
from zhengtong.office.identity.tables.sign_in import LoginSession

if TYPE_CHECKING:
    import pyarrow as pa

PASSWORD = "kite over the long bridge 47"
FIRM, PERSON, RESIDENT = "91110000600037341L", "990101199003071236", "何小满"
TOKEN = "her-own-session-" + "0" * 27
STAFF = {
    "linwan": ("林晚", "labour", ["officer"]),
    "guyizhou": ("顾一舟", "labour", ["department_cdo"]),
    "shenruochuan": ("沈若川", "tax", ["department_cdo"]),
}


@dataclass
class Planted:
    """What was planted: the item, the caller with its key, the secrets of the code generators by login."""

    data: Path
    item: UUID
    code: str
    system: UUID
    key: UUID
    pem: str = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)


def plant(data: Path) -> Planted:
    """This will found the city in the folder and close it again."""
    told = {"kernel": {"data": data}, "crypto": {"root_key": data.parent / f"{data.name}.root.key"}}
    with opening.opened(app.load_settings(file=data.parent / "none.toml", given=told)) as city:
        return _planted(city, data, clock.now())


def _planted(city: app.City, data: Path, now: datetime) -> Planted:
    with city.database.write() as session:
        deadlines.put_bundled_pack(session, SYSTEM, "cn-national-2025", now=now)
        places = {
            "tax": bureau(session, "税务局", short_name="税务局", created_at=now),
            "labour": bureau(session, "人力资源和社会保障局", short_name="人力资源", created_at=now),
        }
        standards.put_bundled(session, SYSTEM, "national", now=now)
        item = catalogue.register_item(
            session, SYSTEM, _content(session), catalogue.Registration(places["tax"]), now=now
        )
        catalogue.submit_item(session, SYSTEM, item, now=now)
        catalogue.publish_item(session, SYSTEM, item, now=now)
        people = {
            login: _person(session, login, name, places[at], roles, now) for login, (name, at, roles) in STAFF.items()
        }
        item_id, code, table = item.id, item.code, item.table
        schema = catalogue.arrow_schema(catalogue.fields_of(session, item.id))
    secrets = {login: _enrolled(city, person, login, now) for login, person in people.items()}
    _land(city, table, schema)
    _resident(city, now)
    system, key, pem = _caller(city, places["labour"], now)
    return Planted(data, item_id, code, system, key, pem, secrets)


def _person(session: Session, login: str, name: str, place: UUID, roles: list[str], now: datetime) -> UUID:
    post = identity.NewPost(department_id=place, title="科长", roles=roles)
    return identity.add_person(session, SYSTEM, identity.NewPerson(name=name, login=login, post=post), now=now).id


def _enrolled(city: app.City, person_id: UUID, login: str, now: datetime) -> str:
    """The secret of the code generator; confirmed with the code before the present one, which stays unspent."""
    keyring = city.engines.keyring
    with city.database.write() as session:
        person = session.get_one(identity.Person, person_id)
        actor = Actor(subject=person.id, kind="person", name=person.name, second_factor_at=now)
        identity.set_password(session, actor, person, identity.hashed(PASSWORD), now=now)
        new = identity.begin_totp(session, person, keyring, issuer="云溪市", account=login, now=now)
        secret: str = new.secret.replace(" ", "")
        before = pyotp.TOTP(secret).at(now - timedelta(seconds=30))
        identity.confirm_totp(session, actor, person, before, keyring, now=now)
    return secret


def _content(session: Session) -> catalogue.Content:
    def element(name: str) -> str:
        return session.scalars(select(standards.Element.code).where(standards.Element.name_zh == name)).one()

    made, firm, person = catalogue.FieldContent, element("统一社会信用代码"), element("公民身份号码")
    return catalogue.Content(
        name_zh="企业纳税信息",
        name_en="Firms' taxes",
        abstract="企业申报并缴纳的各税种税额和欠税情况",
        class_code="3070100101",
        share_type="conditional",
        share_condition="用于稳岗补贴资格审核",
        update_cycle="day",
        fields=(
            made("uscc", "统一社会信用代码", "C", "general_1", length=18, element_code=firm, is_key=True),
            made("name", "企业名称", "C", "general_1", length=100),
            made("owed_fen", "欠税（分）", "N", "general_3", length=18, precision=0),
            made("boss_id", "法定代表人身份号码", "C", "general_4", length=18, element_code=person),
            made("district", "所在区", "C", "general_1", length=20),
        ),
    )


def _land(city: app.City, table: str, schema: "pa.Schema") -> None:
    import pyarrow as pa

    row = {
        "uscc": FIRM,
        "name": "甲公司",
        "owed_fen": 150_000,
        "boss_id": PERSON,
        "district": "溪东区",
        "_batch_id": "b1",
    }
    other = {**row, "uscc": "91512081MA62K0260E", "name": "乙公司", "boss_id": None, "district": "溪西区"}
    city.engines.lake.create(table, schema)
    rows = [{**one, "_row": number} for number, one in enumerate((row, other))]
    city.engines.lake.append(table, pa.Table.from_pylist(rows, schema))


def _resident(city: app.City, now: datetime) -> None:
    """Known, and signed in as a portal would have her."""
    with city.database.write() as session:
        keyring, id = city.engines.keyring, new_id()
        session.add(
            identity.Resident(
                id=id,
                name=RESIDENT,
                created_at=now,
                id_number_sealed=keyring.seal(Purpose.SUBJECTS, PERSON.encode(), id.bytes),
                id_number_index=keyring.blind_index(Purpose.SUBJECTS, PERSON),
            )
        )
        session.flush()
        session.add(
            LoginSession(
                id=new_id(),
                subject_id=id,
                token_hash=token_hash(TOKEN),
                stage="full",
                method="oidc",
                user_agent="",
                address="",
                created_at=now,
                last_seen_at=now,
                ends_at=now + timedelta(hours=8),
            )
        )


def _caller(city: app.City, place: UUID, now: datetime) -> tuple[UUID, UUID, str]:
    crypto = city.engines.crypto
    with city.database.write() as session:
        system = identity.System(id=new_id(), name="稳岗补贴经办系统", department_id=place, created_at=now)
        session.add(system)
        session.flush()
        made = crypto.new_key()
        key = SystemKey(
            id=new_id(),
            system_id=system.id,
            public_key=made.public.to_hex(),
            fingerprint=crypto.sm3(made.public.point).hex(),
            added_at=now,
            valid_from=now - timedelta(minutes=1),
            valid_until=now + timedelta(days=30),
        )
        session.add(key)
        return system.id, key.id, made.to_pem()
