"""Where standards are reached."""

from datetime import date
from io import BytesIO
from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, File, Query, Response, UploadFile
from pydantic_core import to_json
from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data.standards import actions, queries, rules, schemas
from zhengtong.data.standards.permissions import EDIT, PUBLISH, READ
from zhengtong.data.standards.tables import Code, CodeList, Element
from zhengtong.engines.files import Files
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.web import Given
from zhengtong.office import identity

routes = web.Routes("standards", group="data")
Form = Literal["xlsx", "json"]
Upload = Annotated[UploadFile, File()]
Plan = Annotated[str, Query(max_length=64, description="`plan` of the preview")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@routes.get("/standards/words", needs=READ)
def read_standard_words(session: Session) -> schemas.WordsOut:
    """What an element may name: checks, levels and code lists."""
    lists = session.scalars(select(CodeList).order_by(CodeList.key))
    return schemas.WordsOut(
        checks=[schemas.CheckOut(name=one.name, zh=one.zh, en=one.en) for one in queries.CHECKS.values()],
        levels={rules.Level(name): words for name, words in queries.level_words().items()},
        lists=[schemas.CheckOut(name=one.key, zh=one.name_zh, en=one.name_en or one.name_zh) for one in lists],
        unverified_lists=sorted(queries.unverified()[0]),
        unverified_sources=sorted(queries.unverified()[1]),
    )


@routes.get("/standards/elements", needs=READ)
def list_elements(
    session: Session, actor: Actor, page: web.PageArgs, wanted: Annotated[schemas.Wanted, Depends()]
) -> web.Page[schemas.ElementLine]:
    """Data elements by name, pinyin, initials or identifier; by state, type, level."""
    return web.paginate(
        session,
        queries.find_elements(actor, wanted, text=page.q),
        page,
        sort={"code": Element.code, "name": Element.name_zh, "changed": Element.changed_at},
        key=Element.id,
        item=queries.element_line,
    )


@routes.get("/standards/elements/export", needs=READ)
def export_elements(session: Session, actor: Actor, files: Given[Files], form: Form = "xlsx") -> Response:
    """All elements as a file that can be imported again."""
    found = session.scalars(queries.visible_elements(actor).order_by(Element.code))
    rows = [rules.element_cells(one.code, queries.definition_of(session, one)) for one in found]
    return _file(files, form, list(rules.ELEMENT_COLUMNS.values()), rows, "数据元")


@routes.post("/standards/elements", needs=EDIT, status=201)
def add_element(session: Session, actor: Actor, body: schemas.DefinitionIn) -> schemas.ElementOut:
    """Draft a new element."""
    element = actions.add_element(session, actor, body.to_definition(), now=clock.now())
    return queries.element_out(session, actor, element)


@routes.post("/standards/elements/preview", needs=EDIT)
def preview_elements(database: Database, file: Upload, files: Given[Files]) -> schemas.ElementsPlan:
    """What importing a file (xlsx, CSV, JSON) of elements would do. Nothing is kept."""
    rows = queries.elements_in(files.read_table(file.file.read(), name=file.filename or "file"))
    with database.read() as session:
        return queries.plan_elements(session, rows)


@routes.post("/standards/elements/import", needs=EDIT)
def import_elements(
    database: Database, actor: Actor, file: Upload, files: Given[Files], plan: Plan
) -> schemas.ElementsPlan:
    """Draft what a file says, provided that it does what the preview showed."""
    rows = queries.elements_in(files.read_table(file.file.read(), name=file.filename or "file"))
    with database.write() as session:
        return actions.import_elements(session, actor, rows, plan=plan, now=clock.now())


@routes.get("/standards/elements/{element_id}", needs=READ)
def read_element(session: Session, actor: Actor, element_id: UUID) -> schemas.ElementOut:
    """One element with its versions and uses."""
    return queries.element_out(session, actor, queries.get_element(session, actor, element_id))


@routes.put("/standards/elements/{element_id}/draft", needs=EDIT)
def revise_element(
    session: Session, actor: Actor, element_id: UUID, body: schemas.DefinitionIn, if_match: web.IfMatch = None
) -> schemas.ElementOut:
    """Begin the next version, or change the draft."""
    element = queries.get_element(session, actor, element_id)
    web.check_version(element.version, if_match)
    actions.revise_element(session, actor, element, body.to_definition(), now=clock.now())
    session.flush()
    return queries.element_out(session, actor, element)


@routes.delete("/standards/elements/{element_id}/draft", needs=EDIT)
def discard_draft(session: Session, actor: Actor, element_id: UUID) -> None:
    """Delete the draft; an element that was never published goes with it."""
    actions.discard_draft(session, actor, queries.get_element(session, actor, element_id), now=clock.now())


@routes.post("/standards/elements/{element_id}/publish", needs=PUBLISH)
def publish_element(
    session: Session, actor: Actor, element_id: UUID, if_match: web.IfMatch = None
) -> schemas.ElementOut:
    """Put the draft in force, as it was read."""
    element = queries.get_element(session, actor, element_id)
    web.check_version(element.version, if_match)
    actions.publish_element(session, actor, element, now=clock.now())
    session.flush()
    return queries.element_out(session, actor, element)


@routes.post("/standards/elements/{element_id}/retire", needs=PUBLISH)
def retire_element(session: Session, actor: Actor, element_id: UUID, body: schemas.Retirement) -> schemas.ElementOut:
    """Take an element out of force for good."""
    element = queries.get_element(session, actor, element_id)
    actions.retire_element(session, actor, element, reason=body.reason, now=clock.now())
    session.flush()
    return queries.element_out(session, actor, element)


@routes.get("/standards/elements/{element_id}/diff", needs=READ)
def diff_element(session: Session, actor: Actor, element_id: UUID, before: int, after: int) -> schemas.ChangesOut:
    """How two versions of an element differ."""
    element = queries.get_element(session, actor, element_id)
    old, new = (rules.Definition.of(queries.version_of(session, element, number).content) for number in (before, after))
    changes = rules.difference(old, new)
    return schemas.ChangesOut(items=[schemas.ChangeOut(field=n, before=b, after=a) for n, b, a in changes])


@routes.post("/standards/elements/{element_id}/try", needs=READ)
def try_value(session: Session, actor: Actor, element_id: UUID, body: schemas.Trial) -> schemas.TrialOut:
    """Which checks a value fails. The value is not kept."""
    element = queries.get_element(session, actor, element_id)
    definition = queries.definition_of(session, element)
    if body.number is not None:
        definition = rules.Definition.of(queries.version_of(session, element, body.number).content)
    failures = queries.check_against(session, definition, body.value, on=body.on or _today())
    return schemas.TrialOut(failures=[schemas.FailureOut(check=one.check, zh=one.zh, en=one.en) for one in failures])


@routes.post("/standards/bundled", needs=PUBLISH)
def put_bundled_standards(session: Session, actor: Actor) -> schemas.Loaded:
    """Put the national lists and elements that came with this release in force; what is here already stays."""
    return actions.put_bundled(session, actor, "national", now=clock.now())


@routes.get("/standards/lists", needs=READ)
def list_code_lists(session: Session, actor: Actor, page: web.PageArgs) -> web.Page[schemas.ListOut]:
    """Code lists by name, pinyin, initials or key."""
    return web.paginate(
        session,
        queries.find_lists(page.q),
        page,
        sort={"key": CodeList.key, "name": CodeList.name_zh, "changed": CodeList.changed_at},
        key=CodeList.id,
        item=lambda listed: queries.list_out(actor, listed),
    )


@routes.post("/standards/lists", needs=PUBLISH, status=201)
def add_code_list(session: Session, actor: Actor, body: schemas.NewList) -> schemas.ListOut:
    """Make an empty code list."""
    return queries.list_out(actor, actions.add_list(session, actor, body, now=clock.now()))


@routes.get("/standards/lists/{list_key}", needs=READ)
def read_code_list(session: Session, actor: Actor, list_key: str) -> schemas.ListOut:
    """One code list."""
    return queries.list_out(actor, queries.get_list(session, list_key))


@routes.get("/standards/lists/{list_key}/codes", needs=READ)
def list_codes(
    session: Session, list_key: str, page: web.PageArgs, on: date | None = None, parent: str | None = None
) -> web.Page[schemas.CodeOut]:
    """The codes of a list: by code or name, valid on a day, below a parent."""
    listed = queries.get_list(session, list_key)
    return web.paginate(
        session,
        queries.find_codes(listed, text=page.q, on=on, parent=parent),
        page,
        sort={"code": Code.code, "name": Code.name_zh},
        key=Code.id,
        item=lambda code: schemas.CodeOut.model_validate(code, from_attributes=True),
    )


@routes.get("/standards/lists/{list_key}/diff", needs=READ)
def diff_code_list(session: Session, list_key: str, before: int, after: int) -> schemas.CodesDiffOut:
    """How two editions of a list differ."""
    listed = queries.get_list(session, list_key)
    return queries.codes_diff(*(queries.edition_of(session, listed, edition) for edition in (before, after)))


@routes.get("/standards/lists/{list_key}/export", needs=READ)
def export_codes(session: Session, list_key: str, files: Given[Files], form: Form = "xlsx") -> Response:
    """The codes of a list as a file that can be imported again."""
    listed = queries.get_list(session, list_key)
    rows = [rules.code_cells(row) for row in queries.edition_of(session, listed, listed.edition).values()]
    return _file(files, form, list(rules.CODE_COLUMNS.values()), rows, f"{listed.name_zh} {listed.key}")


@routes.post("/standards/lists/{list_key}/preview", needs=PUBLISH)
def preview_codes(database: Database, list_key: str, file: Upload, files: Given[Files]) -> schemas.CodesPlan:
    """What importing a file (xlsx, CSV, JSON) of codes would do. Nothing is kept."""
    rows = queries.codes_in(files.read_table(file.file.read(), name=file.filename or "file"))
    with database.read() as session:
        return queries.plan_codes(session, queries.get_list(session, list_key), rows)


@routes.post("/standards/lists/{list_key}/import", needs=PUBLISH)
def import_codes(
    database: Database, actor: Actor, list_key: str, file: Upload, files: Given[Files], plan: Plan
) -> schemas.ListOut:
    """Make a file the list's new edition, provided that it does what the preview showed."""
    rows = queries.codes_in(files.read_table(file.file.read(), name=file.filename or "file"))
    with database.write() as session:
        actions.import_codes(session, actor, list_key, rows, plan=plan, now=clock.now())
        session.flush()
        return queries.list_out(actor, queries.get_list(session, list_key))


def _today() -> date:
    return identity.law_day(clock.now())


def _file(files: Files, form: Form, columns: list[str], rows: list[list[str]], name: str) -> Response:
    if form == "json":
        content, kind = to_json([dict(zip(columns, row, strict=True)) for row in rows], indent=1), "application/json"
    else:
        out = BytesIO()
        files.write_xlsx(out, columns, rows, sheet="Sheet1")
        content, kind = out.getvalue(), XLSX
    told = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.{form}')}",
        "Cache-Control": "no-store",
    }
    return Response(content, headers=told, media_type=kind)
