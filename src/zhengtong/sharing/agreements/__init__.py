"""申请与协议: data are asked for, agreed between departments, and used under a contract that is decided at every call.

Applications with the law's clocks (Decree 809: the applicant's sharing office checks, the provider answers with reasons), agreements
countersigned with both departments' SM2 keys and kept on the ledger, changes, suspension at the next commit, disputes in three steps.
The contract is Cedar over few policies (rules/agreements/policy-N), with agreements as entities; any error is a refusal.

    known = agreements.snapshot(session)                    # again when ledger.contract_seq(session) has grown
    told = agreements.decide(known, agreements.CallRequest(…), used_today=236, used_total=5217)
    told.allowed, told.zh, told.remedy_zh, told.fields, told.rows, told.inputs, told.outcome
    agreements.redecide(told.inputs, told.policy_version) == told.outcome
"""

from zhengtong.kernel.capability import Capability
from zhengtong.sharing.agreements import events, jobs
from zhengtong.sharing.agreements.actions import (
    answer,
    ask_supplement,
    change_of,
    count_from,
    draft,
    end,
    open_dispute,
    pass_on,
    provide,
    resume,
    send_back,
    settle,
    sign,
    submit,
    supplement,
    suspend,
    wish,
    withdraw,
)
from zhengtong.sharing.agreements.events import (
    AgreementEnded,
    AgreementInForce,
    AgreementResumed,
    AgreementSuspended,
    ApplicationMoved,
    DisputeMoved,
)
from zhengtong.sharing.agreements.permissions import PERMISSIONS, READ, SUPERVISE
from zhengtong.sharing.agreements.queries import (
    desk,
    disclosure,
    get_agreement,
    get_visible_agreement,
    holders,
    points,
    policy,
    purposes,
    redecide,
    seal_payload,
    snapshot,
    text_facts,
    visible_agreements,
    visible_applications,
)
from zhengtong.sharing.agreements.routes import routes
from zhengtong.sharing.agreements.rules import (
    CallRequest,
    Contract,
    Decision,
    RowRule,
    Snapshot,
    State,
    Status,
    Terms,
    decide,
    mask_kind,
    terms_digest,
)
from zhengtong.sharing.agreements.schemas import (
    AnswerIn,
    ApplicationIn,
    ChangeIn,
    DisputeIn,
    DisputeSettle,
    SubmitIn,
    TermsIn,
    WishIn,
)
from zhengtong.sharing.agreements.settings import AgreementsSettings
from zhengtong.sharing.agreements.tables import Agreement, AgreementSeal, AgreementTerms, Application, Dispute, Wish

capability = Capability(
    name="agreements",
    group="sharing",
    zh="申请与协议",
    en="Applications and agreements",
    routes=routes,
    permissions=PERMISSIONS,
    events=events.EVENTS,
    listeners=jobs.LISTENERS,
    jobs=jobs.JOBS,
    timers=jobs.TIMERS,
    settings=AgreementsSettings,
)

__all__ = [
    "READ",
    "SUPERVISE",
    "Agreement",
    "AgreementEnded",
    "AgreementInForce",
    "AgreementResumed",
    "AgreementSeal",
    "AgreementSuspended",
    "AgreementTerms",
    "AgreementsSettings",
    "AnswerIn",
    "Application",
    "ApplicationIn",
    "ApplicationMoved",
    "CallRequest",
    "ChangeIn",
    "Contract",
    "Decision",
    "Dispute",
    "DisputeIn",
    "DisputeMoved",
    "DisputeSettle",
    "RowRule",
    "Snapshot",
    "State",
    "Status",
    "SubmitIn",
    "Terms",
    "TermsIn",
    "Wish",
    "WishIn",
    "answer",
    "ask_supplement",
    "capability",
    "change_of",
    "count_from",
    "decide",
    "desk",
    "disclosure",
    "draft",
    "end",
    "get_agreement",
    "get_visible_agreement",
    "holders",
    "mask_kind",
    "open_dispute",
    "pass_on",
    "points",
    "policy",
    "provide",
    "purposes",
    "redecide",
    "resume",
    "seal_payload",
    "send_back",
    "settle",
    "sign",
    "snapshot",
    "submit",
    "supplement",
    "suspend",
    "terms_digest",
    "text_facts",
    "visible_agreements",
    "visible_applications",
    "wish",
    "withdraw",
]
