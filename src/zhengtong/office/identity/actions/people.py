"""Adding, changing, stopping people; resetting their sign-in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.kernel import audit, wake
from zhengtong.kernel.actor import Actor, Permission
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce
from zhengtong.office.identity import errors, events, queries, rules, schemas
from zhengtong.office.identity.actions import authority, factors, links, posts, sessions
from zhengtong.office.identity.actions.editing import edit
from zhengtong.office.identity.permissions import CHANGE_PEOPLE, DEACTIVATE_PEOPLE, RESET_FACTORS, abilities
from zhengtong.office.identity.tables import Person, Post

MOST_LOGINS_TRIED = 200


def add_person(session: Session, actor: Actor, new: schemas.NewPerson, *, now: datetime) -> Person:
    """This will add a member of the staff, with a first post when one is given.

    Needs CHANGE_PEOPLE in the post's department; city-wide without a post. A post asks for what `posts.give_post` asks.
    Raises SomeFieldsWrong, LoginTaken, StaffNumberTaken, DepartmentNotFound, RoleNotYours.
    """
    authority.require_at(actor, CHANGE_PEOPLE, new.post.department_id if new.post else None, now=now)
    person = make_person(session, actor, new, now=now)
    if new.post:
        posts.give_post(session, actor, person, new.post, now=now)
    return person


def make_person(session: Session, actor: Actor, new: schemas.NewPerson, *, now: datetime) -> Person:
    """This will add the person, asking for no permission: the caller has."""
    login = new.login or proposed_login(session, new.name)
    values: dict[str, Any] = {
        "name": new.name,
        "login": login,
        "phone": new.phone or None,
        "email": new.email or None,
        "staff_number": new.staff_number or None,
    }
    _check(session, values, None)
    person = Person(id=new_id(), active=True, created_at=now, spelling=rules.spelling(new.name, surname=True), **values)
    session.add(person)
    session.flush()
    audit.record(session, actor, "identity.person_added", person, after=values, at=now)
    announce(session, events.PersonAdded(person.id))
    return person


def change_person(
    session: Session, actor: Actor, person: Person, values: Mapping[str, Any], *, now: datetime
) -> Person:
    """This will change name, login, phone, e-mail or staff number; `values` holds only what is to change.

    Needs CHANGE_PEOPLE where the person holds a post. The login name and e-mail of someone who can do more than the actor
    could give stay (RoleNotYours). Raises SomeFieldsWrong, LoginTaken, StaffNumberTaken, PermissionMissing.
    """
    held = open_posts(session, person, now)
    if not abilities.reaches_any(actor, CHANGE_PEOPLE, held):
        authority.require_over(actor, CHANGE_PEOPLE, held, now=now)
    emptied = {name: value or None for name, value in values.items() if name in ("phone", "email", "staff_number")}
    return put_person(session, actor, person, {**values, **emptied}, now=now)


def put_person(session: Session, actor: Actor, person: Person, values: Mapping[str, Any], *, now: datetime) -> Person:
    """This will change the person, asking for no permission but this: what signs one in
    (login name, and e-mail at the identity provider) changes only under the actor's power."""
    names = ("name", "login", "phone", "email", "staff_number")
    _check(session, {**{name: getattr(person, name) for name in names}, **values}, person)
    if any(values.get(name, getattr(person, name)) != getattr(person, name) for name in ("login", "email")):
        authority.check_not_above(session, actor, person, on=rules.law_day(now))
    if "name" in values:
        person.spelling = rules.spelling(values["name"], surname=True)
    before, after = edit(person, values)
    if after:
        audit.record(session, actor, "identity.person_changed", person, before=before, after=after, at=now)
        announce(session, events.PersonChanged(person.id, tuple(sorted(after))))
        wake.ring(session, events.TOPIC)
    return person


def deactivate_person(session: Session, actor: Actor, person: Person, reason: str, *, now: datetime) -> Person:
    """This will bar the person from signing in and end their sessions; their posts stay for a return.

    Needs DEACTIVATE_PEOPLE over all their posts, and no more power in their hands than the actor could give. Raises
    NotYourself, LastAdministrator, RoleNotYours.
    """
    _check_power(session, actor, person, DEACTIVATE_PEOPLE, now=now)
    if person.active:
        person.active = False
        sessions.end_all(session, person.id, now=now)
        authority.check_administrator_left(session, on=rules.law_day(now))
        what = {"active": False, "reason": reason}
        audit.record(session, actor, "identity.person_deactivated", person, before={"active": True}, after=what, at=now)
        announce(session, events.PersonDeactivated(person.id))
        wake.ring(session, events.TOPIC)
    return person


def reactivate_person(session: Session, actor: Actor, person: Person, *, now: datetime) -> Person:
    """This will let the person sign in again. Needs what `deactivate_person` needs."""
    _check_power(session, actor, person, DEACTIVATE_PEOPLE, now=now)
    before, after = edit(person, {"active": True})
    if after:
        audit.record(session, actor, "identity.person_reactivated", person, before=before, after=after, at=now)
        announce(session, events.PersonReactivated(person.id))
        wake.ring(session, events.TOPIC)
    return person


def reset_factors(session: Session, actor: Actor, person: Person, reason: str, *, now: datetime) -> links.Link:
    """This will forget the person's password, codes and passkeys, end their sessions, and make a link to begin anew.

    Needs RESET_FACTORS over all their posts, and no more power in their hands than the actor could give. Raises
    NotYourself, RoleNotYours.
    """
    _check_power(session, actor, person, RESET_FACTORS, now=now)
    factors.forget_factors(session, person.id)
    ended = sessions.end_all(session, person.id, now=now)
    what = {"reason": reason, "sessions_ended": ended}
    audit.record(session, actor, "identity.factors_reset", person, after=what, at=now)
    wake.ring(session, events.TOPIC)
    return links.make_link(session, person.id, now=now)


def proposed_login(session: Session, name: str) -> str:
    """A free login name from the pinyin: shen.ruochuan, then shen.ruochuan2 … Raises SomeFieldsWrong for no pinyin."""
    base = rules.login_for(name)
    tried = [base, *(f"{base[:29]}{number}" for number in range(2, MOST_LOGINS_TRIED))]
    taken = set(session.scalars(select(Person.login).where(Person.login.in_(tried))))
    return next((login for login in tried if login not in taken), base)


def open_posts(session: Session, person: Person, now: datetime) -> list[Post]:
    """The posts that are not over."""
    today = rules.law_day(now)
    return [post for post in queries.posts_of(session, person.id) if post.until_on is None or post.until_on >= today]


def _check_power(session: Session, actor: Actor, person: Person, permission: Permission, *, now: datetime) -> None:
    authority.require_over(actor, permission, open_posts(session, person, now), now=now)
    if person.id == actor.subject:
        raise errors.NotYourself()
    authority.check_not_above(session, actor, person, on=rules.law_day(now))


def _check(session: Session, values: Mapping[str, Any], present: Person | None) -> None:
    known = ("name", "login", "phone", "email")
    faults = rules.person_faults(**{name: values[name] or "" for name in known})
    if faults:
        raise errors.SomeFieldsWrong(count=len(faults), fields=faults)
    owner = session.scalar(select(Person).where(Person.login == values["login"]))
    if owner and owner is not present:
        raise errors.LoginTaken(login=values["login"])
    number = values["staff_number"]
    owner = session.scalar(select(Person).where(Person.staff_number == number)) if number else None
    if owner and owner is not present:
        raise errors.StaffNumberTaken(number=number)
