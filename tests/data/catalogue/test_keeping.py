"""What happens to items by themselves: batches and their promise, use, merged bureaus, changed elements, expired duties."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import NOW, actor_with
from tests.data.catalogue.conftest import Bureaus
from zhengtong.data import catalogue, standards
from zhengtong.data.catalogue import actions, errors, jobs, queries
from zhengtong.data.catalogue.jobs import keeping
from zhengtong.data.catalogue.rules import Content, FieldContent
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.db import Database, new_id
from zhengtong.kernel.events import EventRow
from zhengtong.office import deadlines, identity, notices

DAY = timedelta(days=1)
FIELDS = (FieldContent("uscc", "统一社会信用代码", "C", "general_1", length=18, is_key=True),)


def content(**facts: Any) -> Content:
    told: dict[str, Any] = {"abstract": "按日", "class_code": "3070100101", "share_type": "unconditional"}
    return Content(**{**told, "name_zh": "企业纳税信息", "update_cycle": "day", "fields": FIELDS, **facts})


@pytest.fixture
def both(bureaus: Bureaus) -> Actor:
    """Who keeps and reviews."""
    return actor_with(catalogue.READ, catalogue.EDIT, catalogue.REVIEW, department=bureaus.tax)


def live(session: Session, actor: Actor, bureaus: Bureaus, **facts: Any) -> catalogue.Item:
    item = catalogue.register_item(session, actor, content(**facts), catalogue.Registration(bureaus.tax), now=NOW)
    catalogue.submit_item(session, actor, item, now=NOW)
    catalogue.publish_item(session, actor, item, now=NOW)
    return item


def told(session: Session, kind: str) -> list[Any]:
    return list(session.scalars(select(EventRow.payload).where(EventRow.type == kind).order_by(EventRow.seq)))


def keeper_of(session: Session, bureaus: Bureaus) -> UUID:
    """A person of the tax bureau whose role keeps the catalogue."""
    person = identity.Person(id=new_id(), name="何小满", login="he.xiaoman", created_at=NOW)
    role = identity.Role(key="keeper", zh="编目员", scope=identity.RoleScope.OWN)
    post = identity.Post(id=new_id(), person_id=person.id, department_id=bureaus.tax, title="科员", from_on=NOW.date())
    session.add_all([person, role])
    session.flush()
    session.add(post)
    session.flush()
    session.add(identity.PostRole(post_id=post.id, role="keeper"))
    session.add(identity.RolePermission(role="keeper", permission="catalogue.edit"))
    session.flush()
    return person.id


def notices_of(session: Session, person: UUID) -> list[str]:
    return list(session.scalars(select(notices.Notice.kind).where(notices.Notice.subject_id == person)))


def test_a_batch_in_time_keeps_the_promise_and_moves_it_on(database: Database, both: Actor, bureaus: Bureaus) -> None:
    with database.write() as session:
        item = live(session, both, bureaus)
        assert item.due_at == NOW + timedelta(hours=36)
        first = new_id()
        for _ in range(2):
            catalogue.note_batch(session, item.id, batch_id=first, rows=7, table_version=1, at=NOW + DAY)
        catalogue.note_batch(session, item.id, batch_id=new_id(), rows=9, table_version=2, at=NOW + 4 * DAY)
        kept = list(session.scalars(select(catalogue.ItemBatch.kept).order_by(catalogue.ItemBatch.at)))
        assert (kept, item.rows, item.last_batch_at) == ([True, False], 9, NOW + 4 * DAY)
        assert item.due_at == NOW + 4 * DAY + timedelta(hours=36)


def test_a_batch_leaves_the_version_to_those_who_revise_the_item(
    database: Database, both: Actor, bureaus: Bureaus
) -> None:
    with database.write() as session:
        item = live(session, both, bureaus)
        session.flush()
        before = item.version
        catalogue.note_batch(session, item.id, batch_id=new_id(), rows=7, table_version=1, at=NOW + DAY)
        session.refresh(item)
        assert (item.version, item.rows) == (before, 7)


def test_a_batch_that_comes_late_and_out_of_order_does_not_move_the_newest_back(
    database: Database, both: Actor, bureaus: Bureaus
) -> None:
    with database.write() as session:
        item = live(session, both, bureaus)
        newest = new_id()
        catalogue.note_batch(session, item.id, batch_id=newest, rows=9, table_version=2, at=NOW + DAY)
        catalogue.note_batch(session, item.id, batch_id=new_id(), rows=1, table_version=1, at=NOW)
        assert (item.last_batch_id, item.rows) == (newest, 9)


def test_a_promise_that_passed_is_told_once_until_the_next_batch(
    database: Database, both: Actor, bureaus: Bureaus
) -> None:
    with database.write() as session:
        person = keeper_of(session, bureaus)
        item = live(session, both, bureaus)
        live(session, both, bureaus, name_zh="按需的", update_cycle="on_demand")
        for later in (1, 2, 3):
            actions.mark_overdue(session, now=NOW + later * DAY)
        overdue = told(session, "catalogue.item_overdue@1")
        assert [(one["item_id"], one["duty"]) for one in overdue] == [(str(item.id), "data")]
        assert notices_of(session, person).count("catalogue.overdue") == 1
        catalogue.note_batch(session, item.id, batch_id=new_id(), rows=1, table_version=1, at=NOW + 3 * DAY)
        assert item.overdue_since is None
        assert actions.mark_overdue(session, now=NOW + 9 * DAY) == 1


def test_the_timer_finds_what_is_overdue(database: Database, both: Actor, bureaus: Bureaus) -> None:
    with database.write() as session:
        live(session, both, bureaus)
        keeping.find_overdue(session, now=NOW + 9 * DAY)
        assert len(told(session, "catalogue.item_overdue@1")) == 1
    assert [timer.name for timer in jobs.TIMERS if timer.job is keeping.OVERDUE] == ["catalogue.find_overdue"]


def test_a_duty_that_expired_is_announced_as_overdue(database: Database, both: Actor, bureaus: Bureaus) -> None:
    with database.write() as session:
        item = live(session, both, bureaus)
        facts: dict[str, Any] = {"clock_id": new_id(), "rule": "sharing.catalogue_update", "about_id": str(item.id)}
        facts |= {"department_id": bureaus.tax, "person_id": None, "at": NOW, "due_at": NOW}
        for kind in ("catalogue_update", "application"):
            event = deadlines.ClockExpired(**facts, about_kind=kind, consequence="escalate")
            keeping.hear_expired(session, event, now=NOW)
        assert [one["duty"] for one in told(session, "catalogue.item_overdue@1")] == ["catalogue"]


def test_use_is_counted_by_day_department_and_purpose(
    database: Database, both: Actor, bureaus: Bureaus, seat: Callable[[Actor | None], TestClient]
) -> None:
    with database.write() as session:
        item = live(session, both, bureaus)
        for rows, at in ((1, NOW - DAY), (2, NOW), (3, NOW)):
            told_use: dict[str, Any] = {
                "by_department": bureaus.market,
                "purpose": "行政许可审查",
                "rows": rows,
                "at": at,
            }
            catalogue.note_usage(session, item.id, **told_use)
        catalogue.note_usage(session, item.id, by_department=bureaus.market, purpose="统计", rows=9, at=NOW - 200 * DAY)
    usage = seat(both).get(f"/api/v1/catalogue/items/{item.id}/usage?days=90").json()
    assert (usage["calls"], usage["rows"], usage["departments"]) == (3, 6, 1)
    assert [(one["day"], one["calls"]) for one in usage["by_day"]] == [("2026-03-04", 1), ("2026-03-05", 2)]


def test_a_merged_bureaus_items_move_with_it(database: Database, both: Actor, bureaus: Bureaus) -> None:
    with database.write() as session:
        item = live(session, both, bureaus)
        event = identity.DepartmentsMerged(bureaus.tax, bureaus.market, NOW.date())
        keeping.move_merged(session, event, now=NOW)
        keeping.move_merged(session, event, now=NOW)
        assert (item.department_id, item.department.name_zh) == (bureaus.market, "市场监督管理局")
        moved = select(Audit.thing_id).where(Audit.action == "catalogue.item_moved")
        assert list(session.scalars(moved)) == [str(item.id)]


def test_who_built_on_an_element_is_told_of_its_new_version(
    database: Database, both: Actor, bureaus: Bureaus, elements: None
) -> None:
    with database.write() as session:
        person = keeper_of(session, bureaus)
        element = session.scalars(
            select(standards.Element).where(standards.Element.name_zh == "统一社会信用代码")
        ).one()
        field = FieldContent("uscc", "统一社会信用代码", "C", "", length=18, element_code=element.code)
        item = live(session, both, bureaus, fields=(field,))
        keeping.tell_published(session, standards.ElementPublished(element.id, element.code, 1), now=NOW)
        assert "catalogue.element_changed" not in notices_of(session, person)
        for _ in range(2):
            keeping.tell_published(session, standards.ElementPublished(element.id, element.code, 2), now=NOW)
        keeping.tell_retired(session, standards.ElementRetired(element.id, element.code, "停用"), now=NOW)
        assert notices_of(session, person).count("catalogue.element_changed") == 2
        assert queries.item_out(session, both, item).fields[0].element_name is not None


def test_standards_knows_which_published_fields_are_built_on_an_element(
    database: Database, both: Actor, bureaus: Bureaus, elements: None, seat: Callable[[Actor | None], TestClient]
) -> None:
    with database.write() as session:
        element = session.scalars(select(standards.Element).where(standards.Element.name_zh == "姓名")).one()
        field = FieldContent("name", "姓名", "C", "", element_code=element.code)
        item = live(session, both, bureaus, fields=(field,))
    reader = seat(actor_with(catalogue.READ, catalogue.EDIT, *standards.capability.permissions))
    uses = reader.get(f"/api/v1/standards/elements/{element.id}").json()["uses"]
    assert [(one["about_kind"], one["name"]) for one in uses] == [("catalogue.field", "企业纳税信息 · name")]
    with database.write() as session:
        again = session.get_one(catalogue.Item, item.id)
        catalogue.revise_item(session, both, again, content(), now=NOW)
        catalogue.submit_item(session, both, again, now=NOW)
        catalogue.publish_item(session, both, again, now=NOW)
    assert reader.get(f"/api/v1/standards/elements/{element.id}").json()["uses"] == []


def test_a_landed_columns_type_never_changes(database: Database, both: Actor, bureaus: Bureaus) -> None:
    with database.write() as session:
        item = live(session, both, bureaus)
        number = content(fields=(FieldContent("uscc", "统一社会信用代码", "N", "general_1"),))
        catalogue.revise_item(session, both, item, number, now=NOW)
        catalogue.submit_item(session, both, item, now=NOW)
        catalogue.note_batch(session, item.id, batch_id=new_id(), rows=1, table_version=1, at=NOW)
        with pytest.raises(errors.TypeOfFieldChanged):
            catalogue.publish_item(session, both, item, now=NOW)
        actions.send_back(session, both, item, reason="类型不能改", now=NOW)
        with pytest.raises(errors.TypeOfFieldChanged):
            catalogue.revise_item(session, both, item, number, now=NOW)


def test_the_sharing_rate_counts_live_items_by_day(database: Database, both: Actor, bureaus: Bureaus) -> None:
    with database.write() as session:
        live(session, both, bureaus)
        basis = {"share_basis": "law", "share_basis_text": "《统计法》第九条"}
        live(session, both, bureaus, name_zh="统计调查表", share_type="refused", **basis)
        gone = live(session, both, bureaus, name_zh="旧项")
        actions.ask_withdrawal(session, both, gone, reason="停用", now=NOW)
        actions.withdraw_item(session, both, gone, now=NOW)
        catalogue.register_item(session, both, content(name_zh="草稿"), catalogue.Registration(bureaus.tax), now=NOW)
        rate = catalogue.sharing_rate(session, on=NOW.date())
        assert (rate.unconditional, rate.conditional, rate.refused, rate.share) == (1, 0, 1, 0.5)
        assert catalogue.sharing_rate(session, on=NOW.date() - DAY).share is None
        assert catalogue.sharing_rate(session, on=NOW.date(), department_id=bureaus.market).total == 0


def test_many_are_reviewed_at_once_and_each_failure_says_why(
    database: Database, both: Actor, bureaus: Bureaus, seat: Callable[[Actor | None], TestClient], still: datetime
) -> None:
    with database.write() as session:
        of = catalogue.Registration(bureaus.tax)
        good = catalogue.register_item(session, both, content(), of, now=NOW)
        bare = catalogue.register_item(session, both, content(name_zh="空的", fields=()), of, now=NOW)
    desk, ids = seat(both), [str(good.id), str(bare.id)]
    submitted = desk.post("/api/v1/catalogue/reviews/submit", json={"items": ids}).json()
    assert [one["done"] for one in submitted["items"]] == [True, False]
    assert "信息项" in submitted["items"][1]["zh"]
    published = desk.post("/api/v1/catalogue/reviews/publish", json={"items": ids}).json()
    assert (published["done"], desk.get(f"/api/v1/catalogue/items/{good.id}").json()["state"]) == (1, "published")
    assert desk.get(f"/api/v1/catalogue/items/{bare.id}").json()["state"] == "created"


def test_a_definition_of_a_field_is_its_elements_narrowed(
    database: Database, both: Actor, bureaus: Bureaus, elements: None
) -> None:
    with database.write() as session:
        element = session.scalars(select(standards.Element).where(standards.Element.name_zh == "公民身份号码")).one()
        bound = FieldContent("id_number", "身份证", "C", "", length=30, element_code=element.code)
        item = live(session, both, bureaus, fields=(bound, FieldContent("n", "数", "N", "", length=9, precision=2)))
        id_number, number = catalogue.fields_of(session, item.id)
        found = catalogue.definition_of_field(session, id_number)
        assert (found.check, found.length, found.level) == ("id_number", 18, standards.Level.GENERAL_4)
        plain = catalogue.definition_of_field(session, number)
        assert (plain.type, plain.length, plain.precision, plain.check) == (standards.Type.NUMBER, 9, 2, "")
        kinds = [str(one) for one in catalogue.arrow_schema([id_number, number]).types]
        assert kinds == ["string", "decimal128(38, 2)", "string", "int64"]
