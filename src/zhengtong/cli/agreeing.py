"""Furnishing the demo's sharing: the story's agreement (企业纳税信息, 税务局 → 人社局), and applications in every state beside it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong import app
from zhengtong.data import catalogue
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.db import new_id
from zhengtong.office import identity
from zhengtong.sharing import agreements

STORY_APPLICATION, STORY_AGREEMENT = 873, 390
LONG = 365
ROWS = {"SJ-3102": 24}
"""Rows of one call, where one look-up by a firm's code finds several: its payments of two years."""
BASES = {
    "job_subsidy": ("《云溪市稳岗补贴办法》第六条", "审核企业是否符合稳岗补贴条件"),
    "market_supervision": ("《市场主体登记管理条例》", "核对登记信息，监督经营行为"),
    "medical_assistance": ("《社会救助暂行办法》", "核对救助对象，办理医疗救助"),
    "social_insurance": ("《社会保险法》", "核对参保人员的登记信息"),
    "licence_review": ("《行政许可法》", "审查申请人的资格条件"),
    "audit": ("《审计法》", "对资金和项目进行审计监督"),
}
# number of the item, who asks, purpose, how far it goes, fields by how much of each
CASES: tuple[tuple[str, str, str, str, Mapping[str, str]], ...] = (
    (
        "SJ-3102",
        "人社局",
        "job_subsidy",
        "in_force",
        {"uscc": "full", "period": "full", "amount_fen": "general:100000"},
    ),
    ("SJ-3102", "市场监管局", "market_supervision", "suspended", {"uscc": "full", "amount_fen": "general:yes_no"}),
    ("SJ-1101", "人社局", "job_subsidy", "in_force", {"uscc": "full", "name": "full", "status": "full"}),
    ("SJ-1101", "公安局", "licence_review", "answering", {"uscc": "full", "name": "full", "legal_person": "full"}),
    ("SJ-2101", "人社局", "social_insurance", "proposed", {"id_number": "pseudonym", "name": "partial"}),
    ("SJ-2101", "民政局", "medical_assistance", "supplementing", {"id_number": "pseudonym", "address": "general"}),
    ("SJ-2101", "审计局", "audit", "refused", {"id_number": "full", "name": "full", "phone": "full"}),
    ("SJ-3103", "民政局", "medical_assistance", "checking", {"id_number": "pseudonym", "wage_fen": "general"}),
    ("SJ-3103", "人社局", "social_insurance", "sent_back", {"id_number": "pseudonym", "period": "full"}),
    ("SJ-4108", "人社局", "job_subsidy", "created", {"case_id": "full", "kind": "full"}),
    ("SJ-4108", "审计局", "audit", "ended", {"case_id": "full", "monthly_fen": "general"}),
    ("SJ-4108", "公安局", "licence_review", "invalid", {"case_id": "full", "kind": "full"}),
    (
        "SJ-2101",
        "市场监管局",
        "licence_review",
        "in_force",
        {"id_number": "full", "name": "full", "address": "general"},
    ),
)


def agree(city: app.City) -> None:
    """This will put applications in every state before the city, the story's first; once is enough."""
    now = clock.now()
    with city.database.write() as session:
        if session.scalar(select(agreements.Application.id).limit(1)):
            return
        agreements.count_from(session, "SQ", STORY_APPLICATION, now=now)
        agreements.count_from(session, "XY", STORY_AGREEMENT, now=now)
    for case in CASES:
        with city.database.write() as session:
            _one(session, city, *case, now=now)
    with city.database.write() as session:
        _wishes(session, now=now)


def apply(
    session: Session, item: catalogue.Item, who: str, purpose: str, masks: Mapping[str, str], *, now: datetime
) -> None:
    """This will have a department ask for an item, and the data bureau pass it on to the provider."""
    place = _department(session, who)
    if place is None or place.id == item.department_id:
        return
    one = agreements.draft(session, SYSTEM, _asked(session, item, place, purpose, masks, now), body=place.id, now=now)
    session.refresh(one, ["item"])
    agreements.submit(session, SYSTEM, one, agreements.SubmitIn(warranted=True), now=now)
    agreements.pass_on(session, SYSTEM, one, said="", now=now)


def respond(session: Session, one: agreements.Application, *, agree: bool, now: datetime) -> None:
    """This will have the provider agree, or refuse with a legal ground."""
    if agree:
        points = agreements.points(personal=True, by="provider")
        agreements.answer(session, SYSTEM, one, agreements.AnswerIn(answer="agree", checklist=points), now=now)
        return
    said = "申请的字段超出办理事项所需，请缩小范围后再申请"
    law = "《政务数据共享条例》"
    sent = agreements.AnswerIn(answer="refuse", said=said, refusal_basis="not_needed", refusal_law=law)
    agreements.answer(session, SYSTEM, one, sent, now=now)


