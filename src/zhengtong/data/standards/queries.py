"""What can be asked of standards."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple
from datetime import date
from functools import cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from zhengtong.data.standards import errors, rules, schemas
from zhengtong.data.standards.permissions import READ, abilities, list_abilities
from zhengtong.data.standards.rules import Check, CodeRow, Definition, Failure, FieldRule
from zhengtong.data.standards.tables import Code, CodeList, Element, ElementUse, ElementVersion
from zhengtong.engines.files import Table
from zhengtong.kernel import assets
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Field
from zhengtong.office import identity

LISTED = 200
OUTCOMES: tuple[Literal["add", "change", "unchanged"], ...] = ("add", "change", "unchanged")
CHECKS: Mapping[str, Check] = {
    one.name: one
    for one in (
        Check(
            "social_credit_code",
            "统一社会信用代码",
            "unified social credit code",
            lambda value, on: identity.is_code(value),
        ),
        Check(
            "id_number",
            "公民身份号码",
            "citizen identity number",
            lambda value, on: identity.read_id_number(value, on=on) is not None,
        ),
        Check("phone", "电话号码", "telephone number", lambda value, on: identity.is_phone(value)),
        Check("email", "电子邮箱", "e-mail address", lambda value, on: identity.is_email(value)),
        Check(
            "past_day",
            "不晚于当日的日期",
            "day that is not in the future",
            rules.is_past_day,
            fault=("不能晚于当日", "must not be in the future"),
            claim=("不晚于当日", "is not in the future"),
        ),
    )
}


@cache
def level_words() -> dict[str, schemas.LevelWords]:
    """The word and shape of each level, by the rule pack."""
    told = assets.load_yaml((assets.path("rules") / "standards" / "levels.yaml").read_text("utf-8"))
    return {name: schemas.LevelWords(**words) for name, words in told["levels"].items()}


def bundled(pack: str) -> dict[str, Any]:
    """A pack that came with this release: `lists` and `elements`."""
    told: dict[str, Any] = assets.load_yaml((assets.path("rules") / "standards" / f"{pack}.yaml").read_text("utf-8"))
    return told


@cache
def unverified() -> tuple[frozenset[str], frozenset[str]]:
    """Lists, and sources of elements, that came along without being checked against the official texts (`verified: no`)."""
    lists, sources = set(), set()
    for path in sorted((assets.path("rules") / "standards").glob("*.yaml")):
        told = assets.load_yaml(path.read_text("utf-8"))
        if told.get("verified") is not False:
            continue
        lists |= told.get("lists", {}).keys()
        sources |= {one["source"] for one in told.get("elements", ()) if one.get("source")}
    return frozenset(lists), frozenset(sources)


def visible_elements(actor: Actor) -> Select[Element]:
    """All elements for who may see standards; none else."""
    statement = select(Element)
    return statement if actor.may(READ) else statement.where(Element.id.is_(None))


def find_elements(actor: Actor, wanted: schemas.Wanted, *, text: str | None) -> Select[Element]:
    """Elements by name, pinyin, initials or identifier; by state, type, level."""
    statement = visible_elements(actor)
    for name, value in wanted.model_dump().items():
        if value:
            statement = statement.where(getattr(Element, name) == value)
    if text:
        statement = statement.where(
            or_(
                Element.name_zh.contains(text, autoescape=True),
                Element.name_en.icontains(text, autoescape=True),
                Element.code.startswith(text.upper(), autoescape=True),
                identity.spelled(Element.spelling, text),
            )
        )
    return statement


def get_element(session: Session, actor: Actor, element_id: UUID) -> Element:
    """The element. Raises ElementNotFound."""
    found = session.scalar(visible_elements(actor).where(Element.id == element_id))
    if found is None:
        raise errors.ElementNotFound()
    return found


def element_by_code(session: Session, code: str) -> Element | None:
    """The element with this identifier, such as DE-0001."""
    return session.scalar(select(Element).where(Element.code == code))


def versions_of(session: Session, element: Element) -> list[ElementVersion]:
    """Its versions, newest first."""
    statement = select(ElementVersion).where(ElementVersion.element_id == element.id)
    return list(session.scalars(statement.order_by(ElementVersion.number.desc())))


def version_of(session: Session, element: Element, number: int) -> ElementVersion:
    """One version. Raises ElementVersionNotFound."""
    found = session.get(ElementVersion, (element.id, number))
    if found is None:
        raise errors.ElementVersionNotFound(code=element.code, number=number)
    return found


def definition_of(session: Session, element: Element) -> Definition:
    """What the element says: in force, else the draft, else what it said last."""
    number = element.in_force or element.draft
    shown = version_of(session, element, number) if number else versions_of(session, element)[0]
    return Definition.of(shown.content)


def check_value(session: Session, element: Element, value: str, *, on: date) -> list[Failure]:
    """The checks of the element that the value fails on that day."""
    return check_against(session, definition_of(session, element), value, on=on)


def check_against(session: Session, definition: Definition, value: str, *, on: date) -> list[Failure]:
    """The checks of the definition that the value fails on that day."""

    def is_code(code: str) -> bool:
        statement = valid_codes(definition.code_list, on=on).where(Code.code == code)
        return session.scalar(statement) is not None

    return rules.check_value(definition, value, on=on, registry=CHECKS, is_code=is_code)


def field_rules(
    definition: Definition, *, codes: frozenset[str] | None, required: bool = False, on: date | None = None
) -> tuple[FieldRule, ...]:
    """The rules that `check_against` applies to one value, one by one, to be put to a whole column with `passes`.

    `codes`: those of its code list; None: not judged by them. `on`: the day on which an identity number must be possible.
    """
    return rules.field_rules(definition, codes=codes, registry=CHECKS, required=required, on=on)


def uses_of(session: Session, element: Element) -> list[ElementUse]:
    """What is built on the element."""
    statement = select(ElementUse).where(ElementUse.element_id == element.id)
    return list(session.scalars(statement.order_by(ElementUse.about_kind, ElementUse.name)))


def find_lists(text: str | None) -> Select[CodeList]:
    """Code lists by name, pinyin, initials or key."""
    statement = select(CodeList)
    if not text:
        return statement
    named = CodeList.name_zh.contains(text, autoescape=True)
    keyed = CodeList.key.contains(text.lower(), autoescape=True)
    return statement.where(or_(named, keyed, identity.spelled(CodeList.spelling, text)))


def get_list(session: Session, key: str) -> CodeList:
    """The code list. Raises ListNotFound."""
    found = session.scalar(select(CodeList).where(CodeList.key == key))
    if found is None:
        raise errors.ListNotFound(list_key=key)
    return found


def find_codes(listed: CodeList, *, text: str | None, on: date | None, parent: str | None) -> Select[Code]:
    """The present edition's codes: by code or name, valid on a day, below a parent."""
    statement = select(Code).where(Code.list_id == listed.id, Code.until.is_(None))
    if on:
        statement = statement.where(_valid(on))
    if parent is not None:
        statement = statement.where(Code.parent == parent)
    if text:
        named = Code.name_zh.contains(text, autoescape=True)
        statement = statement.where(or_(Code.code.startswith(text, autoescape=True), named))
    return statement


