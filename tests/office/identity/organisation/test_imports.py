from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from tests.conftest import actor_with
from tests.office.identity.organisation.conftest import PERMISSIONS, City, code
from zhengtong import engines
from zhengtong.engines.files import FilesSettings, Row, RowsWrong, Table
from zhengtong.kernel import capability, clock, events
from zhengtong.kernel.actor import Actor, PermissionMissing, Scope, StepUpNeeded
from zhengtong.kernel.db import Database
from zhengtong.kernel.jobs import Workers
from zhengtong.kernel.wake import Wake
from zhengtong.office import identity
from zhengtong.office.identity import errors, queries, rules, schemas
from zhengtong.office.identity.actions import imports, people
from zhengtong.office.identity.permissions import IMPORT
from zhengtong.office.identity.tables import Department, ImportDraft, Person, Post

PEOPLE = [column.zh for column in rules.PEOPLE_COLUMNS]
DEPARTMENTS = [column.zh for column in rules.DEPARTMENT_COLUMNS]
SHEN = ["沈若川", "shen.ruochuan", "A1", "13800138000", "", "税务局", "处长", "领导", "", ""]
LIN = ["林晚", "lin.wan", "A2", "", "lin.wan@yunxi.example", "人社局", "科员", "经办人", "2026-01-01", "2026-12-31"]
WRONG = ["", "nobody", "", "", "", "没有的局", "科员", "", "", ""]


def table(columns: list[str], *rows: list[str]) -> Table:
    return Table(tuple(columns), tuple(Row(n, tuple(row)) for n, row in enumerate(rows, start=2)), "utf-8", ())