def countersign(session: Session, city: app.City, agreement_id: UUID, *, now: datetime) -> None:
    """This will have both sides sign."""
    _sign(session, city, agreement_id, "in_force", now=now)


def _one(
    session: Session,
    city: app.City,
    item: str,
    who: str,
    purpose: str,
    until: str,
    masks: Mapping[str, str],
    *,
    now: datetime,
) -> None:
    found = catalogue.item_by_code(session, item)
    place = _department(session, who)
    if found is None or place is None or found.department_id == place.id:
        return
    one = agreements.draft(session, SYSTEM, _asked(session, found, place, purpose, masks, now), body=place.id, now=now)
    session.refresh(one, ["item"])
    if until == "created":
        return
    agreements.submit(session, SYSTEM, one, agreements.SubmitIn(warranted=True), now=now)
    if until == "checking":
        return
    if until == "sent_back":
        agreements.send_back(session, SYSTEM, one, said="请说明为什么需要逐月明细", now=now)
        return
    agreements.pass_on(session, SYSTEM, one, said="", now=now)
    _go_on(session, city, one, until, now=now)


def _go_on(session: Session, city: app.City, one: agreements.Application, until: str, *, now: datetime) -> None:
    if until == "supplementing":
        agreements.ask_supplement(session, SYSTEM, one, said="请补充个人信息保护影响评估", now=now)
    elif until == "refused":
        law = "《个人信息保护法》第三十四条"
        sent = agreements.AnswerIn(
            answer="refuse", said="联系电话与审计事项无关，请缩小范围", refusal_basis="not_needed", refusal_law=law
        )
        agreements.answer(session, SYSTEM, one, sent, now=now)
    elif until == "invalid":
        agreements.withdraw(session, SYSTEM, one, said="改用已有协议", now=now)
    elif until in ("proposed", "in_force", "suspended", "ended"):
        points = agreements.points(personal=True, by="provider")
        agreements.answer(session, SYSTEM, one, agreements.AnswerIn(answer="agree", checklist=points), now=now)
        if until != "proposed" and one.agreement_id:
            _sign(session, city, one.agreement_id, until, now=now)


def _sign(session: Session, city: app.City, agreement_id: UUID, until: str, *, now: datetime) -> None:
    agreement = agreements.get_agreement(session, agreement_id)
    points = [*agreements.points(personal=True, by="consumer"), *agreements.points(personal=True, by="provider")]
    for side in (agreement.provider_id, agreement.department_id):
        keys: dict[str, Any] = {"keyring": city.engines.keyring, "crypto": city.engines.crypto}
        agreements.sign(session, SYSTEM, agreement, checklist=points, side=side, **keys, now=now)
    if until == "suspended":
        agreements.suspend(session, SYSTEM, agreement, said="核实一批异常调用，核实期间暂停", now=now)
    if until == "ended":
        agreements.end(session, SYSTEM, agreement, said="审计项目已经结束", now=now)


def _asked(
    session: Session,
    item: catalogue.Item,
    place: identity.Department,
    purpose: str,
    masks: Mapping[str, str],
    now: datetime,
) -> agreements.ApplicationIn:
    today = identity.law_day(now)
    basis, scene = BASES[purpose]
    kept = {field.name for field in catalogue.fields_of(session, item.id)}
    terms = agreements.TermsIn(
        fields={item.id: {name: mask for name, mask in masks.items() if name in kept}},
        purposes=[purpose],
        systems=[_system(session, place, now)],
        max_rows=ROWS.get(item.number or "", 1),
        valid_from=today,
        valid_to=date.fromordinal((today + timedelta(days=LONG)).toordinal()),
    )
    return agreements.ApplicationIn(item_id=item.id, basis=basis, scene=scene, terms=terms)


def _department(session: Session, short: str) -> identity.Department | None:
    named = select(identity.Department).where(
        identity.Department.short_name == short, identity.Department.parent_id.is_not(None)
    )
    return session.scalar(named.limit(1))


def _system(session: Session, place: identity.Department, now: datetime) -> UUID:
    """The department's business system; made for the story where it has none."""
    found = session.scalar(select(identity.System).where(identity.System.department_id == place.id).limit(1))
    if found is None:
        name = "稳岗补贴经办系统" if place.short_name == "人社局" else f"{place.short_name}业务系统"
        found = identity.System(id=new_id(), name=name, department_id=place.id, created_at=now)
        session.add(found)
        session.flush()
    return found.id


def _wishes(session: Session, *, now: datetime) -> None:
    for who, title, wanted, purpose in (
        ("人社局", "公积金缴存状态", "单位是否正常缴存住房公积金，用来核对在岗人数", "job_subsidy"),
        ("民政局", "机动车登记状态", "救助家庭名下是否有机动车，只要有无", "medical_assistance"),
    ):
        if place := _department(session, who):
            agreements.wish(
                session, SYSTEM, agreements.WishIn(title=title, wanted=wanted, purpose=purpose), body=place.id, now=now
            )