def valid_codes(key: str, *, on: date) -> Select[Code]:
    """The codes of a list that are valid on that day."""
    statement = select(Code).join(CodeList, CodeList.id == Code.list_id)
    return statement.where(CodeList.key == key, Code.until.is_(None), _valid(on))


def _valid(on: date) -> Any:
    begun = or_(Code.valid_from.is_(None), Code.valid_from <= on)
    return and_(begun, or_(Code.valid_to.is_(None), Code.valid_to >= on))


def edition_of(session: Session, listed: CodeList, edition: int) -> dict[tuple[str, date | None], CodeRow]:
    """The codes as they read in an edition. Raises EditionNotFound."""
    if not 0 <= edition <= listed.edition:
        raise errors.EditionNotFound(list_key=listed.key, edition=edition)
    columns = (Code.code, Code.name_zh, Code.name_en, Code.parent, Code.valid_from, Code.valid_to)
    statement = select(*columns).where(Code.list_id == listed.id, Code.since <= edition)
    statement = statement.where(or_(Code.until.is_(None), Code.until > edition)).order_by(Code.code, Code.valid_from)
    return {row.key: row for row in (CodeRow(*found) for found in session.execute(statement))}


def element_line(element: Element) -> schemas.ElementLine:
    """One element in a list."""
    names = ("id", "code", "name_zh", "name_en", "type", "level", "state", "in_force", "draft", "changed_at")
    told = {name: getattr(element, name) for name in names}
    return schemas.ElementLine(**told, level_words=level_words()[element.level])


def element_out(session: Session, actor: Actor, element: Element) -> schemas.ElementOut:
    """One element with its versions and uses."""
    versions = versions_of(session, element)
    return schemas.ElementOut(
        **element_line(element).model_dump(),
        version=element.version,
        content=definition_of(session, element),
        versions=[schemas.VersionOut.of(one) for one in versions],
        uses=[schemas.UseOut(about_kind=one.about_kind, name=one.name) for one in uses_of(session, element)],
        abilities=abilities(actor, element),
    )


