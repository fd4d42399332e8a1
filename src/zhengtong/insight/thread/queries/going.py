"""Where the value went: the agreement, what was decided, the call with its receipt, the person who sees it."""

from datetime import timedelta

from zhengtong.insight.thread import schemas
from zhengtong.insight.thread.queries import entering, proofs
from zhengtong.insight.thread.queries.coming import absent, closed
from zhengtong.insight.thread.queries.reading import Focus, Reading, fact, parties, words
from zhengtong.insight.thread.rules import FOR_THE_PERSON, NOT_FOR_PERSONS, Kind, Shown, Step
from zhengtong.sharing import agreements, gateway


def agreement_step(reading: Reading, focus: Focus) -> schemas.ThreadStep:
    """Under what terms the data may be used."""
    one = focus.agreement
    if one is None:
        return absent(Step.AGREEMENT, "还没有部门就这项数据签过协议。", "No agreement has been made on it yet.")
    desk = agreements.desk(reading.session, reading.actor)
    seen = agreements.visible_agreements(desk).where(agreements.Agreement.id == one.id)
    sides = parties(reading, [one.provider_id, one.department_id])
    if reading.session.scalar(seen) is None:
        if focus.kind is not Kind.USE:
            return closed(Step.AGREEMENT, focus, agreements.READ)
        return schemas.ThreadStep(
            step=Step.AGREEMENT,
            shown=Shown.NAMED,
            title=words(one.number, one.number),
            said=words(
                "两个部门签的协议，写明用途、字段和期限", "The two departments' agreement on purpose, fields and term"
            ),
            reason=schemas.ThreadWords.of(NOT_FOR_PERSONS),
            who=sides,
        )
    terms = proofs.terms_of(reading, focus)
    facts = [fact("有效期", "Term", f"{one.valid_from} – {one.valid_to}")]
    if terms is not None:
        facts += _terms_facts(focus, terms)
    return schemas.ThreadStep(
        step=Step.AGREEMENT,
        id=str(one.id),
        title=words(one.number, one.number),
        said=words(
            f"条款第 {focus.terms_version} 版，双方签署", f"Terms version {focus.terms_version}, sealed by both"
        ),
        at=terms.in_force_at if terms else one.created_at,
        who=sides,
        facts=facts,
        proof=proofs.agreement_proof(reading, focus),
        link=f"/sharing/agreements/{one.id}",
        count=entering.count(reading, entering.agreed(reading, focus)),
    )


def decision_step(reading: Reading, focus: Focus) -> schemas.ThreadStep:
    """How the contract decided the call."""
    call = focus.call
    if call is None:
        return absent(Step.DECISION, "还没有调用，合约还没有裁决过。", "Nothing was called, so nothing was decided.")
    if not _sees_call(reading, focus):
        return closed(Step.DECISION, focus, gateway.READ)
    purpose = gateway.purpose_words(call.purpose)
    facts = [
        fact("用途", "Purpose", purpose["zh"], purpose["en"]),
        fact("操作", "Operation", call.operation),
        fact("策略版本", "Policy", call.policy),
    ]
    if focus.kind is not Kind.USE:
        facts.append(fact("受理号", "Case", call.case_number or "–"))
    passed = not call.code
    return schemas.ThreadStep(
        step=Step.DECISION,
        id=str(call.receipt_id),
        title=words("准" if passed else "不准", "Allowed" if passed else "Refused"),
        said=words(
            f"为{purpose['zh']}，合约当场裁决" if passed else f"不符合“{call.code}”这一条",
            f"For {purpose['en']}, decided by the contract" if passed else f"The condition {call.code} was not met",
        ),
        at=call.request_in,
        facts=facts,
        proof=proofs.decision_proof(reading, focus),
        link=_receipt_link(focus),
    )


def call_step(reading: Reading, focus: Focus) -> schemas.ThreadStep:
    """What was given, and the receipt of it."""
    call = focus.call
    if call is None:
        return absent(Step.CALL, "还没有被调用过。", "It was never called yet.")
    if not _sees_call(reading, focus):
        return closed(Step.CALL, focus, gateway.READ)
    if call.code:
        return absent(Step.CALL, "这次调用被拦下，什么也没有给出。", "The call was refused; nothing was given.")
    given = [str(one) for one in focus.body.get("fields", [])]
    facts = [fact("行数", "Rows", f"{call.rows:,}"), fact("给出的字段", "Fields given", len(given))]
    if focus.field:
        mask = next((one.partition(":")[2] for one in given if one.partition(":")[0] == focus.field), "omit")
        facts.append(fact("这个字段的给法", "How this field is given", _mask(mask)[0], _mask(mask)[1]))
    if focus.lake_version is not None:
        facts.append(fact("取自湖中版本", "From the lake's version", focus.lake_version))
    return schemas.ThreadStep(
        step=Step.CALL,
        id=str(call.receipt_id),
        title=words(f"{call.rows:,} 行", f"{call.rows:,} rows"),
        said=words(
            "按约定脱敏后供出，回执先落账再放行", "Masked as agreed; the receipt was durable before the answer left"
        ),
        at=call.response_out,
        who=parties(reading, [call.provider_id, call.consumer_id]),
        facts=facts,
        proof=proofs.call_proof(reading, focus),
        link=_receipt_link(focus),
        count=1 if focus.kind is Kind.USE else entering.count(reading, entering.calls(reading, focus)),
    )


