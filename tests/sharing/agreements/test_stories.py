"""What else happens to applications and agreements: refusals, part consents, changes, merged departments, questions, papers."""

import json
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from tests.conftest import NOW, actor_with
from tests.sharing.agreements.place import Place
from tests.sharing.agreements.test_journey import call, decided
from tools import verify
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.office import deadlines, identity
from zhengtong.sharing import agreements, ledger
from zhengtong.sharing.agreements import actions


def test_a_refusal_rests_on_a_law_and_can_be_disputed_in_three_steps(place: Place) -> None:
    one = place.asked()
    path = f"/applications/{one['id']}"
    weak = {"answer": "refuse", "said": "不方便", "refusal_basis": "policy", "refusal_law": "本局规定"}
    refused = place.ask("tax_office", "POST", f"{path}/answer", weak)
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1].rsplit(":", 1)[-1]) == (
        422,
        "basis-insufficient",
    )
    lawful = {
        "answer": "refuse",
        "said": "涉税信息依法保密",
        "refusal_basis": "law",
        "refusal_law": "《税收征收管理法》第八条",
    }
    told = place.do("tax_office", f"{path}/answer", lawful)
    assert (told["state"], told["code"], told["clock"]["tone"]) == ("refused", "auditReject", "done")

    dispute = place.do(
        "office", "/disputes", {"application_id": one["id"], "title": "异议", "said": "区间值不属保密范围"}
    )
    assert (dispute["step"], dispute["clock"]["verified"], dispute["abilities"]["settle"]) == ("talk", False, True)
    assert place.ask("police", "GET", f"/disputes/{dispute['id']}").status_code == 404
    for step in ("bureau", "arbitration"):
        dispute = place.do("office", f"/disputes/{dispute['id']}/further", {"said": "协商未果"})
        assert dispute["step"] == step
    assert place.ask("office", "POST", f"/disputes/{dispute['id']}/settle", {"outcome": "自行了结"}).status_code == 403
    settled = place.do("bureau", f"/disputes/{dispute['id']}/settle", {"outcome": "应予共享区间值", "reopen": True})
    assert (settled["step"], settled["abilities"]["say"]) == ("closed", False)
    again = place.get("tax_office", path)
    assert (again["state"], again["clock"]["tone"]) == ("answering", "calm")


def test_the_provider_may_give_less_but_never_more_and_asks_for_supplements_once(place: Place) -> None:
    one = place.asked()
    path = f"/applications/{one['id']}"
    place.do("tax_office", f"{path}/ask-supplement", {"said": "请补充办法文号"})
    waiting = place.get("officer", path)
    assert (waiting["state"], waiting["clock"]["tone"]) == ("supplementing", "stopped")
    place.do("officer", f"{path}/supplement", {"said": "已补充"})
    assert place.ask("tax_office", "POST", f"{path}/ask-supplement", {"said": "再补"}).status_code == 409

    more = place.body(fields={str(place.ids["item"]): {"uscc": "full", "taxable_income": "full"}})["terms"]
    answer = {"answer": "agree_in_part", "said": "只给区间", "checklist": one["checklist"]}
    assert place.ask("tax_office", "POST", f"{path}/answer", {**answer, "terms": more}).status_code == 422
    less = place.body(fields={str(place.ids["item"]): {"uscc": "full"}}, daily_quota=100)["terms"]
    open_list = place.ask("tax_office", "POST", f"{path}/answer", {**answer, "terms": less, "checklist": []})
    assert open_list.status_code == 422
    told = place.do("tax_office", f"{path}/answer", {**answer, "terms": less})
    agreement = place.sealed(told["agreement_id"])
    assert decided(place, call(place, agreement["number"])).failed == ("fields",)
    assert decided(place, call(place, agreement["number"], fields=("uscc",))).allowed


def test_a_change_holds_only_once_both_have_signed_it(place: Place) -> None:
    agreement = place.in_force()
    path = f"/agreements/{agreement['id']}"
    draft = place.do("officer", f"{path}/changes", {"kind": "change", "said": "需要信用等级"})
    assert place.ask("officer", "POST", f"{path}/changes", {"kind": "change", "said": "再来"}).status_code == 409
    fields = {"uscc": "full", "taxable_income": "general:100000", "credit_grade": "full"}
    body = place.body(fields={str(place.ids["item"]): fields})
    place.ask(
        "officer", "PUT", f"/applications/{draft['id']}", body, **{"If-Match": f'"{draft["version"]}"'}
    ).raise_for_status()
    place.do("officer", f"/applications/{draft['id']}/submit", {"warranted": True})
    passed = place.do("office", f"/applications/{draft['id']}/pass")
    place.do("tax_office", f"/applications/{draft['id']}/answer", {"answer": "agree", "checklist": passed["checklist"]})

    wanted = call(place, agreement["number"], fields=("uscc", "credit_grade"))
    assert decided(place, wanted).failed == ("fields",)
    assert decided(place, call(place, agreement["number"])).allowed
    changed = place.sealed(agreement["id"])
    assert (changed["terms_version"], changed["in_force"], len(changed["versions"])) == (2, 2, 2)
    assert decided(place, wanted).allowed


