"""People of the staff."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from zhengtong.engines.files import Files
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given
from zhengtong.office.identity import queries, rules, schemas
from zhengtong.office.identity.actions import exports, links
from zhengtong.office.identity.actions import people as actions
from zhengtong.office.identity.permissions import (
    CHANGE_PEOPLE,
    DEACTIVATE_PEOPLE,
    EXPORT_PEOPLE,
    READ_PEOPLE,
    RESET_FACTORS,
)
from zhengtong.office.identity.queries import views
from zhengtong.office.identity.routes.downloads import csv_of, spooled
from zhengtong.office.identity.routes.room import routes
from zhengtong.office.identity.tables import Person, Post

RoleKey = Annotated[str | None, Query(max_length=40, pattern="^[a-z0-9_]*$", description="holds this role")]


@routes.get("/people", needs=READ_PEOPLE)
def list_people(
    session: Session,
    actor: Actor,
    page: web.PageArgs,
    department: UUID | None = None,
    below: bool = True,
    role: RoleKey = None,
    active: bool = True,
) -> web.Page[schemas.PersonLine]:
    """People by name, pinyin, initials, login or staff number; by department and those below; by role."""
    today = rules.law_day(clock.now())
    statement = queries.find_people(
        session, actor, on=today, text=page.q, department_id=department, below=below, role=role, active=active
    )
    return web.paginate(
        session,
        statement,
        page,
        sort={"name": Person.name, "login": Person.login, "added": Person.created_at},
        key=Person.id,
        item=lambda person: views.person_line(actor, person, on=today),
    )


@routes.get("/people/export", needs=EXPORT_PEOPLE)
def export_people(
    database: Database,
    actor: Actor,
    files: Given[Files],
    department: UUID | None = None,
    below: bool = True,
    role: RoleKey = None,
    active: bool = True,
) -> StreamingResponse:
    """The people as CSV, in the columns that the import reads."""
    out, now = spooled(), clock.now()
    with database.write() as session:
        statement = queries.find_people(
            session, actor, on=rules.law_day(now), department_id=department, below=below, role=role, active=active
        )
        exports.export_people(session, actor, statement, files, out, now=now)
    return csv_of(out, "人员.csv")


@routes.get("/people/{person_id}", needs=READ_PEOPLE)
def read_person(session: Session, actor: Actor, person_id: UUID) -> schemas.PersonOut:
    """One person with posts and stand-ins."""
    return _out(session, actor, queries.get_person(session, actor, person_id, on=rules.law_day(clock.now())))


@routes.post("/people", needs=CHANGE_PEOPLE, status=201, shown_once=True)
def add_person(
    session: Session, actor: Actor, body: schemas.NewPerson, settings: Given[Settings]
) -> schemas.PersonAddedOut:
    """Add a person; answers with a link by which they set up sign-in, shown this once."""
    now = clock.now()
    person = actions.add_person(session, actor, body, now=now)
    link = links.make_link(session, person.id, now=now)
    return schemas.PersonAddedOut(person=_out(session, actor, person), enrolment=_enrolment(link, settings))


@routes.patch("/people/{person_id}", needs=CHANGE_PEOPLE)
def change_person(
    session: Session, actor: Actor, person_id: UUID, body: schemas.PersonEdit, if_match: web.IfMatch = None
) -> schemas.PersonOut:
    """Change a person's name, login, phone, e-mail or staff number."""
    person = _locked(session, actor, person_id, if_match)
    values = body.model_dump(exclude_unset=True)
    kept = {name: value for name, value in values.items() if value is not None or name not in ("name", "login")}
    return _out(session, actor, actions.change_person(session, actor, person, kept, now=clock.now()))


@routes.post("/people/{person_id}/deactivate", needs=DEACTIVATE_PEOPLE)
def deactivate_person(
    session: Session, actor: Actor, person_id: UUID, body: schemas.Why, if_match: web.IfMatch = None
) -> schemas.PersonOut:
    """Bar a person from signing in and end their sessions; their posts stay."""
    person = _locked(session, actor, person_id, if_match)
    return _out(session, actor, actions.deactivate_person(session, actor, person, body.reason, now=clock.now()))


@routes.post("/people/{person_id}/reactivate", needs=DEACTIVATE_PEOPLE)
def reactivate_person(
    session: Session, actor: Actor, person_id: UUID, if_match: web.IfMatch = None
) -> schemas.PersonOut:
    """Let a person sign in again."""
    person = _locked(session, actor, person_id, if_match)
    return _out(session, actor, actions.reactivate_person(session, actor, person, now=clock.now()))


@routes.post("/people/{person_id}/reset-factors", needs=RESET_FACTORS, shown_once=True)
def reset_factors(
    session: Session, actor: Actor, person_id: UUID, body: schemas.Why, settings: Given[Settings]
) -> schemas.Enrolment:
    """Forget a person's password, codes and passkeys, end their sessions; answers with a link to begin anew."""
    now = clock.now()
    person = queries.get_person(session, actor, person_id, on=rules.law_day(now), lock=True)
    return _enrolment(actions.reset_factors(session, actor, person, body.reason, now=now), settings)


@routes.get("/colleagues", needs=web.SIGNED_IN)
def list_colleagues(session: Session, actor: Actor, page: web.PageArgs) -> web.Page[schemas.Colleague]:
    """Who works here, for any member of the staff: name, title, department."""
    return web.paginate(
        session,
        queries.find_colleagues(actor, on=rules.law_day(clock.now()), text=page.q),
        page,
        sort={"name": Person.name},
        key=Post.id,
        item=schemas.Colleague.of,
    )


def _locked(session: Session, actor: Actor, person_id: UUID, if_match: str | None) -> Person:
    person = queries.get_person(session, actor, person_id, on=rules.law_day(clock.now()), lock=True)
    web.check_version(person.version, if_match)
    return person


def _out(session: Session, actor: Actor, person: Person) -> schemas.PersonOut:
    session.flush()
    return views.person_out(session, actor, person, on=rules.law_day(clock.now()))


def _enrolment(link: links.Link, settings: Settings) -> schemas.Enrolment:
    return schemas.Enrolment(link=link.address(settings.kernel.address), expires_at=link.ends_at)