def view_step(reading: Reading, focus: Focus) -> schemas.ThreadStep:
    """What those whom the answer named see of it."""
    call = focus.call
    if call is None or call.code:
        return absent(Step.VIEW, "没有供出，本人那里也没有记录。", "Nothing was given, so nobody has it on their list.")
    if focus.person is not None:
        return _own_view(reading, focus, call)
    if not _sees_call(reading, focus):
        return closed(Step.VIEW, focus, gateway.READ)
    zh, en = _when_shown(reading, call)
    return schemas.ThreadStep(
        step=Step.VIEW,
        shown=Shown.OPEN if call.about else Shown.ABSENT,
        title=words(f"{call.about} 个主体", f"{call.about} persons or firms") if call.about else None,
        said=words(zh, en) if call.about else None,
        reason=schemas.ThreadWords.of(FOR_THE_PERSON)
        if call.about
        else words("供出的内容没有涉及具体的人或企业。", "The answer named nobody."),
        at=call.response_out if call.about else None,
    )


def _own_view(reading: Reading, focus: Focus, call: gateway.Call) -> schemas.ThreadStep:
    assert focus.person is not None
    (use,) = gateway.use_lines(reading.session, focus.person, [call], now=reading.now)
    seen = "、".join(one["zh"] for one in use.fields)
    facts = [fact("看了", "Saw", seen, ", ".join(one["en"] for one in use.fields))]
    if use.masked:
        facts.append(fact("只看到区间、化名或一部分", "Seen in part only", f"{len(use.masked)} 项", len(use.masked)))
    who = use.department.name_zh if use.department else ""
    return schemas.ThreadStep(
        step=Step.VIEW,
        id=str(call.receipt_id),
        title=words(focus.person.name, focus.person.name),
        said=words(
            f"“为{use.purpose['zh']}，{who}查了我的{use.item_zh}”",
            f"“For {use.purpose['en']}, my {use.item_en} was looked at”",
        ),
        at=call.response_out,
        who=parties(reading, [call.consumer_id]),
        facts=facts,
        proof=proofs.call_proof(reading, focus),
        link="/my-data",
    )


def _sees_call(reading: Reading, focus: Focus) -> bool:
    if focus.call is None:
        return False
    seen = gateway.visible_calls(reading.actor).where(gateway.Call.number == focus.call.number)
    return focus.person is not None or reading.session.scalar(seen) is not None


def _receipt_link(focus: Focus) -> str | None:
    return f"/sharing/calls/{focus.call.receipt_id}" if focus.call and focus.person is None else None


def _terms_facts(focus: Focus, terms: agreements.AgreementTerms) -> list[schemas.ThreadFact]:
    purposes = [gateway.purpose_words(str(one)) for one in terms.terms.get("purposes", [])]
    masks = terms.terms.get("fields", {}).get(focus.item.id.hex, {}) if focus.item else {}
    facts = [
        fact("用途", "Purposes", "、".join(one["zh"] for one in purposes), ", ".join(one["en"] for one in purposes)),
        fact("约定字段", "Fields agreed", len(masks)),
    ]
    if focus.field:
        zh, en = _mask(str(masks.get(focus.field, "omit")))
        facts.append(fact("这个字段的给法", "How this field is given", zh, en))
    return facts


_MASKS = {
    "full": ("原样", "whole"),
    "partial": ("部分隐去", "in part"),
    "pseudonym": ("化名", "pseudonym"),
    "general": ("概化", "generalised"),
    "omit": ("不给", "not given"),
}


def _mask(mask: str) -> tuple[str, str]:
    kind = agreements.mask_kind(mask)
    return _MASKS.get(kind, (kind, kind))


def _when_shown(reading: Reading, call: gateway.Call) -> tuple[str, str]:
    rule = agreements.disclosure(call.purpose)
    if gateway.is_shown(call, now=reading.now):
        return "他们在“谁查了我的数据”里已能看到", "They see it under “who looked at my data”"
    if rule["show"] == "delayed":
        day = (call.response_out + timedelta(days=int(rule["days"]))).date()
        return f"{day} 起他们能看到", f"They will see it from {day} on"
    return "依法不向本人列出", "By law it is not listed to them"
