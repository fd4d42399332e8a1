"""Leads: found once for a rule and a being, told to the bureau, followed up until they are settled."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.entities import errors, events, queries, rules
from zhengtong.data.entities.permissions import FOLLOW
from zhengtong.data.entities.rules import CLOSED, LIVE, LeadState, RuleSpec
from zhengtong.data.entities.tables import Entity, Lead, LeadCounter, LeadStep, Record, RuleRow
from zhengtong.kernel import audit
from zhengtong.kernel.actor import SYSTEM, Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce
from zhengtong.office import deadlines, identity, notices

ABOUT = "entities.lead"
SHOWN = 20


@dataclass(slots=True)
class Finding:
    """What speaks of one being: rows of each side by their place, masked, at most SHOWN a side."""

    entity_id: UUID
    rows: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, set[str]] = field(default_factory=lambda: {"left": set(), "right": set()})

    def evidence(self) -> list[dict[str, Any]]:
        """The rows to be shown, in a fixed order."""
        shown: list[dict[str, Any]] = []
        for side in ("left", "right"):
            shown += [self.rows[key] for key in sorted(self.rows) if key[0] == side][:SHOWN]
        return shown

    @property
    def left_out(self) -> int:
        return len(self.rows) - len(self.evidence())

    def digest(self) -> str:
        told = json.dumps(sorted([side, place] for side, places in self.seen.items() for place in places))
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def put_lead(session: Session, rule_id: UUID, spec: RuleSpec, finding: Finding, *, now: datetime) -> Lead | None:
    """This will write what was found: a new lead, or the evidence of the one there is. Returns the lead where it is new.

    A closed lead stays closed: what somebody has settled is not asked again.
    """
    lead = _standing(session, rule_id, finding.entity_id)
    evidence = [*finding.evidence(), {"left_out": finding.left_out}]
    if lead is not None:
        _bring_up_to_date(session, lead, evidence, finding.digest(), now)
        return None
    rule = session.get_one(RuleRow, rule_id)
    department = session.get_one(catalogue.Item, UUID(rule.items[spec.followed_by])).department_id
    entity = session.get(Entity, finding.entity_id)
    lead = Lead(
        id=new_id(),
        number=_number(session, identity.law_day(now).year),
        rule_id=rule_id,
        kind=spec.kind,
        entity_id=finding.entity_id,
        name=queries.entity_line(entity).name if entity else "",
        department_id=department,
        state=LeadState.OPEN,
        evidence=evidence,
        digest=finding.digest(),
        found_at=now,
        changed_at=now,
    )
    session.add(lead)
    session.flush()
    _step(session, lead, "found", SYSTEM, now, spec.zh)
    _start_clock(session, SYSTEM, lead, spec, now)
    announce(session, events.LeadFound(lead.id, lead.number, spec.code, spec.kind.value, department))
    return lead


def _standing(session: Session, rule_id: UUID, entity_id: UUID) -> Lead | None:
    """The rule's lead about this being, also where it was found when the being was still two."""
    members = select(Record.id).where(Record.entity_id == entity_id)
    asked = select(Lead).where(Lead.rule_id == rule_id, Lead.entity_id.in_(members)).order_by(Lead.found_at)
    return session.scalars(asked.limit(1)).first()


def _bring_up_to_date(session: Session, lead: Lead, evidence: list[Any], digest: str, now: datetime) -> None:
    if lead.state in CLOSED:
        return
    if lead.gone_at is not None:
        lead.gone_at, lead.changed_at = None, now
        _step(session, lead, "again", SYSTEM, now)
    if lead.digest != digest:
        lead.evidence, lead.digest, lead.changed_at = evidence, digest, now
        _step(session, lead, "more", SYSTEM, now)


def close_gone(session: Session, rule_id: UUID, found: Collection[UUID], *, now: datetime) -> None:
    """This will note on live leads that the data no longer contradict; a person closes them, saying how it was mended."""
    live = select(Lead).where(Lead.rule_id == rule_id, Lead.state.in_(LIVE), Lead.gone_at.is_(None))
    for lead in session.scalars(live).all():
        now_in = session.scalar(select(Record.entity_id).where(Record.id == lead.entity_id))
        if lead.entity_id not in found and now_in not in found:
            lead.gone_at, lead.changed_at = now, now
            _step(session, lead, "gone", SYSTEM, now)


def tell_departments(session: Session, spec: RuleSpec, new: Sequence[UUID], *, now: datetime) -> None:
    """This will tell those who follow leads up how many their department has got; once a run, not once a lead."""
    by_department: dict[UUID, list[Lead]] = {}
    for lead_id in new:
        lead = session.get_one(Lead, lead_id)
        by_department.setdefault(lead.department_id, []).append(lead)
    for department, leads in by_department.items():
        to = queries.followers(session, FOLLOW, on=identity.law_day(now), department_id=department)
        told = {"count": len(leads), "rule": {"zh": spec.zh, "en": spec.en}, "first": leads[0].number}
        link = f"/leads/{leads[0].id}" if len(leads) == 1 else f"/leads?rule={spec.code}"
        notices.tell(session, to=to, kind="entities.leads_found", parameters=told, now=now, link=link)


