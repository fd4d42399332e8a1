"""Who may see quality, keep rules, see whole samples, ask for corrections and answer them."""

from zhengtong.data.quality import rules
from zhengtong.data.quality.rules import Deed
from zhengtong.data.quality.tables import QualityRule, Ticket
from zhengtong.kernel.actor import Actor, Permission

READ = Permission("quality.read", "查看数据质量", "See data quality")
MEASURE = Permission("quality.measure", "发起质量检测", "Measure data quality")
EDIT_RULES = Permission("quality.rules.edit", "维护质量规则", "Keep quality rules")
REVEAL = Permission("quality.samples.reveal", "查看完整问题样例", "See whole failing rows", step_up=True)
RAISE = Permission("quality.tickets.raise", "提出数据疑义", "Ask for a correction")
ANSWER = Permission("quality.tickets.answer", "办理校核", "Answer correction tickets")
EXTEND = Permission("quality.tickets.extend", "同意延长校核时限", "Extend the limit of corrections", step_up=True)

PERMISSIONS = (READ, MEASURE, EDIT_RULES, REVEAL, RAISE, ANSWER, EXTEND)


def item_abilities(actor: Actor, department_id: object) -> dict[str, bool]:
    """What the actor can do with the quality of an item of this department."""
    return {
        "measure": actor.scope(MEASURE).covers(department_id),  # type: ignore[arg-type]
        "edit_rules": actor.scope(EDIT_RULES).covers(department_id),  # type: ignore[arg-type]
        "reveal": actor.scope(REVEAL).covers(department_id),  # type: ignore[arg-type]
        "raise": actor.may(RAISE) and actor.department != department_id,
    }


def rule_abilities(edits: bool, rule: QualityRule) -> dict[str, bool]:
    """What can be done with a rule by who may edit those of its item."""
    return {"change": edits, "switch": edits, "end": edits and rule.mark is None}


def is_raiser(actor: Actor, ticket: Ticket) -> bool:
    """True for who asked, and for colleagues of the department that asked who may ask themselves."""
    same = ticket.raised_department_id is not None and actor.department == ticket.raised_department_id
    return ticket.rule_id is None and (actor.subject == ticket.raised_by or (same and actor.may(RAISE)))


def may(actor: Actor, deed: Deed, ticket: Ticket) -> bool:
    """True when the actor may do this to the ticket as it stands."""
    if rules.after(ticket.state, deed) is None:
        return False
    answers = actor.scope(ANSWER).covers(ticket.department_id)
    if deed in (Deed.ACCEPT, Deed.CORRECT, Deed.REFUSE):
        return answers
    if deed is Deed.EXTEND:
        return actor.scope(EXTEND).covers(ticket.department_id)
    if deed is Deed.REMARK:
        return answers or is_raiser(actor, ticket)
    if ticket.rule_id is not None:
        return deed is Deed.REOPEN and actor.scope(ANSWER).covers(ticket.department_id)
    return is_raiser(actor, ticket)


def ticket_abilities(actor: Actor, ticket: Ticket) -> dict[str, bool]:
    """What the actor can do with a ticket as it stands."""
    deeds = (Deed.ACCEPT, Deed.CORRECT, Deed.REFUSE, Deed.CONFIRM, Deed.REOPEN, Deed.WITHDRAW, Deed.EXTEND, Deed.REMARK)
    return {deed.value: may(actor, deed, ticket) for deed in deeds}
