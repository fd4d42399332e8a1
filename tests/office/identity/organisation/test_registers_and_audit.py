import ast
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from tests.conftest import actor_with
from tests.office.identity.organisation.conftest import PERMISSIONS, City
from zhengtong import engines
from zhengtong.engines.crypto import CryptoSettings, Keyring
from zhengtong.engines.files import FilesSettings
from zhengtong.kernel import settings
from zhengtong.kernel.actor import EVERYWHERE, Actor, PermissionMissing, Scope, StepUpNeeded
from zhengtong.kernel.db import Database, new_id
from zhengtong.office.identity import errors, queries, rules, schemas
from zhengtong.office.identity.actions import departments, registers
from zhengtong.office.identity.actions.exports import export_audit
from zhengtong.office.identity.permissions import (
    EXPORT_AUDIT,
    READ_AUDIT,
    READ_RESIDENTS,
    REGISTER_FIRMS,
    REGISTER_RESIDENTS,
)
from zhengtong.office.identity.queries import Sought

NUMBER = "11010519491231002X"


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    chosen = settings.load(
        engines.SECTIONS,
        file=tmp_path / "none.toml",
        environment={},
        given={"kernel": {"data": tmp_path / "data"}, "crypto": {"root_key": tmp_path / "root.key"}},
    )
    return engines.open_keyring(chosen, engines.open_crypto(chosen.of(CryptoSettings)))


def he_xiaoman(**facts: str) -> schemas.NewResident:
    return schemas.NewResident.model_validate(
        {"name": "何小满", "id_number": NUMBER.lower(), "phone": "19900001234", **facts}
    )


def test_an_identity_number_is_nowhere_kept_as_it_is_and_is_found_by_it(city: City, keyring: Keyring) -> None:
    clerk = actor_with(REGISTER_RESIDENTS, READ_RESIDENTS)
    kept = registers.register_resident(city.session, clerk, he_xiaoman(), keyring, now=city.now)
    assert NUMBER.encode() not in kept.id_number_sealed
    assert NUMBER not in kept.id_number_index
    assert NUMBER not in repr([row.after for row in city.audited("identity.resident_registered")])
    assert queries.id_number_of(kept, keyring) == NUMBER
    for text in (NUMBER, NUMBER.lower(), "何"):
        assert city.session.scalars(queries.find_residents(clerk, keyring, text=text)).all() == [kept]
    assert city.session.scalars(queries.find_residents(clerk, keyring, text="440524188001010014")).all() == []
    shown = queries.resident_out(clerk, kept, keyring)
    assert (shown.id_number_masked, shown.phone_masked) == ("110105**********2X", "199****1234")
    assert shown.abilities == {"reveal": False}


def test_a_seal_moved_to_another_resident_does_not_open(city: City, keyring: Keyring) -> None:
    clerk = actor_with(REGISTER_RESIDENTS)
    first = registers.register_resident(city.session, clerk, he_xiaoman(), keyring, now=city.now)
    number = "99010219900101001" + rules.id_check("99010219900101001")
    second = registers.register_resident(city.session, clerk, he_xiaoman(id_number=number), keyring, now=city.now)
    second.id_number_sealed = first.id_number_sealed
    with pytest.raises(engines.crypto.SealBroken):
        queries.id_number_of(second, keyring)


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"id_number": "110105194912310021"}, errors.SomeFieldsWrong),
        ({"phone": "1"}, errors.SomeFieldsWrong),
        ({}, errors.ResidentKnown),
    ],
)
def test_a_resident_with_a_wrong_or_known_number_is_refused(
    city: City, keyring: Keyring, facts: dict[str, str], error: type[Exception]
) -> None:
    clerk = actor_with(REGISTER_RESIDENTS)
    registers.register_resident(city.session, clerk, he_xiaoman(), keyring, now=city.now)
    with pytest.raises(error):
        registers.register_resident(city.session, clerk, he_xiaoman(**facts), keyring, now=city.now)


def test_the_whole_number_is_shown_for_a_purpose_that_is_kept(city: City, keyring: Keyring) -> None:
    everything = actor_with(*PERMISSIONS)
    kept = registers.register_resident(city.session, everything, he_xiaoman(), keyring, now=city.now)
    seen = registers.reveal_id_number(city.session, everything, kept, "核对申领材料", keyring, now=city.now)
    assert seen == NUMBER
    (row,) = city.audited("identity.id_number_revealed")
    assert (row.actor, row.thing_id, row.after) == (everything.subject, str(kept.id), {"purpose": "核对申领材料"})
    tired = actor_with(*PERMISSIONS, now=city.now - timedelta(hours=1))
    with pytest.raises(StepUpNeeded):
        registers.reveal_id_number(city.session, tired, kept, "核对", keyring, now=city.now)


def test_a_resident_sees_oneself_and_no_other(city: City, keyring: Keyring) -> None:
    kept = registers.register_resident(
        city.session, actor_with(REGISTER_RESIDENTS), he_xiaoman(), keyring, now=city.now
    )
    oneself = actor_with(kind="resident", subject=kept.id)
    assert queries.get_resident(city.session, oneself, kept.id) is kept
    with pytest.raises(errors.ResidentNotFound):
        queries.get_resident(city.session, actor_with(kind="resident"), kept.id)