def list_out(actor: Actor, listed: CodeList) -> schemas.ListOut:
    """One code list."""
    names = ("key", "name_zh", "name_en", "source", "edition", "count", "changed_at", "version")
    return schemas.ListOut(**{name: getattr(listed, name) for name in names}, abilities=list_abilities(actor))


def codes_in(table: Table) -> list[CodeRow]:
    """The codes of a file. Raises ColumnsMissing, CodesWrong."""
    _need(table, [rules.CODE_COLUMNS[name] for name in ("code", "name_zh")])
    read = [
        rules.code_of(cells, place=f"rows.{row.number}") for cells, row in zip(table.dicts(), table.rows, strict=True)
    ]
    if faults := [fault for _, found in read for fault in found]:
        raise errors.CodesWrong(count=len(faults), fields=faults[:50])
    rows = [row for row, _ in read if row]
    if faults := rules.code_faults(rows):
        raise errors.CodesWrong(count=len(faults), fields=faults)
    return rows


def plan_codes(session: Session, listed: CodeList, rows: list[CodeRow]) -> schemas.CodesPlan:
    """What making the rows the list's new edition would do."""
    present = edition_of(session, listed, listed.edition)
    told = codes_diff(present, {row.key: row for row in rows})
    return schemas.CodesPlan(**told.model_dump(), plan=_fingerprint([listed.edition, [astuple(row) for row in rows]]))


def codes_diff(before: dict[Any, CodeRow], after: dict[Any, CodeRow]) -> schemas.CodesDiffOut:
    """How two sets of codes differ, counted whole and listed in part."""
    change = rules.compare(before, after)
    return schemas.CodesDiffOut(
        counts={"added": len(change.added), "changed": len(change.changed), "ended": len(change.ended)},
        added=list(change.added[:LISTED]),
        changed=[schemas.CodeChangeOut(before=old, after=new) for old, new in change.changed[:LISTED]],
        ended=list(change.ended[:LISTED]),
    )


def elements_in(table: Table) -> list[tuple[str, Definition]]:
    """The identifiers (empty: new) and definitions of a file. Raises ColumnsMissing, ElementRowsWrong."""
    _need(table, [rules.ELEMENT_COLUMNS[name] for name in ("name_zh", "definition", "type", "level")])
    found, faults = [], []
    for cells, row in zip(table.dicts(), table.rows, strict=True):
        definition, wrong = rules.definition_of(cells, place=f"rows.{row.number}")
        if definition:
            found.append((cells.get(rules.ELEMENT_COLUMNS["code"], "").strip(), definition))
            wrong = [
                Field(f"rows.{row.number}.{one.name}", f"第 {row.number} 行：{one.zh}", f"Row {row.number}: {one.en}")
                for one in rules.definition_faults(definition)
            ]
        faults += wrong
    if faults:
        raise errors.ElementRowsWrong(count=len({fault.name.split(".")[1] for fault in faults}), fields=faults[:50])
    return found


def plan_elements(session: Session, rows: list[tuple[str, Definition]]) -> schemas.ElementsPlan:
    """What drafting the rows would do. Raises ElementNotFound for an identifier that is not known."""
    items = [_planned(session, code, definition) for code, definition in rows]
    counts = {outcome: sum(one.outcome == outcome for one in items) for outcome in OUTCOMES}
    told = [one.model_dump(mode="json") for one in items]
    return schemas.ElementsPlan(counts=counts, items=items[:LISTED], plan=_fingerprint(told))


def _planned(session: Session, code: str, definition: Definition) -> schemas.PlannedElement:
    if not code:
        told = [schemas.ChangeOut(field=name, before=None, after=new) for name, new in definition.told().items() if new]
        return schemas.PlannedElement(code="", name_zh=definition.name_zh, outcome="add", changes=told)
    element = element_by_code(session, code)
    if element is None:
        raise errors.ElementNotFound(fields=[Field("code", f"没有数据元 {code}。", f"There is no element {code}.")])
    latest = Definition.of(versions_of(session, element)[0].content)
    changes = [schemas.ChangeOut(field=n, before=b, after=a) for n, b, a in rules.difference(latest, definition)]
    outcome: Literal["change", "unchanged"] = "change" if changes else "unchanged"
    return schemas.PlannedElement(code=code, name_zh=definition.name_zh, outcome=outcome, changes=changes)


def _need(table: Table, titles: list[str]) -> None:
    if missing := [title for title in titles if title not in table.columns]:
        raise errors.ColumnsMissing(columns="、".join(missing))


def _fingerprint(told: Any) -> str:
    return hashlib.blake2b(json.dumps(told, default=str, sort_keys=True).encode(), digest_size=16).hexdigest()