def test_a_renewal_moves_the_last_day_and_each_version_says_what_it_is(place: Place) -> None:
    agreement = place.in_force()
    last = date.fromisoformat(agreement["terms"]["valid_to"]) + timedelta(days=365)
    asked = {"kind": "renewal", "said": "补贴延续一年", "valid_to": last.isoformat()}
    draft = place.do("officer", f"/agreements/{agreement['id']}/changes", asked)
    assert (draft["kind"], draft["agreement_number"]) == ("renewal", agreement["number"])
    place.do("officer", f"/applications/{draft['id']}/submit", {"warranted": True})
    passed = place.do("office", f"/applications/{draft['id']}/pass")
    place.do("tax_office", f"/applications/{draft['id']}/answer", {"answer": "agree", "checklist": passed["checklist"]})
    renewed = place.sealed(agreement["id"])
    assert (renewed["number"], renewed["terms"]["valid_to"]) == (agreement["number"], last.isoformat())
    assert [one["kind"] for one in renewed["versions"]] == ["renewal", "new"]
    assert place.get("officer", f"/applications/{draft['id']}")["hints"] == []


def test_when_departments_merge_the_agreement_serves_on_until_its_successor_is_signed(place: Place) -> None:
    agreement = place.in_force()
    with place.city.database.write() as session:
        tax, labour, police = (
            session.get_one(identity.Department, place.ids[one]) for one in ("tax", "labour", "police")
        )
        identity.merge_department(session, SYSTEM, labour, police, now=clock.now())
        assert tax.closed_on is None
    place.drain()
    request = call(place, agreement["number"], department_id=place.ids["police"])
    assert decided(place, request).allowed
    found = place.get("tax_cdo", "/agreements?which=to_sign")["items"]
    assert [(one["consumer"]["name_zh"], one["status"]) for one in found] == [("公安局", "proposed")]
    for who in ("tax_cdo", "police"):
        one = place.get(who, f"/agreements/{found[0]['id']}")
        one = place.do(who, f"/agreements/{found[0]['id']}/sign", {"checklist": one["to_confirm"]})
    assert one["status"] == "in_force"
    assert decided(place, request).failed == ("status",)
    assert decided(place, call(place, one["number"], department_id=place.ids["police"])).allowed


def test_questions_the_matrix_and_the_paper_say_what_calls_would(place: Place) -> None:
    question = {
        "department_id": str(place.ids["labour"]),
        "item_id": str(place.ids["item"]),
        "fields": ["taxable_income"],
        "purpose": "job_subsidy",
        "whole": True,
    }
    nothing = place.do("officer", "/questions", question)
    assert (nothing["verdicts"], "申请" in nothing["advice"]["zh"]) == ([], True)
    agreement = place.in_force()
    (whole,) = place.do("officer", "/questions", question)["verdicts"]
    assert (whole["allowed"], whole["code"], "区间 · 100,000 一档" in whole["words"]["zh"]) == (False, "mask", True)
    (given,) = place.do("officer", "/questions", {**question, "whole": False})["verdicts"]
    assert (given["allowed"], all(one["met"] for one in given["conditions"])) == (True, True)
    (other,) = place.do("officer", "/questions", {**question, "purpose": "audit", "case": False})["verdicts"]
    assert {one["key"] for one in other["conditions"] if not one["met"]} == {"purpose", "case"}
    assert other["remedy"]["zh"]

    (cell,) = place.get("bureau", "/matrix")["cells"]
    assert (cell["allowed"], cell["fields"], cell["agreements"]) == (True, 2, [agreement["number"]])
    paper = place.ask("officer", "GET", f"/agreements/{agreement['id']}/pdf")
    assert (paper.status_code, paper.content[:5]) in ((200, b"%PDF-"), (503, paper.content[:5]))
    for kind in ("applications", "agreements"):
        assert place.ask("officer", "GET", f"/{kind}/export").content[:2] == b"PK"


