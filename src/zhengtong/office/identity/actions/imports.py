"""Importing departments and people: upload, look, confirm. Nothing counts until confirmed, and then row by row."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from zhengtong.engines.files import Files, RowsWrong, RowWrong, Table
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import new_id
from zhengtong.kernel.errors import Field, Problem
from zhengtong.kernel.events import announce
from zhengtong.office.identity import errors, events, queries, rules, schemas
from zhengtong.office.identity.actions import authority, departments, people, posts
from zhengtong.office.identity.permissions import IMPORT
from zhengtong.office.identity.tables import Department, ImportDraft, Person

KEPT_FOR = timedelta(hours=24)
MOST_ROWS = 5_000
MOST_TOLD = 50
TO_DO = (rules.Outcome.ADD, rules.Outcome.CHANGE)
Values = Mapping[str, str]


def read_rows(kind: str, table: Table) -> list[tuple[int, dict[str, str]]]:
    """The rows of an uploaded table by our columns, blank rows left out. Raises ImportColumnsMissing."""
    keys, missing = rules.read_headers(kind, table.columns)
    if missing:
        raise errors.ImportColumnsMissing(columns="、".join(one.zh for one in missing))
    rows = []
    for row in table.rows:
        cells = zip(keys, row.values, strict=True)
        values = {key: cell.strip().removeprefix("'") for key, cell in cells if key and cell.strip()}
        if values:
            rows.append((row.number, values))
    return rows


def read_list(files: Files, content: bytes, name: str) -> Table:
    """The uploaded list, read no further than an import takes. Raises what `Files` raises; ImportTooLong."""
    bad: list[RowWrong] = []
    with files.open_table(content, name=name, bad_row=bad.append) as stream:
        rows = tuple(islice(stream.rows, MOST_ROWS + 1))
    if bad:
        fields = [Field(f"rows.{one.facts['row']}", one.say("zh"), one.say("en")) for one in bad[:MOST_TOLD]]
        raise RowsWrong(name=name, count=len(bad), fields=fields)
    if len(rows) > MOST_ROWS:
        raise errors.ImportTooLong(limit=MOST_ROWS)
    return Table(stream.columns, rows, stream.encoding, stream.warnings)


def keep_draft(
    session: Session, actor: Actor, kind: str, file_name: str, table: Table, *, now: datetime
) -> ImportDraft:
    """This will keep an uploaded list for a day, to be looked at and confirmed. Needs IMPORT city-wide, and a person."""
    authority.require_at(actor, IMPORT, None, now=now)
    if actor.kind != "person":
        raise errors.ImportByPeopleOnly()
    rows = read_rows(kind, table)
    draft = ImportDraft(
        id=new_id(),
        kind=kind,
        file_name=file_name[-200:],
        uploaded_by=actor.subject,
        uploaded_at=now,
        expires_at=now + KEPT_FOR,
        state="draft",
        rows=rows,
        row_count=len(rows),
        encoding=table.encoding,
        warnings=[{"zh": one.zh, "en": one.en} for one in table.warnings],
        failed=[],
        done_count=0,
    )
    session.add(draft)
    session.flush()
    after = {"kind": kind, "rows": len(rows)}
    audit.record(session, actor, "identity.import_uploaded", draft, after=after, at=now)
    return draft


def confirm_import(
    session: Session, actor: Actor, draft: ImportDraft, seen: schemas.Confirm, *, now: datetime
) -> ImportDraft:
    """This will have the rows that add or change carried out, provided that they would do what was seen. Needs IMPORT
    city-wide.

    Raises ImportOver, ImportPlanChanged, ImportHasErrors (unless wrong rows are to be skipped).
    """
    authority.require_at(actor, IMPORT, None, now=now)
    if draft.state != "draft":
        raise errors.ImportOver()
    plan = queries.plan_of(session, actor, draft, on=rules.law_day(now))
    if queries.fingerprint(plan) != seen.plan:
        raise errors.ImportPlanChanged()
    counts = queries.counts(plan)
    if counts.error and not seen.skip_errors:
        raise errors.ImportHasErrors(errors=counts.error)
    draft.state, draft.confirmed_at, draft.uploaded_by = "applying", now, actor.subject
    draft.rows = [(one.row, dict(one.values)) for one in plan if one.outcome in TO_DO]
    audit.record(session, actor, "identity.import_confirmed", draft, after=counts.model_dump(), at=now)
    announce(session, events.ImportConfirmed(draft.id))
    return draft


def discard_import(session: Session, actor: Actor, draft: ImportDraft, *, now: datetime) -> ImportDraft:
    """This will throw a draft away. Raises ImportOver."""
    if draft.state != "draft":
        raise errors.ImportOver()
    draft.state, draft.rows, draft.finished_at = "discarded", [], now
    audit.record(session, actor, "identity.import_discarded", draft, at=now)
    return draft


def import_rows(
    session: Session, actor: Actor, draft: ImportDraft, rows: Sequence[tuple[int, Values]], *, now: datetime
) -> None:
    """This will carry out these rows, each by itself: one that is refused is noted with its reason, the others stand."""
    failed = list(draft.failed)
    words = queries.city_words(session) if draft.kind == "people" else None
    for number, values in rows:
        try:
            with session.begin_nested():
                if words:
                    _put_person(session, actor, values, words, now)
                else:
                    _put_department(session, actor, values, now)
        except Problem as problem:
            failed.append({"row": number, "zh": problem.say("zh"), "en": problem.say("en")})
    draft.done_count += len(rows)
    draft.failed = failed


def finish_import(session: Session, actor: Actor, draft: ImportDraft, *, now: datetime) -> None:
    """This will close an import that has been carried out, and forget its rows."""
    draft.state, draft.rows, draft.finished_at = "done", [], now
    done, failed = draft.done_count - len(draft.failed), len(draft.failed)
    after = {"done": done, "failed": failed}
    audit.record(session, actor, "identity.import_finished", draft, after=after, at=now)
    announce(session, events.ImportFinished(actor.subject, draft.id, done, failed))


def sweep_drafts(session: Session, *, now: datetime) -> None:
    """This will forget drafts that nobody confirmed within a day."""
    over = update(ImportDraft).where(ImportDraft.state == "draft", ImportDraft.expires_at <= now)
    session.execute(over.values(state="discarded", rows=[], finished_at=now))


def _put_department(session: Session, actor: Actor, values: Values, now: datetime) -> None:
    parent = queries.department_at(session, values["parent"]) if values.get("parent") else None
    if values.get("parent") and parent is None:
        raise errors.DepartmentNotFound()
    above = parent or queries.root_department(session)
    present = _department(session, values, above)
    wanted = rules.wanted_department(values, queries.known_department(present) if present else None)
    if present is None:
        new = schemas.NewDepartment(parent_id=above.id if above else None, **wanted)
        departments.add_department(session, actor, new, now=now)
        return
    departments.change_department(session, actor, present, wanted, now=now)
    if parent and present.parent_id != parent.id:
        departments.move_department(session, actor, present, schemas.DepartmentMove(parent_id=parent.id), now=now)


def _put_person(session: Session, actor: Actor, values: Values, words: rules.CityWords, now: datetime) -> None:
    post, faults = rules.wanted_post(values, words)
    if faults:
        raise errors.SomeFieldsWrong(count=len(faults), fields=faults)
    fields = {key: values[key] for key in ("name", "login", "staff_number", "phone", "email") if values.get(key)}
    fields |= {"login": fields["login"].lower()} if "login" in fields else {}
    person = _person(session, values)
    if person is None:
        person = people.add_person(session, actor, schemas.NewPerson.model_validate(fields), now=now)
    else:
        people.change_person(session, actor, person, fields, now=now)
    if post:
        _put_post(session, actor, person, post, now)


def _put_post(session: Session, actor: Actor, person: Person, wanted: rules.PostWanted, now: datetime) -> None:
    held = next(
        (
            post
            for post in people.open_posts(session, person, now)
            if post.department_id == wanted.department_id and post.title == wanted.title
        ),
        None,
    )
    if held is None:
        new = schemas.NewPost(
            department_id=wanted.department_id,
            title=wanted.title,
            from_on=wanted.from_on,
            until_on=wanted.until_on,
            roles=list(wanted.roles or ()),
        )
        posts.give_post(session, actor, person, new, now=now)
        return
    edits: dict[str, Any] = {}
    if wanted.roles is not None and sorted(wanted.roles) != held.role_keys:
        edits["roles"] = list(wanted.roles)
    if wanted.until_on and wanted.until_on != held.until_on:
        edits["until_on"] = wanted.until_on
    if edits:
        posts.change_post(session, actor, held, schemas.PostEdit(**edits), now=now)


def _department(session: Session, values: Values, above: Department | None) -> Department | None:
    code = values.get("code", "").upper()
    found = session.scalar(select(Department).where(Department.code == code)) if code else None
    if found is None and above:
        same = select(Department).where(
            Department.name_zh == values.get("name_zh", ""),
            Department.parent_id == above.id,
            Department.closed_on.is_(None),
        )
        found = session.scalar(same)
    return found


def _person(session: Session, values: Values) -> Person | None:
    number, login = values.get("staff_number"), values.get("login", "").lower()
    found = session.scalar(select(Person).where(Person.staff_number == number)) if number else None
    if found is None and login:
        found = queries.person_by_login(session, login)
        if found and number and found.staff_number:
            raise errors.LoginTaken(login=login)
    return found
