"""What importing a file of items would do: new, changed, unchanged, wrong by row and column. Reads only."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, lazyload

from zhengtong.data import standards
from zhengtong.data.catalogue import errors, rules, schemas
from zhengtong.data.catalogue.permissions import EDIT
from zhengtong.data.catalogue.queries import binding, packs
from zhengtong.data.catalogue.rules import Content, Read, State, VersionState
from zhengtong.data.catalogue.tables import Import, ImportLine, Item, ItemVersion
from zhengtong.engines.files import Table
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Field
from zhengtong.office import identity

LISTED = 200
AT_ONCE = 500
TWICE = {"code": "代码", "number": "短编号", "name": "名称"}
TYPES = {"C": "字符型", "N": "数值型", "D": "日期型", "T": "日期时间型", "B": "布尔型"}
ALSO = {
    "C": ("字符", "字符串", "文本", "文本型", "STRING", "VARCHAR", "TEXT"),
    "N": ("数值", "数字", "整数", "整型", "小数", "NUMBER", "INT", "INTEGER", "DECIMAL"),
    "D": ("日期", "DATE"),
    "T": ("日期时间", "时间", "时间型", "DATETIME", "TIMESTAMP"),
    "B": ("布尔", "是否", "BOOLEAN"),
}


@dataclass(slots=True)
class Planned:
    """One item of the file, what importing does to it, and what stands now."""

    read: Read
    outcome: str
    department: identity.Department | None
    item: Item | None
    before: Content | None
    faults: list[Field]


def read_file(session: Session, table: Table) -> list[Read]:
    """The items of a file. Raises ColumnsLacking, SecretMarking is left to the plan."""
    if missing := [title for title in rules.NEEDED_COLUMNS if title not in table.columns]:
        raise errors.ColumnsLacking(columns="、".join(missing))
    rows = zip((row.number for row in table.rows), table.dicts(), strict=True)
    return rules.read_items(rows, spoken(session))


def plan_items(session: Session, actor: Actor, read: Sequence[Read]) -> list[Planned]:
    """What importing would do to each."""
    known, bureaus = binding.standing(session), _bureaus(session)
    planned = [_placed(one, bureaus, actor) for one in read]
    _find(session, planned)
    _twice(planned)
    for one in planned:
        content = binding.bound(one.read.content, known)
        one.read.content = content
        faults = one.read.faults + rules.placed(binding.problems_of(content, known), one.read)
        one.faults = [*one.faults, *faults]
        _decide(one)
    return planned


def plan_out(planned: Sequence[Planned]) -> schemas.ImportPlan:
    """The plan as it goes out."""
    counted = Counter(one.outcome for one in planned)
    shown = sorted(planned, key=lambda one: ("wrong", "change", "add", "unchanged").index(one.outcome))[:LISTED]
    wrong = {fault.name.split(".")[1] for one in planned for fault in one.faults}
    return schemas.ImportPlan(
        counts={outcome: counted[outcome] for outcome in get_args(schemas.Outcome)},
        fields=sum(len(one.read.content.fields) for one in planned),
        wrong_rows=len(wrong),
        items=[_line(one) for one in shown],
        plan=fingerprint(planned),
    )


def fingerprint(planned: Sequence[Planned]) -> str:
    """What tells this plan from another: what the file says, and what stands."""
    digest = hashlib.blake2b(digest_size=16)
    for one in planned:
        stands = [one.item.code, one.item.version] if one.item else []
        told = [one.outcome, one.read.code, one.read.department, stands, one.read.content.told()]
        digest.update(json.dumps(told, ensure_ascii=False, sort_keys=True).encode())
    return digest.hexdigest()


def export_rows(session: Session, items: Iterable[Item]) -> Iterable[list[str]]:
    """The rows of items as a file that can be imported again: what is in force, else the draft."""
    found = list(items)
    for start in range(0, len(found), AT_ONCE):
        part = found[start : start + AT_ONCE]
        contents = _contents(session, part, shown=True)
        for item in part:
            own = {"code": item.code, "number": item.number or "", "department": item.department.name_zh}
            yield from rules.item_rows(own, contents[item.id], said())


def example_rows() -> list[list[str]]:
    """What the template shows: one item of two fields."""
    fields = (
        rules.FieldContent("uscc", "统一社会信用代码", "C", "general_1", length=18, is_key=True, required=True),
        rules.FieldContent("amount_fen", "纳税金额（分）", "N", "general_3", length=18, precision=0),
    )
    content = Content(
        "企业纳税信息（示例，导入前请删除）",
        abstract="企业按月申报并缴纳的各税种税额",
        class_code="3070100101",
        share_condition="用于行政许可审查",
        update_cycle="month",
        fields=fields,
    )
    return rules.item_rows({"code": "", "number": "", "department": "税务局"}, content, said())


def spoken(session: Session) -> rules.Spoken:
    """How cells may say things."""
    elements = {one.code: one.code for one in binding.standing(session).elements.values()}
    elements |= {one.name_zh: one.code for one in binding.standing(session).elements.values()}
    return rules.Spoken(_words(), _levels(), _types(), elements)


@cache
def said() -> rules.Said:
    """How words are written into cells."""
    told = packs.pack("words")
    words = {table: {key: one["zh"] for key, one in told[table].items()} for table in packs.TABLES}
    levels = {level: binding.level_words(level).zh for level in packs.LADDER}
    return rules.Said(words, levels, TYPES)


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    told = packs.pack("words")
    return {
        table: {
            way.upper(): key
            for key, one in told[table].items()
            for way in (one["en"], one.get("code", key), one["zh"], key)
        }
        for table in packs.TABLES
    }


@cache
def _levels() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for level in packs.LADDER:
        one = standards.level_words()[level]
        ways = (level, f"{one.zh}{one.badge}", one.badge, one.zh, one.en)
        for way in filter(None, ways):
            found.setdefault(way.upper().replace(" ", ""), level)
    return found


@cache
def _types() -> Mapping[str, str]:
    return {way.upper(): key for key in TYPES for way in (key, TYPES[key], *ALSO[key])}


def _bureaus(session: Session) -> Mapping[str, identity.Department | None]:
    """Open departments by name, short name and code; None where a name means two."""
    found: dict[str, identity.Department | None] = {}
    for one in session.scalars(select(identity.Department).where(identity.Department.closed_on.is_(None))):
        for name in {one.name_zh, one.short_name, one.code or ""} - {""}:
            found[name] = None if name in found else one
    return found


def _placed(read: Read, bureaus: Mapping[str, identity.Department | None], actor: Actor) -> Planned:
    department = bureaus.get(read.department)
    one = Planned(read, "add", department, None, None, [])
    if department is None:
        known = read.department in bureaus
        zh = "名称不止一个部门，请写代码。" if known else f"没有部门“{read.department}”。"
        en = "more than one department has this name; give its code." if known else f"there is no “{read.department}”."
        one.faults.append(rules.fault(read.row, "提供单位", zh, en))
    elif not actor.may(EDIT, department.id):
        zh, en = f"您不能编制{department.name_zh}的目录。", f"you do not keep the catalogue of {department.name_zh}."
        one.faults.append(rules.fault(read.row, "提供单位", zh, en))
    if read.code and rules.split_code(read.code) is None:
        said_zh = "代码形如 3070100101/000012，新数据项可留空。"
        one.faults.append(
            rules.fault(read.row, "代码", said_zh, "a code reads 3070100101/000012; leave it empty for a new one.")
        )
    return one


def _find(session: Session, planned: Sequence[Planned]) -> None:
    """The items that the file means: by code, else by department and name; and what they say last."""
    by_code = _items(session, Item.code, {one.read.code for one in planned if one.read.code})
    by_name = _items(session, Item.name_zh, {one.read.content.name_zh for one in planned if not one.read.code})
    coded = {item.code: item for item in by_code}
    named = {(item.department_id, item.name_zh): item for item in by_name if item.state is not State.DELETED}
    for one in planned:
        if one.read.code:
            one.item = coded.get(one.read.code)
        elif one.department:
            one.item = named.get((one.department.id, one.read.content.name_zh))
    numbered = {item.number: item for item in _items(session, Item.number, {one.read.number for one in planned} - {""})}
    for one in planned:
        taken = numbered.get(one.read.number)
        if taken is not None and taken is not one.item:
            zh, en = f"已用于“{taken.name_zh}”。", f"belongs to “{taken.name_zh}”."
            one.faults.append(rules.fault(one.read.row, "短编号", zh, en))
    contents = _contents(session, [one.item for one in planned if one.item], shown=False)
    for one in planned:
        one.before = contents.get(one.item.id) if one.item else None


def _items(session: Session, column: Any, values: Iterable[str]) -> list[Item]:
    wanted, found = sorted(values), list[Item]()
    for start in range(0, len(wanted), AT_ONCE):
        statement = select(Item).where(column.in_(wanted[start : start + AT_ONCE])).options(lazyload(Item.department))
        found += session.scalars(statement).all()
    return found


def _contents(session: Session, items: Sequence[Item], *, shown: bool) -> dict[UUID, Content]:
    """What the items say: `shown`, in force first; else the newest draft first."""
    found: dict[UUID, Content] = {}
    for start in range(0, len(items), AT_ONCE):
        part = {item.id: _number(item, shown=shown) for item in items[start : start + AT_ONCE]}
        columns = select(ItemVersion.item_id, ItemVersion.number, ItemVersion.content)
        for item_id, number, content in session.execute(columns.where(ItemVersion.item_id.in_(part))):
            if part[item_id] == number:
                found[item_id] = Content.of(content)
    return found


def _number(item: Item, *, shown: bool) -> int:
    first, second = (item.in_force, item.draft) if shown else (item.draft, item.in_force)
    return first or second or 1


def _twice(planned: Sequence[Planned]) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for one in planned:
        keys: list[tuple[str, ...]] = [("code", one.read.code)] if one.read.code else []
        keys += [("number", one.read.number)] if one.read.number else []
        keys.append(("name", one.read.department, one.read.content.name_zh))
        for key in keys:
            if key in seen:
                zh, en = f"与第 {seen[key]} 行重复。", f"the same as row {seen[key]}."
                one.faults.append(rules.fault(one.read.row, TWICE[key[0]], zh, en))
                break
            seen[key] = one.read.row


def _decide(one: Planned) -> None:
    item, row = one.item, one.read.row
    if item is not None:
        if one.department and item.department_id != one.department.id:
            one.faults.append(
                rules.fault(row, "提供单位", "这个代码属于别的部门。", "this code belongs to another department.")
            )
        if item.draft_state is VersionState.IN_REVIEW or item.state is State.WITHDRAWAL_IN_REVIEW:
            one.faults.append(
                rules.fault(row, "名称", "正在审核，不能修改。", "it is in review and cannot be changed.")
            )
        if item.state in (State.WITHDRAWN, State.DELETED):
            one.faults.append(
                rules.fault(
                    row, "名称", "已撤销或删除，请先重新编制。", "it is withdrawn or deleted; take it up again first."
                )
            )
        one.faults += _types_kept(item, one)
    if one.faults:
        one.outcome = "wrong"
    elif item is not None:
        one.outcome = "unchanged" if one.before == one.read.content else "change"


def _types_kept(item: Item, one: Planned) -> list[Field]:
    if item.last_batch_at is None or one.before is None:
        return []
    old = {each.name: each for each in one.before.fields}
    return [
        rules.fault(row, "数据类型", "已有数据入湖，类型不能改。", "it holds data already; its type cannot change.")
        for row, each in zip(one.read.rows, one.read.content.fields, strict=False)
        if each.name in old and (old[each.name].type, old[each.name].precision or 0) != (each.type, each.precision or 0)
    ]


def _line(one: Planned) -> schemas.PlannedItem:
    changes = rules.difference(one.before, one.read.content)[:50] if one.outcome == "change" and one.before else []
    content = one.read.content
    level = None if one.faults else rules.level_of(content, packs.LADDER, least=packs.LADDER[0])
    return schemas.PlannedItem(
        row=one.read.row,
        code=one.item.code if one.item else one.read.code,
        name_zh=content.name_zh,
        department=one.department.name_zh if one.department else one.read.department,
        fields=len(content.fields),
        level=standards.Level(level) if level else None,
        outcome=one.outcome,  # type: ignore[arg-type]  # one of the four, as decided
        changes=[
            schemas.ChangeOut(field=c.field, what=c.what, before=c.before, after=c.after, breaking=c.breaking)
            for c in changes
        ],
        faults=[_cell(fault) for fault in one.faults[:50]],
    )


def _cell(fault: Field) -> schemas.CellFault:
    _, row, column = fault.name.split(".", 2)
    return schemas.CellFault(row=int(row), column=column, zh=fault.zh, en=fault.en)


@dataclass(frozen=True, slots=True)
class Undoable:
    """What an import did, and which of its items moved on since."""

    lines: list[tuple[ImportLine, Item]]
    moved_on: list[Item]


def undoable(session: Session, done: Import) -> Undoable:
    """What taking an import back would touch: an item that was submitted, published or changed since has moved on."""
    joined = select(ImportLine, Item, ItemVersion.changed_at).join(Item, Item.id == ImportLine.item_id)
    same = (ItemVersion.item_id == Item.id) & (ItemVersion.number == ImportLine.number)
    rows = session.execute(joined.outerjoin(ItemVersion, same).where(ImportLine.import_id == done.id)).all()
    moved_on = [
        item
        for line, item, changed_at in rows
        if item.draft != line.number
        or item.draft_state is not VersionState.CREATED
        or changed_at != line.written_at
        or (line.outcome == "add" and (item.state is not State.CREATED or item.last_batch_at is not None))
    ]
    return Undoable([(line, item) for line, item, _ in rows], moved_on)


def visible_imports(actor: Actor) -> Select[Import]:
    """The imports of the departments whose catalogue the actor keeps, and one's own."""
    scope = actor.scope(EDIT)
    statement = select(Import)
    if scope.everywhere:
        return statement
    return statement.where(or_(Import.department_id.in_(scope.departments), Import.by == actor.subject))


def get_import(session: Session, actor: Actor, import_id: UUID) -> Import:
    """The import. Raises ItemImportNotFound."""
    found = session.scalar(visible_imports(actor).where(Import.id == import_id))
    if found is None:
        raise errors.ItemImportNotFound()
    return found


def import_out(session: Session, done: Import) -> schemas.ImportOut:
    """One import, and whether it can be taken back."""
    names = ("id", "name", "at", "added", "changed", "unchanged", "left_out", "undone_at")
    can = done.undone_at is None and not undoable(session, done).moved_on
    told = {name: getattr(done, name) for name in names}
    return schemas.ImportOut(**told, by=done.by_name, undone_by=done.undone_by_name, can_undo=can)
