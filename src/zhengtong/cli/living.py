"""What the demo's bureaus do with each other while one looks: calls under the agreements in force, applications that come and are
answered. Calls go through the door as a business system makes them: a session opened with SM2, each request sealed."""

import itertools
import json
import secrets
import threading
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong import app
from zhengtong.cli import agreeing, beside
from zhengtong.data import catalogue
from zhengtong.engines.crypto import PrivateKey
from zhengtong.kernel import clock, logs
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.errors import Problem
from zhengtong.office import identity
from zhengtong.sharing import agreements

TICK_S = 20.0
ASKS, ANSWERS, SIGNS = 15, 8, 11  # every so many ticks a department asks, one is answered, one is signed
OPEN_AT_MOST = 12
SALT = 11
SUBJECT_FIELD = {"SJ-3102": "uscc", "SJ-1101": "uscc", "SJ-2101": "id_number"}
WANTED = (
    ("人社局", "job_subsidy"),
    ("民政局", "medical_assistance"),
    ("市场监管局", "market_supervision"),
    ("公安局", "licence_review"),
    ("审计局", "audit"),
)
log = logs.get("demo")


def going(city: app.City, sample: ModuleType, size: str, *, tick_s: float = TICK_S) -> AbstractContextManager[None]:
    """This will keep the bureaus' dealings going, until left."""
    life = _Dealings(city, sample, size)
    return beside.going("dealings", lambda stop: life.go_on(stop, tick_s))