class Imports:
    """Uploads, confirms and carries out, each in a transaction of its own, as the city's administrator."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database, self.now = database, now
        database.listeners = events.by_type(identity.capability.listeners)
        self.workers = Workers(database, capability.registry((identity.capability,)), Wake(database), givens={})
        with database.write() as session:
            city = City(session, now)
            self.actor = city.administrator

    def upload(self, kind: str, given: Table, actor: Actor | None = None) -> schemas.ImportOut:
        with self.database.write() as session:
            draft = imports.keep_draft(session, actor or self.actor, kind, "list.csv", given, now=self.now)
            return self.seen(session, draft)

    def seen(self, session: Session, draft: ImportDraft) -> schemas.ImportOut:
        return queries.import_out(session, self.actor, draft, on=rules.law_day(self.now))

    def confirm(self, shown: schemas.ImportOut, *, skip_errors: bool = False, plan: str | None = None) -> None:
        with self.database.write() as session:
            draft = queries.get_import(session, self.actor, shown.id, now=self.now, lock=True)
            seen = schemas.Confirm(plan=plan or shown.plan or "", skip_errors=skip_errors)
            imports.confirm_import(session, self.actor, draft, seen, now=self.now)

    def carry_out(self, shown: schemas.ImportOut) -> ImportDraft:
        self.workers.drain()
        with self.database.read() as session:
            return session.get_one(ImportDraft, shown.id, options=[undefer(ImportDraft.rows)])

    def whole(self, kind: str, given: Table, **how: bool) -> ImportDraft:
        shown = self.upload(kind, given)
        self.confirm(shown, **how)
        return self.carry_out(shown)

    def people(self) -> dict[str, list[tuple[str, str, list[str]]]]:
        with self.database.read() as session:
            held = session.scalars(select(Post)).all()
            return {
                person.name: [(p.department.short_name, p.title, p.role_keys) for p in held if p.person_id == person.id]
                for person in session.scalars(select(Person))
            }


@pytest.fixture
def desk(database: Database, now: datetime) -> Iterator[Imports]:
    with clock.fixed(now):
        yield Imports(database, now)


def test_nothing_is_kept_until_it_is_confirmed(desk: Imports) -> None:
    shown = desk.upload("people", table(PEOPLE, SHEN, LIN))
    assert (shown.state, shown.counts) == ("draft", schemas.Counts(add=2))
    assert set(desk.people()) == {"李明"}


def test_a_confirmed_import_adds_people_with_their_posts_and_tells_who_did_it(desk: Imports) -> None:
    draft = desk.whole("people", table(PEOPLE, SHEN, LIN))
    assert (draft.state, draft.done_count, draft.failed, draft.rows) == ("done", 2, [], [])
    assert desk.people() == {
        "李明": [("云溪市", "科员", ["administrator"])],
        "沈若川": [("税务局", "处长", ["leader"])],
        "林晚": [("人社局", "科员", ["officer"])],
    }
    with desk.database.read() as session:
        city = City.__new__(City)
        city.session = session
        assert [row.actor for row in city.audited("identity.person_added")][-2:] == [desk.actor.subject] * 2
        assert city.audited("identity.import_finished")[0].after == {"done": 2, "failed": 0}
        lin = session.scalars(select(Person).where(Person.login == "lin.wan")).one()
        post = queries.posts_of(session, lin.id)[0]
        assert (post.from_on.isoformat(), str(post.until_on)) == ("2026-01-01", "2026-12-31")


def test_importing_the_same_again_changes_nothing(desk: Imports) -> None:
    desk.whole("people", table(PEOPLE, SHEN, LIN))
    again = desk.upload("people", table(PEOPLE, SHEN, LIN))
    assert again.counts == schemas.Counts(unchanged=2)


def test_a_changed_list_changes_only_what_differs(desk: Imports) -> None:
    desk.whole("people", table(PEOPLE, SHEN, LIN))
    desk.whole("people", table(PEOPLE, [*SHEN[:3], "13900139000", *SHEN[4:7], "领导、经办人", "", ""], LIN))
    assert desk.people()["沈若川"] == [("税务局", "处长", ["leader", "officer"])]
    with desk.database.read() as session:
        shen = session.scalars(select(Person).where(Person.login == "shen.ruochuan")).one()
        assert shen.phone == "13900139000"


def test_wrong_rows_stop_an_import_unless_they_are_to_be_skipped(desk: Imports) -> None:
    shown = desk.upload("people", table(PEOPLE, SHEN, WRONG))
    assert shown.counts == schemas.Counts(add=1, error=1)
    with pytest.raises(errors.ImportHasErrors):
        desk.confirm(shown)
    desk.confirm(shown, skip_errors=True)
    assert desk.carry_out(shown).done_count == 1
    assert "沈若川" in desk.people()


def test_a_plan_that_changed_since_it_was_seen_is_not_carried_out(desk: Imports) -> None:
    first, second = (desk.upload("people", table(PEOPLE, SHEN)) for _ in range(2))
    desk.confirm(first)
    desk.carry_out(first)
    with pytest.raises(errors.ImportPlanChanged):
        desk.confirm(second)


def test_an_import_is_confirmed_once(desk: Imports) -> None:
    shown = desk.upload("people", table(PEOPLE, SHEN))
    desk.confirm(shown)
    with pytest.raises(errors.ImportOver):
        desk.confirm(shown)


def test_departments_are_imported_with_parents_that_come_later_in_the_file(desk: Imports) -> None:
    rows = (
        ["预算科", "", "", "", "财政局", "", "", ""],
        ["云溪市财政局", "Yunxi Finance Bureau", "财政局", code(9), "", "市级", "工作部门", "5"],
        ["云溪市税务局", "Yunxi Tax Bureau", "税务局", code(1), "", "", "", ""],
    )
    draft = desk.whole("departments", table(DEPARTMENTS, *rows))
    assert draft.failed == []
    with desk.database.read() as session:
        section = session.scalars(select(Department).where(Department.name_zh == "预算科")).one()
        path = [one.name_zh for one in queries.department_path(session, section.id)]
        assert path == ["云溪市", "云溪市财政局", "预算科"]
        assert section.kind == rules.Kind.SECTION
        tax = session.scalars(select(Department).where(Department.code == code(1))).one()
        assert tax.name_en == "Yunxi Tax Bureau"
    assert desk.upload("departments", table(DEPARTMENTS, *rows)).counts == schemas.Counts(unchanged=3)


def test_a_row_refused_while_carried_out_is_told_and_the_others_stand(desk: Imports) -> None:
    shown = desk.upload("people", table(PEOPLE, SHEN, LIN))
    desk.confirm(shown)
    with desk.database.write() as session:
        taken = schemas.NewPerson(name="林婉", login="lin.wan", staff_number="Z9")
        people.make_person(session, desk.actor, taken, now=desk.now)
    draft = desk.carry_out(shown)
    assert (draft.state, draft.done_count) == ("done", 2)
    assert [(one["row"], one["zh"]) for one in draft.failed] == [(3, "登录名 lin.wan 已被使用，请换一个。")]
    assert set(desk.people()) == {"李明", "沈若川", "林婉"}


def test_many_rows_go_step_by_step(desk: Imports) -> None:
    rows = [[f"测试{n}", f"test{n}", f"T{n}", "", "", "税务局", "科员", "经办人", "", ""] for n in range(45)]
    assert desk.whole("people", table(PEOPLE, *rows)).done_count == 45
    assert len(desk.people()) == 46


@pytest.mark.parametrize(
    ("columns", "error"), [(["登录名", "工号"], errors.ImportColumnsMissing), ([], errors.ImportColumnsMissing)]
)
def test_a_list_without_its_columns_is_refused(desk: Imports, columns: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        desk.upload("people", table(columns))


def test_a_list_is_read_no_further_than_an_import_takes(desk: Imports) -> None:
    files = engines.open_files(FilesSettings())
    fits = "姓名\n" + "沈\n" * imports.MOST_ROWS
    assert len(imports.read_list(files, fits.encode(), "list.csv").rows) == imports.MOST_ROWS
    with pytest.raises(errors.ImportTooLong):
        imports.read_list(files, (fits + "沈\n").encode(), "list.csv")


def test_every_ragged_row_of_a_list_is_told_at_once() -> None:
    files = engines.open_files(FilesSettings())
    with pytest.raises(RowsWrong) as refused:
        imports.read_list(files, "姓名,登录名\n沈,a,b,c\n林,x\n李,a,b,c\n".encode(), "list.csv")
    assert [field.name for field in refused.value.fields] == ["rows.2", "rows.4"]


def test_importing_needs_the_whole_city_and_a_fresh_second_factor(desk: Imports) -> None:
    here = actor_with(IMPORT, scope=Scope(departments=frozenset({desk.actor.subject})))
    with pytest.raises(PermissionMissing):
        desk.upload("people", table(PEOPLE, SHEN), here)
    tired = actor_with(*PERMISSIONS, now=desk.now - timedelta(hours=1))
    with pytest.raises(StepUpNeeded):
        desk.upload("people", table(PEOPLE, SHEN), tired)


def test_a_discarded_or_forgotten_draft_is_gone(desk: Imports) -> None:
    first, second = (desk.upload("people", table(PEOPLE, SHEN)) for _ in range(2))
    with desk.database.write() as session:
        draft = queries.get_import(session, desk.actor, first.id, now=desk.now)
        assert imports.discard_import(session, desk.actor, draft, now=desk.now).state == "discarded"
    later = desk.now + timedelta(hours=25)
    with desk.database.write() as session:
        with pytest.raises(errors.ImportNotFound):
            queries.get_import(session, desk.actor, second.id, now=later)
        imports.sweep_drafts(session, now=later)
    with desk.database.read() as session:
        gone = session.get_one(ImportDraft, second.id)
        assert (gone.state, gone.rows) == ("discarded", [])
