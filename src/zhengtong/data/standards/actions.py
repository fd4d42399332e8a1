"""What can be done with standards: draft, publish, retire elements; replace the codes of a list; note a use."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from zhengtong.data.standards import errors, queries, rules, schemas
from zhengtong.data.standards.events import CodeListChanged, ElementPublished, ElementRetired
from zhengtong.data.standards.permissions import EDIT, PUBLISH
from zhengtong.data.standards.rules import CodeRow, Definition, State
from zhengtong.data.standards.tables import Code, CodeList, Element, ElementUse, ElementVersion
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import Base, new_id
from zhengtong.kernel.errors import Field
from zhengtong.kernel.events import announce
from zhengtong.office import identity

AT_ONCE = 500
CODES = Base.metadata.tables[Code.__tablename__]


def add_element(session: Session, actor: Actor, definition: Definition, *, now: datetime) -> Element:
    """This will draft a new element under the next identifier. Needs EDIT. Raises ElementWrong."""
    require(actor, EDIT, now=now)
    _check(session, definition)
    serial = (session.scalar(select(func.max(Element.serial))) or 0) + 1
    element = Element(id=new_id(), serial=serial, code=f"DE-{serial:04d}", state=State.DRAFT, draft=1, changed_at=now)
    _show(element, definition)
    session.add(element)
    session.flush()
    _draft(session, actor, element, definition, 1, now)
    audit.record(session, actor, "standards.element_added", element, after=definition.told(), at=now)
    return element


def revise_element(session: Session, actor: Actor, element: Element, definition: Definition, *, now: datetime) -> None:
    """This will begin the element's next version as a draft, or change the draft; what was published stays as it is.

    Needs EDIT. Raises ElementRetiredAlready, ElementWrong.
    """
    require(actor, EDIT, now=now)
    if element.state is State.RETIRED:
        raise errors.ElementRetiredAlready(code=element.code)
    _check(session, definition)
    before = Definition.of(queries.version_of(session, element, element.draft or element.in_force or 1).content)
    if element.draft:
        row = queries.version_of(session, element, element.draft)
        row.content, row.changed_at = definition.told(), now
        row.changed_by, row.changed_by_name = actor.subject, actor.name
    else:
        element.draft = queries.versions_of(session, element)[0].number + 1
        _draft(session, actor, element, definition, element.draft, now)
    if element.state is State.DRAFT:
        _show(element, definition)
    element.changed_at = now
    changes = rules.difference(before, definition)
    audit.record(
        session,
        actor,
        "standards.element_revised",
        element,
        before={name: old for name, old, _ in changes},
        after={name: new for name, _, new in changes},
        at=now,
    )


def discard_draft(session: Session, actor: Actor, element: Element, *, now: datetime) -> None:
    """This will delete the draft; an element that was never published goes with it. Needs EDIT. Raises NoDraft."""
    require(actor, EDIT, now=now)
    if element.draft is None:
        raise errors.NoDraft(code=element.code)
    row = queries.version_of(session, element, element.draft)
    audit.record(session, actor, "standards.draft_discarded", element, before=row.content, at=now)
    session.delete(row)
    session.flush()
    element.draft, element.changed_at = None, now
    if element.state is State.DRAFT:
        session.execute(delete(ElementUse).where(ElementUse.element_id == element.id))
        session.delete(element)
    session.flush()


def publish_element(session: Session, actor: Actor, element: Element, *, now: datetime) -> None:
    """This will put the draft in force in the place of the version before. Needs PUBLISH.

    Raises ElementRetiredAlready, NoDraft, ElementWrong (its code list or check is gone).
    """
    require(actor, PUBLISH, now=now)
    if element.state is State.RETIRED:
        raise errors.ElementRetiredAlready(code=element.code)
    if element.draft is None:
        raise errors.NoDraft(code=element.code)
    row = queries.version_of(session, element, element.draft)
    definition = Definition.of(row.content)
    _check(session, definition)
    if element.in_force:
        former = queries.version_of(session, element, element.in_force)
        former.state, former.ended_at = State.SUPERSEDED, now
    row.state, row.published_at = State.IN_FORCE, now
    element.state, element.in_force, element.draft, element.changed_at = State.IN_FORCE, row.number, None, now
    _show(element, definition)
    audit.record(session, actor, "standards.element_published", element, after={"number": row.number}, at=now)
    announce(session, ElementPublished(element.id, element.code, row.number))


def retire_element(session: Session, actor: Actor, element: Element, *, reason: str, now: datetime) -> None:
    """This will take the element out of force for good; its draft is dropped. Needs PUBLISH. Raises NotInForce."""
    require(actor, PUBLISH, now=now)
    if element.state is not State.IN_FORCE or element.in_force is None:
        raise errors.NotInForce(code=element.code)
    if element.draft:
        session.delete(queries.version_of(session, element, element.draft))
    row = queries.version_of(session, element, element.in_force)
    row.state, row.ended_at, row.reason = State.RETIRED, now, reason
    element.state, element.in_force, element.draft, element.changed_at = State.RETIRED, None, None, now
    audit.record(session, actor, "standards.element_retired", element, after={"reason": reason}, at=now)
    announce(session, ElementRetired(element.id, element.code, reason))


def note_use(session: Session, element_id: UUID, *, about: tuple[str, str], name: str) -> None:
    """This will note that a thing of another room, `about` = (kind, id), is built on the element. Twice is once."""
    kind, thing = about
    used = session.get(ElementUse, (element_id, kind, thing))
    if used is None:
        session.add(ElementUse(element_id=element_id, about_kind=kind, about_id=thing, name=name))
    else:
        used.name = name
    session.flush()


def drop_use(session: Session, element_id: UUID, *, about: tuple[str, str]) -> None:
    """This will forget a use."""
    kind, thing = about
    this = (ElementUse.element_id == element_id, ElementUse.about_kind == kind, ElementUse.about_id == thing)
    session.execute(delete(ElementUse).where(*this))


def add_list(session: Session, actor: Actor, new: schemas.NewList, *, now: datetime) -> CodeList:
    """This will make an empty code list. Needs PUBLISH. Raises ListKnown."""
    require(actor, PUBLISH, now=now)
    if session.scalar(select(CodeList.id).where(CodeList.key == new.key)):
        raise errors.ListKnown(list_key=new.key)
    spelling = identity.spelling(new.name_zh)
    listed = CodeList(id=new_id(), edition=0, count=0, spelling=spelling, changed_at=now, **new.model_dump())
    session.add(listed)
    session.flush()
    audit.record(session, actor, "standards.code_list_added", listed, after=new.model_dump(), at=now)
    return listed


def load_codes(session: Session, actor: Actor, list_key: str, rows: Iterable[CodeRow], *, now: datetime) -> int:
    """This will make the rows the list's new edition, whole: what is missing ends. Returns the edition's number.

    Rows that change nothing make no edition. 45,000 rows take about a second. Needs PUBLISH. Raises ListNotFound, CodesWrong.
    """
    require(actor, PUBLISH, now=now)
    listed, given = queries.get_list(session, list_key), list(rows)
    if faults := rules.code_faults(given):
        raise errors.CodesWrong(count=len(faults), fields=faults)
    change = rules.compare(queries.edition_of(session, listed, listed.edition), {row.key: row for row in given})
    if not change:
        return listed.edition
    edition = listed.edition + 1
    _end_codes(session, listed, [*(old.key for old, _ in change.changed), *(row.key for row in change.ended)], edition)
    fresh = [*change.added, *(new for _, new in change.changed)]
    if fresh:
        session.execute(insert(CODES), [_code(listed, row, edition) for row in fresh])
    listed.edition, listed.count, listed.changed_at = edition, len(given), now
    counts = {"added": len(change.added), "changed": len(change.changed), "ended": len(change.ended)}
    audit.record(session, actor, "standards.codes_loaded", listed, after={"edition": edition, **counts}, at=now)
    announce(session, CodeListChanged(list_key, edition, **counts))
    return edition


def import_codes(
    session: Session, actor: Actor, list_key: str, rows: list[CodeRow], *, plan: str, now: datetime
) -> int:
    """This will load a file's codes, provided that it does what was seen. Needs PUBLISH. Raises PlanChanged."""
    require(actor, PUBLISH, now=now)
    if queries.plan_codes(session, queries.get_list(session, list_key), rows).plan != plan:
        raise errors.PlanChanged()
    return load_codes(session, actor, list_key, rows, now=now)


