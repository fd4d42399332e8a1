"""From the item's page to calls that are allowed, by the API alone: apply, check, answer, sign, use, suspend, end."""

from uuid import UUID

from tests.sharing.agreements.place import NOW, Place
from zhengtong.sharing import agreements, ledger


def call(place: Place, number: str, **changed: object) -> agreements.CallRequest:
    told = {
        "agreement": number,
        "item_id": place.ids["item"],
        "operation": "lookup",
        "fields": ("uscc", "taxable_income"),
        "purpose": "job_subsidy",
        "department_id": place.ids["labour"],
        "at": NOW,
        "case_number": "SL-1120-0316",
        "system_id": place.ids["system"],
        **changed,
    }
    return agreements.CallRequest(**told)  # type: ignore[arg-type]


def decided(place: Place, request: agreements.CallRequest) -> agreements.Decision:
    with place.city.database.read() as session:
        return agreements.decide(agreements.snapshot(session), request, used_today=0, used_total=0)


def test_an_application_becomes_an_agreement_under_which_calls_are_allowed(place: Place) -> None:
    offer = place.get("officer", f"/items/{place.ids['item']}/offer")
    assert [one["name"] for one in offer["fields"]] == ["uscc", "taxpayer_name", "taxable_income", "credit_grade"]
    assert (offer["own"], offer["answer_days"], offer["answer_verified"]) == (False, 10, False)

    made = place.do("officer", "/applications", place.body())
    assert (made["state"], made["code"], made["number"], made["level"]) == (
        "created",
        "created",
        "SQ-2026-0001",
        "general_2",
    )
    sent = place.do("officer", f"/applications/{made['id']}/submit", {"warranted": True})
    assert (sent["state"], sent["code"]) == ("checking", "unAudit")
    passed = place.do("office", f"/applications/{made['id']}/pass", {"said": "确需"})
    assert (passed["state"], passed["clock"]["limit"], passed["clock"]["verified"]) == ("answering", 10, False)
    answered = place.do(
        "tax_office", f"/applications/{made['id']}/answer", {"answer": "agree", "checklist": passed["checklist"]}
    )
    assert (answered["state"], answered["code"], answered["agreement_number"]) == (
        "agreed",
        "unSubscrib",
        "XY-2026-0001",
    )

    proposed = place.get("cdo", f"/agreements/{answered['agreement_id']}")
    assert (proposed["status"], [one["name_zh"] for one in proposed["awaited"]]) == (
        "proposed",
        ["税务局", "人力资源和社会保障局"],
    )
    assert not decided(place, call(place, proposed["number"])).allowed
    agreement = place.sealed(answered["agreement_id"])
    assert (agreement["status"], agreement["in_force"], agreement["awaited"]) == ("in_force", 1, [])
    assert [one["side"] for one in agreement["seals"]] == ["provider", "consumer"]
    assert all(one["index"] is not None for one in agreement["seals"])

    told = decided(place, call(place, agreement["number"]))
    assert (told.allowed, told.fields, told.bands) == (
        True,
        {"uscc": "full", "taxable_income": "general"},
        {"taxable_income": "100000"},
    )
    assert place.get("officer", f"/applications/{made['id']}")["state"] == "providing"


def test_the_seals_on_an_agreement_verify_against_the_ledger(place: Place) -> None:
    agreement = place.in_force()
    with place.city.database.read() as session:
        written = session.get_one(agreements.AgreementTerms, (UUID(agreement["id"]), 1))
        payload = agreements.seal_payload(written)
        for one in agreement["seals"]:
            seal = ledger.Seal(
                one["department"]["id"].replace("-", ""), one["key_id"], one["custody"], one["signature"]
            )
            assert ledger.verify_seal(session, seal, payload, crypto=place.city.engines.crypto)
            assert not ledger.verify_seal(session, seal, payload + b" ", crypto=place.city.engines.crypto)


def test_a_suspended_agreement_allows_nothing_and_only_who_suspended_it_resumes_it(place: Place) -> None:
    agreement = place.in_force()
    path = f"/agreements/{agreement['id']}"
    request = call(place, agreement["number"])
    with place.city.database.read() as session:
        before = ledger.contract_seq(session)
    stopped = place.do("tax_office", f"{path}/suspend", {"said": "核实异常调用"})
    assert (stopped["status"], stopped["stopped_by"], stopped["abilities"]["resume"]) == ("suspended", "provider", True)
    with place.city.database.read() as session:
        assert ledger.contract_seq(session) == before + 1
    refused = decided(place, request)
    assert (refused.allowed, refused.failed) == (False, ("status",))
    assert "已暂停" in refused.zh
    assert refused.remedy_zh

    other = place.ask("office", "POST", f"{path}/resume", {"said": "已核实"})
    assert (other.status_code, "提供方" in other.json()["detail"] + other.json()["title"]) == (409, True)
    place.do("tax_office", f"{path}/resume", {"said": "已核实"})
    assert decided(place, request).allowed
    place.do("bureau", f"{path}/end", {"said": "职责已划转"})
    assert decided(place, request).failed == ("status",)


def test_what_is_shared_unconditionally_is_authorised_when_the_own_office_passes_it_on(place: Place) -> None:
    item = str(place.ids["open_item"])
    body = place.body(fields={item: {"uscc": "full", "credit_grade": "full"}}) | {"item_id": item}
    made = place.do("officer", "/applications", body)
    assert any(one["code"] == "unconditional" for one in made["hints"])
    place.do("officer", f"/applications/{made['id']}/submit", {"warranted": True})
    passed = place.do("office", f"/applications/{made['id']}/pass")
    assert (passed["state"], [one["deed"] for one in passed["deeds"]][-2:]) == ("agreed", ["pass", "authorise"])
    assert place.get("cdo", f"/agreements/{passed['agreement_id']}")["status"] == "proposed"
