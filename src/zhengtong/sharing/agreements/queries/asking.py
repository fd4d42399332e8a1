"""May X read Y for Z? Asked of the same `decide` that every call goes through; nothing is called, no data are read."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.kernel.errors import Words
from zhengtong.sharing import ledger
from zhengtong.sharing.agreements import rules, schemas
from zhengtong.sharing.agreements.queries import naming, packs, refs
from zhengtong.sharing.agreements.queries.snapshots import snapshot
from zhengtong.sharing.agreements.rules import Contract, Status

MOST_DEPARTMENTS, MOST_ITEMS = 40, 40
_APPLY = Words(
    "没有协议。请从数据目录找到这个数据项，申请使用。",
    "There is no agreement. Find the item in the catalogue and apply for it.",
)
_FINE = Words("", "")


def ask(session: Session, question: schemas.QuestionIn, *, now: datetime) -> schemas.Verdicts:
    """What each agreement of the department on the item answers, the best first."""
    at = question.at or now
    known = snapshot(session)
    department, item = question.department_id.hex, question.item_id.hex
    held = [one for one in _contracts(known) if department in one.consumers and item in one.terms.item_ids]
    verdicts = [_verdict(session, known, one, question, at) for one in held]
    verdicts.sort(key=lambda one: (not one.allowed, sum(not each.met for each in one.conditions), one.agreement_number))
    return schemas.Verdicts(at=at, verdicts=verdicts, advice=refs.both(_FINE if verdicts else _APPLY))


def matrix(session: Session, *, departments: Iterable[UUID], items: Iterable[UUID], now: datetime) -> schemas.MatrixOut:
    """Who may what: for each department and item that have an agreement, as decided now with everything in order."""
    known, only_d, only_i = snapshot(session), set(departments), set(items)
    pairs: dict[tuple[str, str], list[Contract]] = {}
    for one in _contracts(known):
        if one.status is Status.ENDED:
            continue
        for item in one.terms.item_ids:
            if (not only_i or UUID(item) in only_i) and (not only_d or UUID(one.consumers[-1]) in only_d):
                pairs.setdefault((_last(one, only_d), item), []).append(one)
    rows = sorted({key[0] for key in pairs})
    columns = sorted({key[1] for key in pairs})
    more = len(rows) > MOST_DEPARTMENTS or len(columns) > MOST_ITEMS
    rows, columns = rows[:MOST_DEPARTMENTS], columns[:MOST_ITEMS]
    places = refs.parties(session, [UUID(one) for one in rows])
    wanted = [UUID(one) for one in columns]
    there = session.scalars(select(catalogue.Item).where(catalogue.Item.id.in_(wanted)).order_by(catalogue.Item.code))
    cells = [
        _cell(known, department, item, held, now)
        for (department, item), held in sorted(pairs.items())
        if department in rows and item in columns
    ]
    return schemas.MatrixOut(
        at=now, departments=list(places.values()), items=[refs.item(one) for one in there], cells=cells, more=more
    )


def vocabulary() -> schemas.ContractWords:
    """Every word that pages need."""
    course, told = packs.course(), packs.pack
    return schemas.ContractWords(
        purposes=[{"code": code, **one} for code, one in told("purposes")["purposes"].items()],
        masks=[{"key": key, **_told(rules.mask_in_words(key))} for key in rules.MASKS if key != "omit"],
        ways=[{"key": key, **_told(rules.WAY_WORDS[key])} for key in rules.WAYS],
        states=[
            {"key": key.value, "code": one.code, "next": one.next, **_told(one.label)}
            for key, one in course.states.items()
        ],
        points=[
            {"key": key, **_told(packs.point_words(key)), "by": one["by"]}
            for key, one in told("checklist")["points"].items()
        ],
        refusal_bases=[{"key": key, "suffices": one.suffices, **_told(one.label)} for key, one in course.bases.items()],
        conditions=[{"key": key, **_told(one.label)} for key, one in packs.policy().conditions.items()],
        policy_version=packs.POLICY,
    )


def _contracts(known: rules.Snapshot) -> list[Contract]:
    return list({one.id: one for one in known.contracts.values()}.values())


def _last(one: Contract, wanted: set[UUID]) -> str:
    return next((each for each in one.consumers if UUID(each) in wanted), one.consumers[0])


def _verdict(
    session: Session, known: rules.Snapshot, one: Contract, question: schemas.QuestionIn, at: datetime
) -> schemas.VerdictOut:
    terms = one.terms
    call = rules.CallRequest(
        agreement=one.number,
        item_id=question.item_id,
        operation=question.operation,
        fields=tuple(question.fields),
        purpose=question.purpose,
        department_id=question.department_id,
        at=at,
        case_number="?" if question.case else "",
        system_id=terms.systems[0] if terms.systems else "",
        person_id=terms.persons[0] if terms.persons else "",
        post=terms.posts[0] if terms.posts else "",
        second_factor_at=at,
        keys=question.keys,
    )
    told = rules.decide(known, call, used_today=question.used_today, used_total=0, purposes=packs.purposes())
    masks = terms.fields.get(question.item_id.hex, {})
    lesser = [name for name in question.fields if question.whole and rules.mask_kind(masks.get(name, "omit")) != "full"]
    whole = told.allowed and not lesser
    facts = rules.facts_of(one, call, question.used_today, 0, packs.purposes())
    words, remedy = (told.why, told.remedy) if told.allowed is whole else _only_lesser(session, one, lesser, masks)
    return schemas.VerdictOut(
        agreement_id=UUID(one.id),
        agreement_number=one.number,
        terms_version=one.version,
        allowed=whole,
        code=told.code if told.allowed is whole else "mask",
        words=refs.both(words),
        remedy=refs.both(remedy),
        conditions=_conditions(known.policy, told.failed, facts),
        fields=dict(told.fields),
        given=[refs.both(rules.mask_in_words(masks[name])) for name in question.fields if name in masks],
        policy_version=told.policy_version,
        inputs=told.inputs.decode(),
        digest=told.inputs_digest(ledger.sm3),
    )


def _only_lesser(session: Session, one: Contract, names: list[str], masks: Mapping[str, str]) -> tuple[Words, Words]:
    """The agreement gives the fields, but not whole."""
    known = naming.names(session, one.terms, UUID(one.consumers[0])).fields
    said = {name: next((each[name] for each in known.values() if name in each), Words(name, name)) for name in names}
    how = [rules.mask_in_words(masks.get(name, "omit")) for name in names]
    zh = "；".join(f"{said[name].zh}只给{one.zh}" for name, one in zip(names, how, strict=True))
    en = "; ".join(f"{said[name].en} is given {one.en} only" for name, one in zip(names, how, strict=True))
    why = Words(f"协议不给原值：{zh}。", f"The agreement does not give it whole: {en}.")
    remedy = Words(
        "改读协议给的程度，现在就可以；确需原值的，说明理由申请变更。",
        "Read it as agreed, at once; or ask for a change, with the reason.",
    )
    return why, remedy


def _conditions(policy: rules.Policy, failed: tuple[str, ...], facts: dict[str, object]) -> list[schemas.ConditionOut]:
    return [
        schemas.ConditionOut(
            key=key,
            label=refs.both(one.label),
            met=key not in failed,
            words=schemas.BothWords(zh=one.why.zh.format(**facts), en=one.why.en.format(**facts))
            if key in failed
            else schemas.BothWords(zh="满足", en="met"),
        )
        for key, one in policy.conditions.items()
        if key not in (rules.UNKNOWN, rules.ERROR) or key in failed
    ]


def _cell(known: rules.Snapshot, department: str, item: str, held: list[Contract], now: datetime) -> schemas.MatrixCell:
    """The best of the agreements, asked for all its fields in the way it agrees to."""
    answers = [(one, _asked_whole(known, one, department, item, now)) for one in held]
    best, told = min(answers, key=lambda pair: (not pair[1].allowed, pair[0].number))
    masks = best.terms.fields.get(item, {})
    return schemas.MatrixCell(
        department_id=UUID(department),
        item_id=UUID(item),
        agreements=[one.number for one in held],
        agreement_ids=[UUID(one.id) for one in held],
        allowed=told.allowed,
        fields=sum(rules.mask_kind(mask) != "omit" for mask in masks.values()),
        level=best.terms.level,
        why=refs.both(told.why),
    )


def _asked_whole(known: rules.Snapshot, one: Contract, department: str, item: str, now: datetime) -> rules.Decision:
    terms = one.terms
    operation = next(name for name, way in rules.OPERATIONS.items() if way == terms.ways[0])
    masks = terms.fields.get(item, {})
    call = rules.CallRequest(
        agreement=one.number,
        item_id=item,
        operation=operation,
        fields=tuple(name for name, mask in masks.items() if rules.mask_kind(mask) != "omit"),
        purpose=terms.purposes[0],
        department_id=department,
        at=now,
        case_number="?",
        system_id=terms.systems[0] if terms.systems else "",
        person_id=terms.persons[0] if terms.persons else "",
        post=terms.posts[0] if terms.posts else "",
        second_factor_at=now,
    )
    return rules.decide(known, call, used_today=0, used_total=0, purposes=packs.purposes())


def _told(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
