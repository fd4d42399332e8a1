"""A value's whole way: a tax bureau's file → batch → item → agreement with real seals → a governed call → the person it names."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import actor_with
from tests.data.bureaus import national_elements
from tests.sharing.gateway import place as gateway_place
from tests.sharing.gateway.place import FIRMS, NUMBER
from zhengtong import app
from zhengtong.data import catalogue, intake, quality
from zhengtong.engines.crypto import Purpose
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM, Actor, Scope
from zhengtong.kernel.db import new_id
from zhengtong.office import deadlines, identity
from zhengtong.sharing import agreements, gateway, ledger

PERSON = "990101199003071237"
ROWS = (
    (FIRMS[0], "甲公司", "150000", "2026-03-01", PERSON, "内部"),
    (FIRMS[1], "乙公司", "0", "2026-03-02", "", "内部"),
    (FIRMS[2], "丙公司", "300000", "2026-03-03", "", "内部"),
    (f"{FIRMS[2][:-1]}A", "丁公司", "1", "2026-03-03", "", "代码校验位是错的"),
)
AUDITS = (
    intake.READ, catalogue.READ, quality.READ, agreements.READ, agreements.SUPERVISE, gateway.READ, gateway.RECHECK,
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """The open city, and everything on the one thread in it."""

    city: app.City
    caller: gateway_place.Place
    batch: UUID
    person: UUID
    receipt: UUID

    @property
    def item(self) -> UUID:
        return self.caller.item

    @property
    def agreement(self) -> UUID:
        return self.caller.agreement

    def auditor(self) -> Actor:
        """Who sees everything."""
        return actor_with(*AUDITS, name="陈稻", now=clock.now())

    def officer(self, department: UUID, *held: Any) -> Actor:
        """Somebody of one bureau who holds all that for it alone."""
        scope = Scope(departments=frozenset({department}))
        return actor_with(*(held or AUDITS), department=department, scope=scope, now=clock.now())

    def resident(self) -> Actor:
        """The person whom the answer named."""
        return actor_with(subject=self.person, kind="resident", name="李小满", now=clock.now())

    def end_of(self, kind: str) -> str:
        """By what a thread of this kind is entered."""
        ends = {"batch": self.batch, "item": self.item, "agreement": self.agreement}
        return str(ends.get(kind, self.receipt))


def plant(city: app.City, folder: Path) -> Place:
    """This will found the city and send one value all the way, under a checkpoint."""
    caller = _found(city)
    _deliver(city, caller.code, folder)
    caller = replace(caller, agreement=_agree(city, caller))
    until(city, lambda session: session.get(gateway.ServingCopy, caller.item) is not None)
    receipt = look_up(city, caller)
    with city.database.write() as session:
        person = _resident(session, city)
    checkpoint(city)
    with city.database.read() as session:
        batch = session.scalars(select(intake.Batch.id)).one()
    return Place(city, caller, batch, person, receipt)


def look_up(city: app.City, caller: gateway_place.Place, firm: str = FIRMS[0]) -> UUID:
    """One governed call; the id of its receipt."""
    from fastapi.testclient import TestClient

    client = TestClient(app.create_app(city, work=False))
    answer = caller.call(client, "lookup", {"key": {"uscc": firm}})
    assert answer.status_code == 200, answer.text
    with city.database.read() as session:
        return session.scalars(select(gateway.Call.receipt_id).order_by(gateway.Call.number.desc())).first()  # type: ignore[return-value]


def checkpoint(city: app.City) -> None:
    """This will sign the ledger as it stands."""
    keys: dict[str, Any] = {"keyring": city.engines.keyring, "crypto": city.engines.crypto}
    with city.database.write() as session:
        ledger.make_checkpoint(session, origin=ledger.origin_of(city.settings), now=clock.now(), **keys)


def until(city: app.City, holds: Callable[[Session], bool], *, seconds: float = 180) -> None:
    """This will work until it holds; a served city beside may do the work too."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        city.workers.drain()
        with city.database.read() as session:
            if holds(session):
                return
        time.sleep(0.05)
    raise AssertionError("it never came to hold")


