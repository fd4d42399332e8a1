"""The first administrator of an empty city, made with a one-time link."""

from datetime import datetime

from sqlalchemy.orm import Session

from zhengtong.kernel import audit
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.office.identity.actions import hashing, links, passwords, people, posts, sessions
from zhengtong.office.identity.actions.sessions import Issued
from zhengtong.office.identity.queries import sign_in as queries
from zhengtong.office.identity.queries.departments import root_department
from zhengtong.office.identity.rules import roles
from zhengtong.office.identity.rules.sessions import Caller, Method
from zhengtong.office.identity.schemas.people import NewPerson, NewPost
from zhengtong.office.identity.tables.organisation import Person

TITLE = "系统管理员"


def create_first_administrator(
    database: Database,
    token: str,
    *,
    name: str,
    login: str,
    password: str,
    caller: Caller,
    settings: Settings,
    now: datetime,
) -> Issued:
    """This will make the first administrator, with a post in the city's topmost department, and begin their set-up.

    Raises LinkUsedOrExpired, CityNotEmpty, PasswordTooWeak, LoginTaken.
    """
    with database.read() as session:
        links.check_first(session, token, now=now)
    passwords.check(password, second_factor=True, known=[login, name, settings.kernel.city, settings.kernel.city_en])
    hash = hashing.hashed(password)
    with database.write() as session:
        root_department(session, lock=True)  # of two at once the second finds the city no longer empty
        link = links.check_first(session, token, now=now)
        person = _administrator(session, name, login, now=now)
        link.used_at = now
        passwords.set_password(session, sessions.actor_signing_in(person, caller), person, hash, now=now)
        return sessions.begin(session, person, caller, method=Method.LINK, limits=queries.limits_in(settings), now=now)


def _administrator(session: Session, name: str, login: str, *, now: datetime) -> Person:
    root = root_department(session)
    if root is None:
        raise RuntimeError("the city was not founded: found_city runs at each start")
    person = people.make_person(session, SYSTEM, NewPerson(name=name, login=login), now=now)
    post = NewPost(department_id=root.id, title=TITLE, roles=[roles.ADMINISTRATOR])
    posts.put_post(session, SYSTEM, person, post, now=now)
    audit.record(session, SYSTEM, "identity.first_administrator_made", person)
    return person