def assign_lead(session: Session, actor: Actor, lead: Lead, person_id: UUID, *, now: datetime) -> Lead:
    """This will give a lead to a person of its department. Needs FOLLOW there. Raises LeadClosed, AssigneeUnfit."""
    require(actor, FOLLOW, lead, now=now)
    _still_live(lead)
    person = session.get(identity.Person, person_id)
    posts = identity.postings_of(session, person_id, on=identity.law_day(now)) if person and person.active else []
    if person is None or lead.department_id not in {one.post.department_id for one in posts}:
        raise errors.AssigneeUnfit()
    before = lead.assigned_name
    lead.assigned_to, lead.assigned_name, lead.state, lead.changed_at = person.id, person.name, LeadState.ASSIGNED, now
    _step(session, lead, "assigned", actor, now, person.name)
    audit.record(
        session, actor, "entities.lead_assigned", lead, before={"to": before}, after={"to": person.name}, at=now
    )
    if person.id != actor.subject:
        told = {"number": lead.number, "by": actor.name}
        notices.tell(
            session, to=[person.id], kind="entities.lead_assigned", parameters=told, now=now, link=f"/leads/{lead.id}"
        )
    return lead


def close_lead(
    session: Session,
    actor: Actor,
    lead: Lead,
    outcome: Literal["confirmed", "explained", "dismissed"],
    *,
    reason: str,
    now: datetime,
) -> Lead:
    """This will settle a lead, with the reason, and end its clock. Needs FOLLOW in its department. Raises LeadClosed."""
    require(actor, FOLLOW, lead, now=now)
    _still_live(lead)
    lead.state, lead.reason, lead.closed_at, lead.changed_at = LeadState(outcome), reason, now, now
    _step(session, lead, outcome, actor, now, reason)
    for clock in deadlines.clocks_about(session, (ABOUT, str(lead.id))):
        deadlines.meet_clock(session, actor, clock.id, now=now)
    audit.record(session, actor, "entities.lead_closed", lead, after={"state": outcome, "reason": reason}, at=now)
    rule = session.get_one(RuleRow, lead.rule_id)
    announce(session, events.LeadClosedBy(lead.id, lead.number, rule.code, outcome, lead.department_id))
    return lead


def reopen_lead(session: Session, actor: Actor, lead: Lead, *, reason: str, now: datetime) -> Lead:
    """This will take up a lead again that was explained or dismissed, with a new clock. Needs FOLLOW. Raises LeadOpen."""
    require(actor, FOLLOW, lead, now=now)
    if lead.state not in CLOSED or lead.state is LeadState.CONFIRMED:
        raise errors.LeadOpen(number=lead.number)
    lead.state = LeadState.ASSIGNED if lead.assigned_to else LeadState.OPEN
    lead.closed_at, lead.reason, lead.changed_at = None, "", now
    _step(session, lead, "reopened", actor, now, reason)
    rule = session.get_one(RuleRow, lead.rule_id)
    _start_clock(session, actor, lead, rules.kept_rule(rule.content), now)
    audit.record(session, actor, "entities.lead_reopened", lead, after={"reason": reason}, at=now)
    return lead


def _still_live(lead: Lead) -> None:
    if lead.state not in LIVE:
        raise errors.LeadClosed(number=lead.number)


def _start_clock(session: Session, actor: Actor, lead: Lead, spec: RuleSpec, now: datetime) -> None:
    """A city whose rule packs lack the rule follows leads up without a clock."""
    duty = deadlines.Duty(
        about=(ABOUT, str(lead.id)),
        name=f"{lead.number} {spec.zh}",
        department_id=lead.department_id,
        link=f"/leads/{lead.id}",
    )
    if spec.deadline in deadlines.rulebook(session).standing:
        deadlines.start_clock(session, actor, rule=spec.deadline, duty=duty, now=now)


def _step(session: Session, lead: Lead, what: str, actor: Actor, now: datetime, text: str = "") -> None:
    by = "" if actor is SYSTEM else actor.name
    session.add(LeadStep(id=new_id(), lead_id=lead.id, at=now, what=what, by_name=by, text=text[:500]))


def _number(session: Session, year: int) -> str:
    """The year's next number: XS-2026-0007."""
    counter = session.get(LeadCounter, year, with_for_update=True)
    if counter is None:
        counter = LeadCounter(year=year, last=0)
        session.add(counter)
    counter.last += 1
    session.flush()
    return f"XS-{year}-{counter.last:04d}"