def _on_ledger(session: Session, type: str) -> bool:
    return session.scalars(select(ledger.LedgerEntry.id).where(ledger.LedgerEntry.type == type)).first() is not None


def _found(city: app.City) -> gateway_place.Place:
    """Two bureaus, the item published, the system that will call."""
    now, made = clock.now(), gateway_place
    with city.database.write() as session:
        top = session.scalars(select(identity.Department.id).where(identity.Department.parent_id.is_(None))).first()
        root = top or made._department(session, None, "云溪市", identity.Kind.GOVERNMENT)
        tax = made._department(session, root, "税务局", identity.Kind.BUREAU)
        labour = made._department(session, root, "人力资源和社会保障局", identity.Kind.BUREAU)
        deadlines.put_bundled_pack(session, SYSTEM, "cn-national-2025", now=now)
        national_elements(session, now)
        item = catalogue.register_item(session, SYSTEM, made._content(session), catalogue.Registration(tax), now=now)
        catalogue.submit_item(session, SYSTEM, item, now=now)
        catalogue.publish_item(session, SYSTEM, item, now=now)
        system, login, key = made._caller(session, city, labour, now)
        code = item.code
    until(city, lambda session: _on_ledger(session, "item.version@1"))
    return made.Place(city, tax, labour, item.id, code, new_id(), system, login, key)


def _deliver(city: app.City, code: str, folder: Path) -> None:
    """The bureau's file, of which one row breaks a rule."""
    file = folder / "taxes.csv"
    names = ("uscc", "name", "owed_fen", "paid_on", "boss_id", "remark")
    file.write_text("\n".join(",".join(row) for row in (names, *ROWS)) + "\n", "utf-8")
    intake.load_file(city.database, SYSTEM, file, intake.Into(code), city.workers.givens, now=clock.now())
    until(city, lambda session: _on_ledger(session, "batch.landed@1"))
    until(city, lambda session: session.scalars(select(quality.Measurement.id)).first() is not None)


def _agree(city: app.City, caller: gateway_place.Place) -> UUID:
    """Applied for, answered, sealed by both with their real keys."""
    now, today = clock.now(), identity.law_day(clock.now())
    terms = agreements.TermsIn(
        fields={caller.item: gateway_place.MASKS},
        purposes=["job_subsidy"],
        systems=[caller.system],
        valid_from=today,
        valid_to=date.fromordinal((today + timedelta(days=300)).toordinal()),
        daily_quota=1000,
        max_rows=50,
    )
    asked = agreements.ApplicationIn(item_id=caller.item, basis="《稳岗补贴办法》第六条", scene="审核补贴", terms=terms)
    points = [one for by in ("consumer", "provider") for one in agreements.points(personal=True, by=by)]
    with city.database.write() as session:
        agreements.count_from(session, "XY", int(NUMBER[-4:]) - 1, now=now)
        one = agreements.draft(session, SYSTEM, asked, body=caller.labour, now=now)
        session.refresh(one, ["item"])
        agreements.submit(session, SYSTEM, one, agreements.SubmitIn(warranted=True), now=now)
        agreements.pass_on(session, SYSTEM, one, said="", now=now)
        agreements.answer(session, SYSTEM, one, agreements.AnswerIn(answer="agree", checklist=points), now=now)
        assert one.agreement_id
        agreement = agreements.get_agreement(session, one.agreement_id)
        keys: dict[str, Any] = {"keyring": city.engines.keyring, "crypto": city.engines.crypto}
        for side in (caller.tax, caller.labour):
            agreements.sign(session, SYSTEM, agreement, checklist=points, side=side, **keys, now=now)
        assert agreement.number == NUMBER
        return agreement.id


def _resident(session: Session, city: app.City) -> UUID:
    id, keyring = new_id(), city.engines.keyring
    session.add(
        identity.Resident(
            id=id,
            name="李小满",
            created_at=gateway_place.MADE,
            id_number_sealed=keyring.seal(Purpose.SUBJECTS, PERSON.encode(), id.bytes),
            id_number_index=keyring.blind_index(Purpose.SUBJECTS, PERSON),
        )
    )
    session.flush()
    return id
