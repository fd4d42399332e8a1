"""Who may see the registers, settle doubtful pairs, see whole numbers, and follow leads up."""

from zhengtong.data.entities.rules import CLOSED, LIVE, LeadState
from zhengtong.data.entities.tables import Lead
from zhengtong.kernel.actor import Actor, Permission

READ = Permission("entities.read", "查看企业和人员登记", "See the registers of firms and persons")
REVIEW = Permission("entities.review", "核对疑似同一实体", "Settle doubtful pairs")
REVEAL = Permission("entities.reveal", "查看人员完整信息", "See a person's whole particulars", step_up=True)
DECLARE = Permission(
    "entities.declare", "设定登记来源、规则和模型", "Set the registers' sources, rules and models", step_up=True
)
READ_LEADS = Permission("entities.leads.read", "查看线索", "See leads")
FOLLOW = Permission("entities.leads.follow", "办理线索", "Follow leads up")

PERMISSIONS = (READ, REVIEW, REVEAL, DECLARE, READ_LEADS, FOLLOW)


def lead_abilities(actor: Actor, lead: Lead) -> dict[str, bool]:
    """What the actor can do with a lead as it stands."""
    mine = actor.may(FOLLOW, lead.department_id)
    return {
        "assign": mine and lead.state in LIVE,
        "close": mine and lead.state in LIVE,
        "reopen": mine and lead.state in CLOSED and lead.state is not LeadState.CONFIRMED,
    }
