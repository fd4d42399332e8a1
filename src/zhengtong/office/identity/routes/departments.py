"""Departments."""

from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.office.identity import queries, rules, schemas
from zhengtong.office.identity.actions import departments as actions
from zhengtong.office.identity.permissions import CHANGE_DEPARTMENTS, MERGE_DEPARTMENTS
from zhengtong.office.identity.queries import views
from zhengtong.office.identity.routes.room import routes
from zhengtong.office.identity.tables import Department


@routes.get("/departments", needs=web.SIGNED_IN)
def list_departments(
    session: Session, actor: Actor, page: web.PageArgs, parent: UUID | None = None, closed: bool = False
) -> web.Page[schemas.DepartmentLine]:
    """Departments by name, pinyin or code."""
    return web.paginate(
        session,
        queries.find_departments(actor, text=page.q, parent_id=parent, closed=closed),
        page,
        sort={"position": Department.position, "name": Department.name_zh},
        key=Department.id,
        item=lambda department: views.department_line(actor, department),
    )


@routes.get("/departments/tree", needs=web.SIGNED_IN)
def read_department_tree(session: Session, actor: Actor, closed: bool = False) -> schemas.DepartmentTree:
    """The whole tree, each department after its parent."""
    return views.department_tree(session, actor, on=rules.law_day(clock.now()), closed=closed)


@routes.get("/departments/{department_id}", needs=web.SIGNED_IN)
def read_department(session: Session, actor: Actor, department_id: UUID) -> schemas.DepartmentOut:
    """One department."""
    return _out(session, actor, queries.get_department(session, actor, department_id))


@routes.post("/departments", needs=CHANGE_DEPARTMENTS, status=201)
def add_department(session: Session, actor: Actor, body: schemas.NewDepartment) -> schemas.DepartmentOut:
    """Add a department under its parent, or under the topmost."""
    return _out(session, actor, actions.add_department(session, actor, body, now=clock.now()))


@routes.patch("/departments/{department_id}", needs=CHANGE_DEPARTMENTS)
def change_department(
    session: Session, actor: Actor, department_id: UUID, body: schemas.DepartmentEdit, if_match: web.IfMatch = None
) -> schemas.DepartmentOut:
    """Change a department's names, code, level, kind, order or chief data officer."""
    department = _locked(session, actor, department_id, if_match)
    values = body.model_dump(exclude_unset=True)
    kept = {name: value for name, value in values.items() if value is not None or name in ("code", "cdo_id")}
    return _out(session, actor, actions.change_department(session, actor, department, kept, now=clock.now()))


@routes.post("/departments/{department_id}/move", needs=CHANGE_DEPARTMENTS)
def move_department(
    session: Session, actor: Actor, department_id: UUID, body: schemas.DepartmentMove, if_match: web.IfMatch = None
) -> schemas.DepartmentOut:
    """Hang a department, and all below it, under another."""
    department = _locked(session, actor, department_id, if_match)
    return _out(session, actor, actions.move_department(session, actor, department, body, now=clock.now()))


@routes.post("/departments/{department_id}/merge", needs=MERGE_DEPARTMENTS)
def merge_department(
    session: Session, actor: Actor, department_id: UUID, body: schemas.DepartmentMerge, if_match: web.IfMatch = None
) -> schemas.DepartmentOut:
    """Close a department and give all that hangs on it to another; answers with that other."""
    department = _locked(session, actor, department_id, if_match)
    into = queries.get_department(session, actor, body.into_id, lock=True)
    return _out(session, actor, actions.merge_department(session, actor, department, into, now=clock.now()))


@routes.post("/departments/{department_id}/close", needs=MERGE_DEPARTMENTS)
def close_department(
    session: Session, actor: Actor, department_id: UUID, if_match: web.IfMatch = None
) -> schemas.DepartmentOut:
    """Close a department that nothing hangs on."""
    department = _locked(session, actor, department_id, if_match)
    return _out(session, actor, actions.close_department(session, actor, department, now=clock.now()))


@routes.post("/departments/{department_id}/reopen", needs=MERGE_DEPARTMENTS)
def reopen_department(
    session: Session, actor: Actor, department_id: UUID, if_match: web.IfMatch = None
) -> schemas.DepartmentOut:
    """Open a closed department again."""
    department = _locked(session, actor, department_id, if_match)
    return _out(session, actor, actions.reopen_department(session, actor, department, now=clock.now()))


def _locked(session: Session, actor: Actor, department_id: UUID, if_match: str | None) -> Department:
    department = queries.get_department(session, actor, department_id, lock=True)
    web.check_version(department.version, if_match)
    return department


def _out(session: Session, actor: Actor, department: Department) -> schemas.DepartmentOut:
    session.flush()
    return views.department_out(session, actor, department, on=rules.law_day(clock.now()))
