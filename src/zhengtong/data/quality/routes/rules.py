"""Rules: see, write, try, change, switch, end."""

from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data.quality import actions, queries, schemas
from zhengtong.data.quality.permissions import EDIT_RULES, READ
from zhengtong.data.quality.routes.ground import routes
from zhengtong.engines.compute import Compute
from zhengtong.engines.lake import Lake
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.db import Database
from zhengtong.kernel.web import Given


@routes.get("/quality/items/{item_id}/rules", needs=READ)
def list_quality_rules(session: Session, actor: Actor, item_id: UUID) -> schemas.ItemQualityRules:
    """The rules of an item with what they found last, and the fields they may use."""
    return queries.item_rules(session, actor, queries.visible_item(session, actor, item_id))


@routes.post("/quality/items/{item_id}/rules", needs=EDIT_RULES, status=201)
def add_quality_rule(
    session: Session, actor: Actor, item_id: UUID, body: schemas.QualityRuleIn
) -> schemas.QualityRuleOut:
    """Keep a rule of one's own; it is measured from the next batch on."""
    item = queries.visible_item(session, actor, item_id)
    row = actions.add_rule(session, actor, item, body, now=clock.now())
    session.flush()
    return queries.rule_out(session, actor, item, row)


@routes.post("/quality/items/{item_id}/rules/try", needs=EDIT_RULES)
def try_quality_rule(
    database: Database,
    actor: Actor,
    item_id: UUID,
    body: schemas.QualityTrialIn,
    compute: Given[Compute],
    lake: Given[Lake],
) -> schemas.QualityTrialOut:
    """What a rule would find now, with some failing rows, masked. Nothing is kept."""
    now = clock.now()
    with database.read() as session:
        tried = actions.prepare_trial(session, actor, queries.visible_item(session, actor, item_id), body.rule, now=now)
    return queries.trial(compute, lake, tried, now=now)


@routes.put("/quality/rules/{rule_id}", needs=EDIT_RULES)
def change_quality_rule(
    session: Session, actor: Actor, rule_id: UUID, body: schemas.QualityRuleIn, if_match: web.IfMatch = None
) -> schemas.QualityRuleOut:
    """Make the rule's next version."""
    row = queries.get_rule(session, rule_id)
    web.check_version(row.version, if_match)
    actions.change_rule(session, actor, row, body, now=clock.now())
    return _told(session, actor, rule_id)


@routes.put("/quality/rules/{rule_id}/weight", needs=EDIT_RULES)
def adjust_quality_rule(
    session: Session, actor: Actor, rule_id: UUID, body: schemas.RuleAdjustment, if_match: web.IfMatch = None
) -> schemas.QualityRuleOut:
    """Set how grave a rule is, its weight and least rate; what it asks stays."""
    row = queries.get_rule(session, rule_id)
    web.check_version(row.version, if_match)
    actions.adjust_rule(session, actor, row, body, now=clock.now())
    return _told(session, actor, rule_id)


@routes.post("/quality/rules/{rule_id}/switch", needs=EDIT_RULES)
def switch_quality_rule(
    session: Session, actor: Actor, rule_id: UUID, body: schemas.RuleSwitch
) -> schemas.QualityRuleOut:
    """Switch the rule on or off, with a reason."""
    row = queries.get_rule(session, rule_id)
    actions.switch_rule(session, actor, row, on=body.on, reason=body.reason, now=clock.now())
    return _told(session, actor, rule_id)


@routes.delete("/quality/rules/{rule_id}", needs=EDIT_RULES)
def end_quality_rule(session: Session, actor: Actor, rule_id: UUID) -> None:
    """Measure by the rule no more; its history stays."""
    actions.end_rule(session, actor, queries.get_rule(session, rule_id), now=clock.now())


@routes.get("/quality/rules/{rule_id}/versions", needs=READ)
def list_quality_rule_versions(session: Session, actor: Actor, rule_id: UUID) -> schemas.QualityRuleVersions:
    """Every version of a rule, newest first."""
    row = queries.get_rule(session, rule_id)
    queries.visible_item(session, actor, row.item_id)
    return queries.versions_of(session, row)


def _told(session: Session, actor: Actor, rule_id: UUID) -> schemas.QualityRuleOut:
    session.flush()
    row = queries.get_rule(session, rule_id)
    return queries.rule_out(session, actor, queries.visible_item(session, actor, row.item_id), row)