def test_a_firm_is_registered_once_under_a_valid_code(city: City) -> None:
    clerk = actor_with(REGISTER_FIRMS)
    firm = schemas.NewFirm(name="何记豆花店", code="91350100m000100y43")
    assert registers.register_firm(city.session, clerk, firm, now=city.now).code == "91350100M000100Y43"
    with pytest.raises(errors.FirmKnown):
        registers.register_firm(city.session, clerk, firm, now=city.now)
    with pytest.raises(errors.SomeFieldsWrong):
        wrong = schemas.NewFirm(name="何记豆花店", code="91350100M000100Y4Z")
        registers.register_firm(city.session, clerk, wrong, now=city.now)


def change_both(city: City) -> None:
    for department in (city.tax, city.social):
        departments.change_department(
            city.session, city.administrator, department, {"short_name": f"新{department.short_name}"}, now=city.now
        )
    city.session.flush()


def test_the_trail_is_sought_by_who_what_when_and_thing(city: City) -> None:
    change_both(city)
    auditor = actor_with(READ_AUDIT)

    def found(sought: Sought) -> list[str]:
        rows = city.session.scalars(queries.find_audit(auditor, sought)).all()
        return sorted(row.thing_name for row in rows if row.action == "identity.department_changed")

    both = ["云溪市人社局", "云溪市税务局"]
    assert found(Sought()) == both
    assert found(Sought(actor=city.chief.id, action="identity.department")) == both
    assert found(Sought(thing_kind="department", thing_id=str(city.tax.id))) == ["云溪市税务局"]
    assert found(Sought(department=city.social.id)) == ["云溪市人社局"]
    assert found(Sought(text="税务")) == ["云溪市税务局"]
    assert found(Sought(since=city.now, until=city.now + timedelta(seconds=1))) == both
    assert found(Sought(until=city.now)) == []
    assert found(Sought(text="100%")) == []


def test_a_reader_of_one_department_sees_its_deeds_only(city: City) -> None:
    change_both(city)
    theirs = actor_with(READ_AUDIT, scope=Scope(departments=frozenset({city.tax.id})))
    seen = city.session.scalars(queries.find_audit(theirs, Sought())).all()
    assert {row.department_id for row in seen} == {city.tax.id}
    other = next(row for row in city.audited("identity.department_changed") if row.department_id == city.social.id)
    with pytest.raises(errors.AuditRowNotFound):
        queries.get_audit(city.session, theirs, other.seq)


@pytest.mark.parametrize(
    ("reads", "exports", "told"),
    [("tax", "everywhere", ["tax"]), ("everywhere", "tax", ["tax"]), ("tax", "social", []), ("tax", "tax", ["tax"])],
)
def test_an_export_of_the_trail_goes_no_further_than_reading_and_exporting_both_reach(
    city: City, database: Database, reads: str, exports: str, told: list[str]
) -> None:
    change_both(city)
    city.session.commit()
    reach = {"everywhere": EVERYWHERE} | {
        name: Scope(departments=frozenset({getattr(city, name).id})) for name in ("tax", "social")
    }
    grants = {READ_AUDIT.name: reach[reads], EXPORT_AUDIT.name: reach[exports]}
    auditor = Actor(subject=new_id(), kind="person", name="审计员", second_factor_at=city.now, grants=grants)
    out, sought = BytesIO(), Sought(action="identity.department_changed")
    export_audit(database, auditor, sought, engines.open_files(FilesSettings()), out, now=city.now)
    text = out.getvalue().decode("utf-8-sig")
    found = [name for name in ("tax", "social") if getattr(city, name).name_zh in text]
    assert found == told


def test_who_may_not_read_the_trail_sees_nothing_of_it(city: City) -> None:
    change_both(city)
    assert city.session.scalars(queries.find_audit(actor_with(), Sought())).all() == []


def test_a_deed_shows_what_was_and_what_is(city: City) -> None:
    change_both(city)
    row = next(one for one in city.audited("identity.department_changed") if one.department_id == city.tax.id)
    shown = queries.audit_detail(city.session, row)
    assert (shown.zh, shown.en) == ("修改部门", "Department changed")
    assert shown.diff == [schemas.Difference(field="short_name", before="税务局", after="新税务局")]
    assert (shown.actor.name, shown.changed) == ("李明", ["short_name"])


def test_registering_needs_the_permission(city: City, keyring: Keyring, now: datetime) -> None:
    with pytest.raises(PermissionMissing):
        registers.register_resident(city.session, actor_with(), he_xiaoman(), keyring, now=now)
    with pytest.raises(PermissionMissing):
        firm = schemas.NewFirm(name="何记豆花店", code="91350100M000100Y43")
        registers.register_firm(city.session, actor_with(), firm, now=now)


def test_every_deed_that_a_room_records_has_a_name_in_both_languages() -> None:
    source = Path(__file__).parents[4] / "src" / "zhengtong" / "office"
    told: set[str] = set()
    for file in source.rglob("*.py"):
        for call in (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)):
            words = {one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)}
            if ast.unparse(call.func) == "audit.record":
                told |= {word for word in words if "." in word}
    assert len(told) > 30
    assert told - set(queries.deeds()) == set()
    assert all(words.zh and words.en for words in queries.deeds().values())