def test_a_wish_is_answered_and_a_wrong_value_goes_to_its_owner(place: Place) -> None:
    wish = {
        "title": "公积金缴存状态",
        "wanted": "是否正常缴存",
        "purpose": "job_subsidy",
        "provider_id": str(place.ids["tax"]),
    }
    made = place.do("officer", "/wishes", wish)
    assert place.ask("police", "POST", f"/wishes/{made['id']}/answer", {"answer": "accepted"}).status_code == 403
    assert place.ask("tax_office", "POST", f"/wishes/{made['id']}/answer", {"answer": "declined"}).status_code == 422
    told = place.do("tax_office", f"/wishes/{made['id']}/answer", {"answer": "accepted", "said": "二季度编目"})
    assert (told["state"], told["abilities"]["answer"]) == ("accepted", True)
    agreement = place.in_force()
    wrong = {"item_id": str(place.ids["item"]), "title": "税额与完税证明不符", "reason": "何记豆花店 2025 年度"}
    ticket = place.do("cdo", f"/agreements/{agreement['id']}/corrections", wrong)
    assert ticket["number"].startswith("JH-2026-")
    supply = {one["department"]["name_zh"]: one for one in place.get("officer", "/supply")}
    assert (supply["税务局"]["provides"], supply["税务局"]["conditional"], supply["人力资源和社会保障局"]["uses"]) == (
        1,
        1,
        1,
    )


def test_who_has_no_part_sees_and_does_nothing(place: Place) -> None:
    agreement = place.in_force()
    refused = [
        ("nobody", "GET", "/applications", None, 403),
        ("", "GET", "/applications", None, 401),
        ("police", "GET", f"/agreements/{agreement['id']}", None, 404),
        ("police", "POST", f"/agreements/{agreement['id']}/suspend", {"said": "看看"}, 404),
        ("officer", "POST", f"/agreements/{agreement['id']}/end", {"said": "不要了"}, 403),
        ("officer", "POST", f"/agreements/{agreement['id']}/sign", {}, 403),
        ("cdo", "POST", f"/agreements/{agreement['id']}/sign", {}, 409),
        ("tax_office", "POST", "/applications", place.body(), 409),
    ]
    for who, method, path, body, status in refused:
        answer = place.ask(who, method, path, body)
        assert (who, path, answer.status_code) == (who, path, status), answer.text
    stale = actor_with(department=place.ids["labour"], now=NOW - timedelta(hours=1))
    place.actors["cdo"] = type(stale)(**{**_facts(place.actors["cdo"]), "second_factor_at": NOW - timedelta(hours=1)})
    again = place.ask("cdo", "POST", f"/agreements/{agreement['id']}/suspend", {"said": "核实"})
    assert again.status_code == 401
    assert place.get("officer", "/applications?which=mine")["total"] == 1
    assert place.get("police", "/applications")["total"] == 0


def test_time_ends_what_is_over_and_reminds_before(place: Place) -> None:
    agreement = place.in_force()
    request = call(place, agreement["number"])
    with place.city.database.write() as session:
        actions.sweep(session, now=NOW)
    assert decided(place, request).allowed
    with place.city.database.write() as session:
        actions.sweep(session, now=NOW + timedelta(days=362))
    assert decided(place, request).failed == ("status",)
    assert place.get("officer", f"/agreements/{agreement['id']}")["status"] == "ended"


def _facts(actor: object) -> dict[str, object]:
    names = (
        "subject",
        "kind",
        "name",
        "post",
        "department",
        "acting_for",
        "session",
        "second_factor_at",
        "grants",
        "address",
    )
    return {name: getattr(actor, name) for name in names}


@pytest.mark.parametrize("warranted", [False])
def test_an_application_is_warranted_or_stays_a_draft(place: Place, warranted: bool) -> None:
    made = place.do("officer", "/applications", place.body())
    assert (
        place.ask("officer", "POST", f"/applications/{made['id']}/submit", {"warranted": warranted}).status_code == 422
    )
    assert place.get("officer", f"/applications/{made['id']}")["state"] == "created"


