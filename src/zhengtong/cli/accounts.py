"""The demo's accounts: made once with a password and a code generator of their own, kept in the demo's data folder."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Literal
from uuid import UUID

import pyotp
from sqlalchemy import select

from zhengtong import app
from zhengtong.cli.errors import DemoNotServed, NoDemoYet, NoSuchDemoAccount
from zhengtong.kernel import clock
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.settings import Kernel
from zhengtong.office import identity

FILE = "demo.json"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike


@dataclass(frozen=True, slots=True)
class Account:
    """One demo account; `totp` is its secret."""

    login: str
    name: str
    name_en: str
    place: str
    role: str
    totp: str


@dataclass(frozen=True, slots=True)
class Demo:
    """What a demo folder keeps about itself. `loading` until all is in place: a load cut short is begun anew."""

    state: Literal["loading", "loaded"]
    size: str
    password: str = ""
    accounts: tuple[Account, ...] = ()

    def account(self, name: str) -> Account:
        """The account of this login or name. Raises NoSuchDemoAccount."""
        found = next((one for one in self.accounts if name.lower() in (one.login, one.name, one.name_en.lower())), None)
        if found is None:
            raise NoSuchDemoAccount(name=name, known="、".join(f"{one.login} {one.name}" for one in self.accounts))
        return found


def kept(folder: Path) -> Demo | None:
    """What the folder says about its demo; None where it holds none."""
    path = folder / FILE
    if not path.exists():
        return None
    told = json.loads(path.read_text("utf-8"))
    return Demo(told["state"], told["size"], told["password"], tuple(Account(**one) for one in told["accounts"]))


def refuse_outside(kernel: Kernel) -> None:
    """Raises DemoNotServed where a demo's folder would be served to other machines: its accounts are known to all."""
    if kernel.host not in LOOPBACK and kept(kernel.data) is not None:
        raise DemoNotServed(folder=kernel.data)


def must_be_kept(folder: Path) -> Demo:
    """As `kept`. Raises NoDemoYet."""
    found = kept(folder)
    if found is None or found.state != "loaded":
        raise NoDemoYet(folder=folder)
    return found


def keep(folder: Path, demo: Demo) -> None:
    """This will write it down, readable by the owner alone, whole or not at all."""
    path, beside = folder / FILE, folder / f"{FILE}.new"
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(demo), file, ensure_ascii=False, indent=2)
    beside.replace(path)


def make(city: app.City, sample: ModuleType, people: dict[str, UUID], size: str, *, password: str) -> Demo:
    """This will give the people of the story a password (where none is given, a new one) and a code generator."""
    password = password or "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    hashed = identity.hashed(password)
    staff = {one.name: one for one in sample.staff(sample.SEED)}
    made = []
    for part in sample.CAST:
        person, department = staff[part.name], sample.department(part.department)
        with city.database.read() as session:
            role = session.get_one(identity.Role, part.role)
        secret = _enrol(city, people[person.login], hashed, person.login, now=clock.now())
        place = f"{department.short_name} {part.office}{part.title} | {department.name_en}"
        made.append(Account(person.login, person.name, person.name_en, place, f"{role.zh} | {role.en}", secret))
    made.append(_resident(city, sample, hashed))
    return Demo("loaded", size, password, tuple(made))


def _resident(city: app.City, sample: ModuleType, hashed: str) -> Account:
    """The resident of the story, who signs in with her identity number and sees who looked at her data."""
    with city.database.read() as session:
        named = identity.Resident.name == sample.RESIDENT_NAME
        found = session.scalars(select(identity.Resident).where(named)).first()
        if found is None:
            raise LookupError(f"no resident {sample.RESIDENT_NAME} in the sample city")
        number = identity.id_number_of(found, city.engines.keyring)
    secret = _enrol(city, found.id, hashed, number, now=clock.now())
    return Account(number, found.name, sample.RESIDENT_NAME_EN, "居民 | resident", "居民 | resident", secret)


def code_now(account: Account, *, now: datetime) -> tuple[str, int]:
    """The account's one-time code, and for how many seconds it is shown."""
    totp = pyotp.TOTP(account.totp)
    return totp.at(now), totp.interval - int(now.timestamp()) % totp.interval


def _enrol(city: app.City, person_id: UUID, hashed: str, login: str, *, now: datetime) -> str:
    """The secret of the code generator. Confirmed with the code before the present one, which stays unspent."""
    keyring = city.engines.keyring
    with city.database.write() as session:
        person = session.get_one(identity.Subject, person_id)
        actor = Actor(subject=person.id, kind=person.kind, name=person.name, second_factor_at=now)  # type: ignore[arg-type]  # the table's check allows the four kinds only
        identity.set_password(session, actor, person, hashed, now=now)
        new = identity.begin_totp(session, person, keyring, issuer=city.settings.kernel.city, account=login, now=now)
        secret: str = new.secret.replace(" ", "")
        before = pyotp.TOTP(secret).at(now - timedelta(seconds=30))
        identity.confirm_totp(session, actor, person, before, keyring, now=now)
    return secret
