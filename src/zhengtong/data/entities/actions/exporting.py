"""Lists taken out: the registers, leads, doubtful pairs. Masked as the pages show them; that they were taken is audited."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from zhengtong.data.entities import queries, schemas
from zhengtong.data.entities.permissions import READ, READ_LEADS
from zhengtong.data.entities.rules import Kind, LeadState
from zhengtong.data.entities.tables import Entity, Lead, Pair
from zhengtong.engines.crypto import Keyring
from zhengtong.engines.files import Files
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import Database
from zhengtong.office import deadlines

MOST, AT_ONCE = 100_000, 500
ENTITY_COLUMNS = ("编号", "代码", "名称", "登记状态", "记录数", "来源数", "待核对", "变更时间")
LEAD_COLUMNS = ("编号", "矛盾", "对象", "部门", "状态", "承办人", "发现时间", "期限", "数据已不矛盾", "结论理由", "办结时间")  # fmt: skip
PAIR_COLUMNS = ("编号", "登记", "相似概率", "一方", "一方来源", "另一方", "另一方来源", "依据", "发现时间")
STATES = {
    LeadState.OPEN: "待分派",
    LeadState.ASSIGNED: "办理中",
    LeadState.CONFIRMED: "属实",
    LeadState.EXPLAINED: "已说明",
    LeadState.DISMISSED: "不成立",
}
REGISTERS = {Kind.FIRM: "企业", Kind.PERSON: "人员"}
Rows = Iterable[list[object]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where a list goes: `form` is xlsx or csv."""

    files: Files
    out: BinaryIO
    form: str

    def write(self, columns: Iterable[str], rows: Rows, *, name: str) -> int:
        """This will write the rows; returns how many."""
        if self.form == "xlsx":
            return self.files.write_xlsx(self.out, columns, rows, sheet=name)
        return self.files.write_csv(self.out, columns, rows)


@dataclass(frozen=True, slots=True)
class _List:
    """A list that is taken out, as the audit names it."""

    __tablename__ = "list"
    name: str
    id: str = ""


def export_entities(
    database: Database,
    actor: Actor,
    kind: Kind,
    wanted: schemas.Wanted,
    sheet: Sheet,
    keyring: Keyring,
    *,
    text: str | None,
    now: datetime,
) -> None:
    """This will write a register, persons masked. Needs READ."""
    require(actor, READ, now=now)
    found = queries.find_entities(actor, keyring, kind, wanted, text=text)
    name = f"{REGISTERS[kind]}登记"
    with database.read() as session:
        count = sheet.write(ENTITY_COLUMNS, _entities(session, found.order_by(Entity.id), keyring), name=name)
    _told(database, actor, "entities.register_exported", name, count, now)


def export_leads(
    database: Database, actor: Actor, wanted: schemas.LeadsWanted, sheet: Sheet, *, text: str | None, now: datetime
) -> None:
    """This will write the leads that the actor may see. Needs READ_LEADS."""
    require(actor, READ_LEADS, now=now)
    found = queries.find_leads(actor, wanted, text=text).order_by(Lead.number)
    with database.read() as session:
        count = sheet.write(LEAD_COLUMNS, _leads(session, found), name="线索")
    _told(database, actor, "entities.leads_exported", "线索", count, now)


def export_pairs(database: Database, actor: Actor, kind: Kind | None, sheet: Sheet, *, now: datetime) -> None:
    """This will write the doubtful pairs that wait, masked, the likeliest first. Needs READ."""
    require(actor, READ, now=now)
    found = queries.waiting(actor, kind).order_by(Pair.probability.desc(), Pair.id)
    with database.read() as session:
        count = sheet.write(PAIR_COLUMNS, _pairs(session, found), name="待核对")
    _told(database, actor, "entities.pairs_exported", "待核对的疑似同一实体", count, now)


def _entities(session: Session, found: Select[Entity], keyring: Keyring) -> Iterator[list[object]]:
    for some in _some(session, found):
        lines = [queries.entity_line(one) for one in some]
        queries.entity_lines(session, keyring, lines)
        for one in lines:
            counts = (one.records, one.sources, one.waiting)
            yield [str(one.id), one.code, one.name, one.status, *counts, _minute(one.changed_at)]


def _leads(session: Session, found: Select[Lead]) -> Iterator[list[object]]:
    for some in _some(session, found):
        due = _due(session, [one.id for one in some])
        titles, departments = queries.lead_words(session, some)
        for one in some:
            yield [
                one.number,
                titles[one.rule_id],
                one.name,
                departments[one.department_id].name_zh,
                STATES[one.state],
                one.assigned_name,
                _minute(one.found_at),
                _minute(due.get(str(one.id))),
                "是" if one.gone_at else "",
                one.reason,
                _minute(one.closed_at),
            ]


def _pairs(session: Session, found: Select[Pair]) -> Iterator[list[object]]:
    for some in _some(session, found):
        for one in queries.pair_lines(session, some):
            sides = [
                (name, f"{item.department} {item.name_zh}")
                for name, item in ((one.left_name, one.left_item), (one.right_name, one.right_item))
            ]
            why = "；".join(words.zh for words in one.words)
            register = REGISTERS[one.kind]
            yield [str(one.id), register, f"{one.probability:.4f}", *sides[0], *sides[1], why, _minute(one.found_at)]


def _some(session: Session, found: Select[Any]) -> Iterator[list[Any]]:
    for part in session.scalars(found.limit(MOST).execution_options(yield_per=AT_ONCE)).partitions(AT_ONCE):
        yield list(part)


def _due(session: Session, ids: list[UUID]) -> dict[str, datetime | None]:
    clock = deadlines.Clock
    asked = select(clock.about_id, clock.due_at).where(
        clock.about_kind == queries.ABOUT_LEAD, clock.about_id.in_([str(one) for one in ids])
    )
    return {about: due for about, due in session.execute(asked.order_by(clock.id))}  # noqa: C416


def _minute(at: datetime | None) -> str:
    return at.isoformat(timespec="minutes") if at else ""


def _told(database: Database, actor: Actor, action: str, name: str, count: int, now: datetime) -> None:
    with database.write() as session:
        audit.record(session, actor, action, _List(name), after={"rows": count}, at=now)