class _Dealings:
    def __init__(self, city: app.City, sample: ModuleType, size: str) -> None:
        self._city, self._sample, self._size = city, sample, sample.SIZES[size]
        self._systems: dict[UUID, _System] = {}
        self._whom: dict[str, list[str]] = {}

    def go_on(self, stop: threading.Event, tick_s: float) -> None:
        for tick in itertools.count(1):
            if stop.wait(tick_s):
                break
            self._whom = self._whom or self._subjects()
            for deed, every in ((self._ask, ASKS), (self._answer, ANSWERS), (self._sign, SIGNS)):
                if tick % every == every // 2:
                    self._tried(deed, tick)
            self._tried(self._call, tick)

    def _tried(self, deed: Any, tick: int) -> None:
        """A refusal is part of a city's day: it has been told and receipted where it happened."""
        import httpx

        try:
            deed(tick)
        except (Problem, httpx.HTTPError) as refused:
            log.info("demo.refused", reason=str(refused))

    def _subjects(self) -> dict[str, list[str]]:
        """Whom the calls look up: the story's people first, then those of the first block."""
        sample = self._sample
        people, firms = sample.people_and_firms(sample.SEED, self._size.residents, self._size.firms)
        with self._city.database.read() as session:
            one = session.scalar(select(identity.Resident).where(identity.Resident.name == sample.RESIDENT_NAME))
            first = [identity.id_number_of(one, self._city.engines.keyring)] if one else []
        return {"uscc": [firm.code for firm in firms], "id_number": [*first, *(person.id_number for person in people)]}

    def _call(self, tick: int) -> None:
        with self._city.database.read() as session:
            made = agreements.Agreement
            rows = session.scalars(
                select(made).where(made.status == agreements.Status.IN_FORCE).order_by(made.number)
            ).all()
            known = [(one, item) for one in rows if (item := session.get_one(catalogue.Item, one.item_id))]
            found = [(one, item) for one, item in known if item.number in SUBJECT_FIELD]
            if not found:
                return
            agreement, item = found[tick % len(found)]
            terms = session.get_one(agreements.AgreementTerms, (agreement.id, agreement.in_force)).terms
        field = SUBJECT_FIELD[item.number or ""]
        ring = self._whom[field]
        key = ring[0] if tick // len(found) % 3 == 1 else ring[tick * SALT % len(ring)]
        system = self._system(UUID(hex=terms["systems"][0]))
        path = f"/share/v1/agreements/{agreement.number}/items/{quote(item.code, safe='')}/lookup"
        system.call(path, {"key": {field: key}}, purpose=terms["purposes"][0], case=f"演示〔{tick:05}〕号")

    def _system(self, system_id: UUID) -> "_System":
        if system_id not in self._systems:
            self._systems[system_id] = _System(self._city, system_id)
        return self._systems[system_id]

    def _ask(self, tick: int) -> None:
        with self._city.database.write() as session:
            if len(self._waiting(session)) >= OPEN_AT_MOST:
                return
            who, purpose = WANTED[tick // ASKS % len(WANTED)]
            item = self._an_item(session, tick)
            if item is not None:
                fields = {one.name: "full" for one in catalogue.fields_of(session, item.id)[:4]}
                agreeing.apply(session, item, who, purpose, fields, now=clock.now())

    def _an_item(self, session: Session, tick: int) -> catalogue.Item | None:
        """Another one each time: published, shared on a condition."""
        one = catalogue.Item
        wanted = select(one).where(one.state == catalogue.State.PUBLISHED, one.share_type == "conditional")
        rows = session.scalars(wanted.order_by(one.number).limit(200)).all()
        return rows[tick * SALT % len(rows)] if rows else None

    def _waiting(self, session: Session) -> list[agreements.Application]:
        asked = agreements.Application
        wanted = select(asked).where(asked.state == agreements.State.ANSWERING).order_by(asked.submitted_at)
        return list(session.scalars(wanted))

    def _answer(self, tick: int) -> None:
        """The provider agrees to the newest, now and then refuses; the oldest wait for the visitor."""
        with self._city.database.write() as session:
            waiting = self._waiting(session)
            if len(waiting) > 2:
                agreeing.respond(session, waiting[-1], agree=tick // ANSWERS % 4 != 3, now=clock.now())

    def _sign(self, tick: int) -> None:
        made = agreements.Agreement
        with self._city.database.write() as session:
            wanted = select(made).where(made.status == agreements.Status.PROPOSED).order_by(made.created_at.desc())
            proposed = session.scalars(wanted).all()
            if len(proposed) > 1:
                agreeing.countersign(session, self._city, proposed[0].id, now=clock.now())


class _System:
    """A department's business system, with an SM2 key of its own beside the city's data."""

    def __init__(self, city: app.City, system_id: UUID) -> None:
        self._city, self._id = city, system_id
        self._crypto = city.engines.crypto
        self._file = city.settings.kernel.data / "systems" / f"{system_id}.json"
        self._key_id, self._key = self._kept() or self._made()
        self._session: tuple[str, bytes] | None = None

    def _kept(self) -> tuple[str, PrivateKey] | None:
        """The key of an earlier start, from the system's own file."""
        if not self._file.exists():
            return None
        told = json.loads(self._file.read_text("utf-8"))
        return told["key_id"], self._crypto.private_key(bytes.fromhex(told["key"]))

    def _made(self) -> tuple[str, PrivateKey]:
        """A new key, registered with the city; its secret half stays in the system's own file."""
        key, now = self._crypto.new_key(), clock.now()
        dates: dict[str, Any] = {"valid_from": None, "valid_until": None, "now": now}
        with self._city.database.write() as session:
            system = session.get_one(identity.System, self._id)
            added = identity.add_key(session, SYSTEM, system, self._crypto, public_key=key.public.to_hex(), **dates)
            key_id = str(added.id)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.touch(0o600)
        self._file.write_text(json.dumps({"key_id": key_id, "key": key.scalar.hex()}), "utf-8")
        return key_id, key

    def call(self, path: str, body: dict[str, Any], *, purpose: str, case: str) -> None:
        """This will make one signed call; a session that has ended is opened again."""
        data = json.dumps(body).encode()
        for _ in range(2):
            self._session = self._session or self._opened()
            told = {"x-zhengtong-case": quote(case), "x-zhengtong-purpose": purpose}
            headers = {
                "Authorization": self._sealed(*self._session, path, data, told),
                "Content-Type": "application/json",
            }
            if self._post(path, data, {**headers, **told}).status_code != 401:
                return
            self._session = None

    def _opened(self) -> tuple[str, bytes]:
        said = {"system": str(self._id), "key": self._key_id, "time": _outside(), "nonce": secrets.token_hex(16)}
        origin = self._city.settings.kernel.address
        text = "\n".join(("ZT-SERVICE-SESSION-1", origin, *said.values())).encode()
        signed = {**said, "signature": self._crypto.sign(self._key, text).hex()}
        answer = self._post(
            "/api/v1/service-sessions", json.dumps(signed).encode(), {"Content-Type": "application/json"}
        )
        answer.raise_for_status()
        told = answer.json()
        return told["session"], self._crypto.decrypt(self._key, bytes.fromhex(told["sealed_key"]))

    def _sealed(self, session: str, key: bytes, path: str, data: bytes, headers: dict[str, str]) -> str:
        digest = self._crypto.sm3(data).hex()
        said = {"session": session, "time": _outside(), "nonce": secrets.token_hex(16), "body": digest}
        lines = [f"{name}:{value}" for name, value in headers.items()]
        text = "\n".join(("ZT-HMAC-SM3-2", "POST", path, *said.values(), *lines)).encode()
        signed = {**said, "signature": self._crypto.hmac_sm3(key, text).hex()}
        return "ZT-HMAC-SM3 " + ", ".join(f"{name}={value}" for name, value in signed.items())

    def _post(self, path: str, data: bytes, headers: dict[str, str]) -> Any:
        import httpx

        here = f"http://{self._city.settings.kernel.host}:{self._city.settings.kernel.port}"
        return httpx.post(f"{here}{path}", content=data, headers=headers, timeout=30, trust_env=False)


def _outside() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