def _end_codes(session: Session, listed: CodeList, keys: list[tuple[str, date | None]], edition: int) -> None:
    wanted = set(keys)
    statement = select(Code.id, Code.code, Code.valid_from).where(Code.list_id == listed.id, Code.until.is_(None))
    ended = [found for found, code, begun in session.execute(statement) if (code, begun) in wanted] if wanted else []
    for start in range(0, len(ended), AT_ONCE):
        session.execute(update(Code).where(Code.id.in_(ended[start : start + AT_ONCE])).values(until=edition))


def _code(listed: CodeList, row: CodeRow, edition: int) -> dict[str, object]:
    return {
        "id": new_id(),
        "list_id": listed.id,
        "code": row.code,
        "name_zh": row.name_zh,
        "name_en": row.name_en,
        "parent": row.parent,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "since": edition,
        "until": None,
    }


def import_elements(
    session: Session, actor: Actor, rows: list[tuple[str, Definition]], *, plan: str, now: datetime
) -> schemas.ElementsPlan:
    """This will draft what a file says, provided that it does what was seen. Needs EDIT. Raises PlanChanged."""
    require(actor, EDIT, now=now)
    seen = queries.plan_elements(session, rows)
    if seen.plan != plan:
        raise errors.PlanChanged()
    for code, definition in rows:
        element = queries.element_by_code(session, code) if code else None
        if element is None:
            add_element(session, actor, definition, now=now)
        elif Definition.of(queries.versions_of(session, element)[0].content) != definition:
            revise_element(session, actor, element, definition, now=now)
    return seen


