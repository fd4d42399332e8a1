"""Who is concerned hears of deliveries: once when trouble begins, once when it is over; nobody else does."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import NOW
from tests.sharing.gateway.place import Place
from zhengtong.kernel.db import new_id
from zhengtong.office import identity
from zhengtong.office.notices.tables import Notice
from zhengtong.sharing.gateway.actions import telling
from zhengtong.sharing.gateway.tables import Exchange, SentFile

TROUBLE = {"zh": "连不上接收方的数据库。", "en": "The receiver's database cannot be reached."}


def officer(session: Session, department: UUID, name: str, permission: str) -> UUID:
    """Somebody whose post there gives the permission."""
    role = identity.Role(key=f"r{new_id().hex[-8:]}", zh=name, scope=identity.RoleScope.OWN)
    person = identity.Person(id=new_id(), name=name, login=f"u{new_id().hex[-8:]}", created_at=NOW)
    session.add_all([role, person])
    session.flush()
    post = identity.Post(
        id=new_id(), person_id=person.id, department_id=department, title=name, from_on=date(2026, 1, 1)
    )
    session.add_all([identity.RolePermission(role=role.key, permission=permission), post])
    session.flush()
    session.add(identity.PostRole(post_id=post.id, role=role.key))
    session.flush()
    return person.id


def told(session: Session) -> list[tuple[str, UUID]]:
    return [(one.kind, one.subject_id) for one in session.scalars(select(Notice).order_by(Notice.id))]


def about(place: Place, **more: Any) -> dict[str, Any]:
    return {
        "agreement": "XY-2026-0001",
        "item_name": "企业纳税信息",
        "provider_id": place.tax,
        "consumer_id": place.labour,
        **more,
    }


def test_both_sides_hear_that_an_exchange_stopped_and_the_receiver_that_it_goes_on(place: Place) -> None:
    with place.city.database.write() as session:
        receiver = officer(session, place.labour, "接收人", "gateway.deliveries.read")
        giver = officer(session, place.tax, "提供人", "gateway.deliveries.read")
        officer(session, place.labour, "旁人", "gateway.read")
        exchange = Exchange(**about(place, target="tax.firms", trouble=TROUBLE))
        telling.tell_of_exchange(session, exchange, now=NOW)
        assert set(told(session)) == {("gateway.exchange_stopped", one) for one in (receiver, giver)}
        exchange.trouble = None
        telling.tell_of_exchange(session, exchange, now=NOW)
        assert told(session)[2:] == [("gateway.exchange_goes_on", receiver)]


def test_the_recipient_hears_of_its_file(place: Place) -> None:
    with place.city.database.write() as session:
        receiver = officer(session, place.labour, "接收人", "gateway.deliveries.read")
        officer(session, place.tax, "提供人", "gateway.deliveries.read")
        telling.tell_of_file(session, SentFile(**about(place, trouble=None, expires_at=NOW)), now=NOW)
        telling.tell_of_file(session, SentFile(**about(place, trouble=TROUBLE)), now=NOW)
        assert told(session) == [("gateway.file_ready", receiver), ("gateway.file_failed", receiver)]
