"""Imports: the drafts, and what confirming one would do as things stand."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, undefer

from zhengtong.kernel.actor import Actor
from zhengtong.office.identity import errors, rules, schemas
from zhengtong.office.identity.permissions import GIVE_POSTS, IMPORT
from zhengtong.office.identity.queries.grants import grants_of, grants_of_roles, postings_of
from zhengtong.office.identity.rules import import_departments, import_people
from zhengtong.office.identity.rules.import_columns import COLUMNS, RowPlan
from zhengtong.office.identity.tables import Department, ImportDraft, Person, Post, Role

Plan = Sequence[RowPlan]


def find_imports(actor: Actor) -> Select[ImportDraft]:
    """All imports, for who may import in the whole city; else one's own."""
    statement = select(ImportDraft)
    return statement if actor.scope(IMPORT).everywhere else statement.where(ImportDraft.uploaded_by == actor.subject)


def get_import(session: Session, actor: Actor, import_id: UUID, *, now: datetime, lock: bool = False) -> ImportDraft:
    """The import with its rows. Raises ImportNotFound, for an expired draft too."""
    statement = find_imports(actor).where(ImportDraft.id == import_id).options(undefer(ImportDraft.rows))
    found = session.scalar(statement.with_for_update() if lock else statement)
    if found is None or (found.state == "draft" and found.expires_at <= now):
        raise errors.ImportNotFound()
    return found


def plan_of(session: Session, actor: Actor, draft: ImportDraft, *, on: date) -> Plan:
    """What confirming the draft would do now, row by row."""
    rows = [(number, values) for number, values in draft.rows]
    if draft.kind == "departments":
        return import_departments.plan_departments(rows, known_departments(session))
    return import_people.plan_people(rows, city_of(session, actor, on=on))


def fingerprint(plan: Plan) -> str:
    """A digest of what a plan would do: it differs when anything would be done differently."""
    told = [[one.row, one.outcome, [[c.field, str(c.before), str(c.after)] for c in one.changes]] for one in plan]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:32]


def counts(plan: Plan) -> schemas.Counts:
    """How many rows would do what."""
    return schemas.Counts(**{str(outcome): count for outcome, count in Counter(one.outcome for one in plan).items()})


def import_line(actor: Actor, draft: ImportDraft, name: str) -> schemas.ImportLine:
    """One import in a list."""
    return schemas.ImportLine(**_line(actor, draft, name))


def import_out(session: Session, actor: Actor, draft: ImportDraft, *, on: date) -> schemas.ImportOut:
    """One import, with its plan while it is a draft."""
    plan = plan_of(session, actor, draft, on=on) if draft.state == "draft" else None
    return schemas.ImportOut(
        **_line(actor, draft, uploader_name(session, draft)),
        counts=counts(plan) if plan is not None else None,
        plan=fingerprint(plan) if plan is not None else None,
        encoding=draft.encoding,
        warnings=draft.warnings,
    )


def import_row(kind: str, one: RowPlan) -> schemas.ImportRow:
    """What importing one row would do, with the columns' labels."""
    labels = {column.key: column for column in COLUMNS[kind]}

    def label(key: str) -> dict[str, str]:
        column = labels.get(key)
        return {"field": key, "zh": column.zh if column else "岗位", "en": column.en if column else "Post"}

    return schemas.ImportRow(
        row=one.row,
        name=one.name,
        outcome=one.outcome,
        changes=[schemas.ChangeOut(**label(c.field), before=c.before, after=c.after) for c in one.changes],
        errors=[schemas.FaultOut(field=fault.name, zh=fault.zh, en=fault.en) for fault in one.faults],
    )


def uploader_name(session: Session, draft: ImportDraft) -> str:
    """Who uploaded it."""
    return session.scalar(select(Person.name).where(Person.id == draft.uploaded_by)) or ""


def known_department(one: Department) -> rules.DepartmentKnown:
    """The department as an import sees it."""
    names = ("id", "parent_id", "name_zh", "name_en", "short_name", "code", "level", "kind", "position")
    return rules.DepartmentKnown(**{name: getattr(one, name) for name in names}, closed=one.closed_on is not None)


def known_departments(session: Session) -> list[rules.DepartmentKnown]:
    """The city's departments, as an import sees them."""
    return [known_department(one) for one in session.scalars(select(Department).order_by(Department.created_at))]


def city_words(session: Session) -> rules.CityWords:
    """What an imported list may call the city's departments and roles."""
    departments: dict[str, list[UUID]] = {}
    for one in session.scalars(select(Department).where(Department.closed_on.is_(None))):
        for word in {one.name_zh, one.short_name, one.code or ""} - {""}:
            departments.setdefault(word, []).append(one.id)
    roles: dict[str, str] = {}
    statement = select(Role.key, Role.zh, Role.en).where(Role.key.not_in(rules.NOT_FOR_POSTS))
    for key, zh, en in session.execute(statement):
        roles |= {key: key, zh: key, en.casefold(): key}
    return rules.CityWords(departments, roles)


def city_of(session: Session, actor: Actor, *, on: date) -> rules.City:
    """The city's people, departments and roles, as an import of people by this actor sees them."""
    delegable = set(session.scalars(select(Role.key).where(Role.delegable)))
    giving = actor.scope(GIVE_POSTS)
    known: dict[tuple[str, UUID], bool] = {}

    def may_give(role: str, department_id: UUID) -> bool:
        key = (role, department_id)
        if key not in known:
            would = grants_of_roles(session, [role], department_id)
            known[key] = rules.may_give(would, actor.grants, giving, delegable=role in delegable)
        return known[key]

    return rules.City(_people(session, on), city_words(session), may_give, actor.subject)


def importer(session: Session, person_id: UUID, *, on: date, now: datetime) -> Actor:
    """Who confirmed an import, as they stand when it is carried out; their second factor was asked when they confirmed."""
    person = session.get_one(Person, person_id)
    grants: dict[str, Any] = {}
    for posting in postings_of(session, person_id, on=on):
        if posting.acting is None:
            for name, scope in grants_of(session, person, posting, on=on).items():
                grants[name] = grants[name] | scope if name in grants else scope
    return Actor(subject=person.id, kind="person", name=person.name, second_factor_at=now, grants=grants)


def _people(session: Session, on: date) -> list[rules.PersonKnown]:
    posts: dict[UUID, list[rules.PostKnown]] = {}
    for post in session.scalars(select(Post).where(or_(Post.until_on.is_(None), Post.until_on >= on))):
        held = rules.PostKnown(post.department_id, post.title, tuple(post.role_keys), post.until_on)
        posts.setdefault(post.person_id, []).append(held)
    names = ("id", "name", "login", "staff_number", "phone", "email", "active")
    people = session.scalars(select(Person)).all()
    return [
        rules.PersonKnown(**{name: getattr(one, name) for name in names}, posts=tuple(posts.get(one.id, ())))
        for one in people
    ]


def _line(actor: Actor, draft: ImportDraft, name: str) -> dict[str, Any]:
    names = ("id", "kind", "file_name", "uploaded_at", "expires_at", "state", "row_count", "done_count", "finished_at")
    may = draft.state == "draft" and actor.scope(IMPORT).everywhere
    return {
        **{key: getattr(draft, key) for key in names},
        "uploaded_by": {"id": draft.uploaded_by, "name": name},
        "failed_count": len(draft.failed),
        "abilities": {"confirm": may, "discard": may},
    }