def put_bundled(session: Session, actor: Actor, pack: str, *, now: datetime) -> schemas.Loaded:
    """This will put the lists and elements of a bundled pack in force; what is here already (by key, by name) stays.

    Needs PUBLISH and EDIT.
    """
    require(actor, PUBLISH, now=now)
    told, made = queries.bundled(pack), schemas.Loaded(elements=0, lists=0)
    for key, one in told.get("lists", {}).items():
        if session.scalar(select(CodeList.id).where(CodeList.key == key)):
            continue
        names = {name: one.get(name, "") for name in ("name_zh", "name_en", "source")}
        add_list(session, actor, schemas.NewList(key=key, **names), now=now)
        load_codes(session, actor, key, [CodeRow(*row) for row in one["codes"]], now=now)
        made.lists += 1
    known = set(session.scalars(select(Element.name_zh)))
    for one in told.get("elements", []):
        if one["name_zh"] in known:
            continue
        definition = schemas.DefinitionIn(**one).to_definition()
        publish_element(session, actor, add_element(session, actor, definition, now=now), now=now)
        made.elements += 1
    return made


def _check(session: Session, definition: Definition) -> None:
    faults = rules.definition_faults(definition)
    if definition.code_list and not session.scalar(select(CodeList.id).where(CodeList.key == definition.code_list)):
        faults.append(Field("code_list", "没有这个代码表。", "There is no such code list."))
    if definition.check and definition.check not in queries.CHECKS:
        faults.append(Field("check", "没有这个校验规则。", "There is no such check."))
    if faults:
        raise errors.ElementWrong(count=len(faults), fields=faults)


def _show(element: Element, definition: Definition) -> None:
    element.name_zh, element.name_en = definition.name_zh, definition.name_en
    element.spelling = identity.spelling(definition.name_zh)
    element.type, element.level = definition.type, definition.level


def _draft(
    session: Session, actor: Actor, element: Element, definition: Definition, number: int, now: datetime
) -> None:
    row = ElementVersion(
        element_id=element.id,
        number=number,
        state=State.DRAFT,
        content=definition.told(),
        changed_at=now,
        changed_by=actor.subject,
        changed_by_name=actor.name,
    )
    session.add(row)
    session.flush()
