"""Taking lists out: people, the audit trail, an import's errors. What leaves is itself told in the audit."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

from sqlalchemy import Select
from sqlalchemy.orm import Session

from zhengtong.engines.files import Files
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.db import Database
from zhengtong.office.identity import queries, rules
from zhengtong.office.identity.permissions import EXPORT_AUDIT, EXPORT_PEOPLE
from zhengtong.office.identity.tables import Person, Post

AUDIT_COLUMNS = (
    "序号 seq",
    "时间 time (UTC)",
    "操作人编号 actor",
    "操作人 name",
    "代理 acting for",
    "操作 action",
    "名称 label",
    "对象类型 kind of thing",
    "对象编号 thing",
    "对象 name of thing",
    "变更前 before",
    "变更后 after",
    "来源 address",
    "请求 request",
)


@dataclass(frozen=True, slots=True)
class _List:
    """A list that is taken out, as the audit names it."""

    __tablename__ = "list"
    name: str
    id: str = ""


def export_people(
    session: Session, actor: Actor, people: Select[Person], files: Files, out: BinaryIO, *, now: datetime
) -> None:
    """This will write the people, a row a post, in the columns that the import reads. Needs EXPORT_PEOPLE."""
    require(actor, EXPORT_PEOPLE, now=now)
    labels = {key: words.zh for key, words in queries.role_names(session).items()}
    scope = actor.scope(EXPORT_PEOPLE)
    if not scope.everywhere:
        people = people.where(Person.posts.any(Post.department_id.in_(scope.departments)))
    found = session.scalars(people.order_by(Person.name, Person.id)).all()
    rows = (row for person in found for row in _rows_of(person, labels, rules.law_day(now)))
    files.write_csv(out, [column.zh for column in rules.PEOPLE_COLUMNS], rows)
    audit.record(session, actor, "identity.people_exported", _List("人员"), after={"people": len(found)}, at=now)


def export_audit(
    database: Database, actor: Actor, sought: queries.Sought, files: Files, out: BinaryIO, *, now: datetime
) -> None:
    """This will write the deeds sought, newest first, a thousand a time; the export is told before it begins.

    Needs EXPORT_AUDIT, and shows what READ_AUDIT shows as far as EXPORT_AUDIT reaches.
    """
    require(actor, EXPORT_AUDIT, now=now)
    with database.write() as session:
        audit.record(session, actor, "identity.audit_exported", _List("审计记录"), after=sought.told() or None, at=now)
    scope, deeds = actor.scope(EXPORT_AUDIT), queries.find_audit(actor, sought)
    if not scope.everywhere:
        deeds = deeds.where(Audit.department_id.in_(scope.departments))
    files.write_csv(out, AUDIT_COLUMNS, _deeds(database, deeds))


def export_errors(kind: str, plan: queries.Plan, failed: list[dict[str, str]], files: Files, out: BinaryIO) -> None:
    """This will write the rows of an import that are wrong, in its own columns, with the row's number and the reason."""
    columns = rules.COLUMNS[kind]
    wrong = [one for one in plan if one.faults]
    rows = [
        [one.row, "；".join(fault.zh for fault in one.faults), *(one.values.get(column.key, "") for column in columns)]
        for one in wrong
    ]
    rows += [[one["row"], one["zh"], *("" for _ in columns)] for one in failed]
    files.write_csv(out, ["行号", "原因", *(column.zh for column in columns)], rows)


def write_template(kind: str, files: Files, out: BinaryIO) -> None:
    """This will write an empty list with the headers that the import reads."""
    files.write_csv(out, [column.zh for column in rules.COLUMNS[kind]], [])


def _rows_of(person: Person, labels: Mapping[str, str], today: date) -> Iterator[list[str]]:
    who = [person.name, person.login, person.staff_number or "", person.phone or "", person.email or ""]
    held = [post for post in person.posts if post.until_on is None or post.until_on >= today]
    if not held:
        yield [*who, "", "", "", "", ""]
    for post in held:
        names = "、".join(labels[key] for key in post.role_keys)
        until = post.until_on.isoformat() if post.until_on else ""
        department = post.department.code or post.department.name_zh
        yield [*who, department, post.title, names, post.from_on.isoformat(), until]


def _deeds(database: Database, statement: Select[Audit]) -> Iterator[list[object]]:
    last: int | None = None
    while True:
        with database.read() as session:
            rows = list(queries.audit_rows(session, statement, last))
        for row in rows:
            yield _deed(row)
        if len(rows) < queries.EXPORTED_AT_ONCE:
            return
        last = rows[-1].seq


def _deed(row: Audit) -> list[object]:
    def told(values: dict[str, object] | None) -> str:
        return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""

    label = queries.deeds().get(row.action)
    return [
        row.seq,
        row.at.isoformat(),
        str(row.actor),
        row.actor_name,
        str(row.acting_for or ""),
        row.action,
        label.zh if label else "",
        row.thing_kind,
        row.thing_id,
        row.thing_name,
        told(row.before),
        told(row.after),
        row.address,
        row.request_id,
    ]