def test_an_agreements_proof_is_verified_by_the_auditors_own_program(place: Place, tmp_path: Path) -> None:
    agreement = place.in_force()
    path = f"/agreements/{agreement['id']}/proof"
    assert place.ask("cdo", "GET", path).json()["code"] == "proof-not-yet"
    site = place.city
    with site.database.write() as session:
        tools = {"keyring": site.engines.keyring, "crypto": site.engines.crypto}
        ledger.make_checkpoint(session, origin=ledger.origin_of(site.settings), **tools, now=NOW)
    told = place.ask("cdo", "GET", path)
    file = tmp_path / "proof.jsonl"
    file.write_bytes(told.content)
    lines = told.content.decode().splitlines()
    receipts = [line for line in lines[1:] if '"proves"' not in line]
    assert f"{agreement['number']} 的 {len(receipts)} 条记录都在" in verify.verify_file(str(file), needed=0)
    kinds = [json.loads(json.loads(line)["entry"])["type"] for line in receipts]
    assert kinds.count("agreement.countersigned@2") == 2
    assert {"agreement.proposed@2", "member.joined@1"} <= set(kinds)
    file.write_text("\n".join([lines[0], *receipts[:-1]]) + "\n")
    with pytest.raises(verify.Wrong, match="are there"):
        verify.verify_file(str(file), needed=0)
    file.write_text(told.content.decode().replace("agreement.proposed", "agreement.suspended"))
    with pytest.raises(verify.Wrong, match="does not stand"):
        verify.verify_file(str(file), needed=0)
    assert place.ask("police", "GET", path).status_code == 404
    assert place.ask("nobody", "GET", path).status_code == 403


@pytest.mark.parametrize(
    ("of", "told", "altered"),
    [
        ("terms_digest", '"daily_quota":500', '"daily_quota":900'),
        ("text_digest", "不得超出约定用途", "可以超出约定用途"),
    ],
    ids=["terms", "text"],
)
def test_the_proof_shows_what_was_signed_and_another_text_is_not_it(
    place: Place, tmp_path: Path, of: str, told: str, altered: str
) -> None:
    agreement, site = place.in_force(), place.city
    with site.database.write() as session:
        tools = {"keyring": site.engines.keyring, "crypto": site.engines.crypto}
        ledger.make_checkpoint(session, origin=ledger.origin_of(site.settings), **tools, now=NOW)
    lines = place.ask("cdo", "GET", f"/agreements/{agreement['id']}/proof").content.decode().splitlines()
    rows = [json.loads(line) for line in lines]
    shown = [row for row in rows if row.get("field") == of]
    assert len(shown) == 2
    assert len([row for row in rows if "key" in row]) == 2
    assert all(told in row["text"] for row in shown)
    shown[1]["text"] = shown[1]["text"].replace(told, altered)
    file = tmp_path / "altered.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows), "utf-8")
    with pytest.raises(verify.Wrong, match="agreement"):
        verify.verify_file(str(file), needed=0)


def test_a_text_that_was_altered_after_it_was_proposed_is_not_signed(place: Place) -> None:
    path = f"/agreements/{place.agreed()['agreement_id']}"
    with place.city.database.write() as session:
        row = session.get_one(agreements.AgreementTerms, (UUID(path.rpartition("/")[2]), 1))
        row.text = json.loads(json.dumps(row.text).replace(json.dumps("不得超出")[1:-1], json.dumps("可以超出")[1:-1]))
    sent = {"checklist": place.get("tax_cdo", path)["to_confirm"]}
    refused = place.ask("tax_cdo", "POST", f"{path}/sign", sent)
    assert (refused.status_code, refused.json()["code"]) == (409, "text-altered")


def test_where_the_rules_name_a_limit_for_the_check_its_clock_runs_from_the_submission_to_the_check(
    place: Place,
) -> None:
    before = place.do("officer", "/applications", place.body())
    assert place.do("officer", f"/applications/{before['id']}/submit", {"warranted": True})["clock"] is None
    with place.city.database.write() as session:
        deadlines.put_bundled_pack(session, SYSTEM, "cn-gaoping-2024", now=NOW)
    made = place.do("officer", "/applications", place.body())
    sent = place.do("officer", f"/applications/{made['id']}/submit", {"warranted": True})
    assert (sent["clock"]["limit"], sent["clock"]["verified"]) == (2, True)
    passed = place.do("office", f"/applications/{made['id']}/pass")
    assert passed["clock"]["limit"] == 5
    with place.city.database.read() as session:
        rows = session.scalars(select(deadlines.Clock).where(deadlines.Clock.name.startswith(made["number"])))
        assert {one.rule: one.status for one in rows} == {
            "sharing.compliance_check": deadlines.Status.MET,
            "sharing.answer_conditional": deadlines.Status.RUNNING,
        }
    back = place.do("officer", "/applications", place.body())
    place.do("officer", f"/applications/{back['id']}/submit", {"warranted": True})
    place.do("office", f"/applications/{back['id']}/send-back", {"said": "依据写全"})
    with place.city.database.read() as session:
        (row,) = session.scalars(select(deadlines.Clock).where(deadlines.Clock.name.startswith(back["number"])))
        assert row.status is deadlines.Status.MET
