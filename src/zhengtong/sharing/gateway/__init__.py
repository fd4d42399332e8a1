"""数据服务: data are given under contract, each answer with a receipt that is durable before it leaves.

A caller is a department's service account. Every call passes one committer (`actions/committing`): decided on the contracts as the ledger
has them, counted against the quota, receipted on the ledger, signed, and only then answered: from the serving copy of the item, only the
agreed rows and fields, masked as agreed. Relay, table exchange and files pass the same committer (`Gateway.settle`). Who was looked up
sees it: 谁查了我的数据 (个人信息保护法 arts. 44, 45).

    outcome, = gateway.settle([Wanted(request, item, message, answer)])
"""

from zhengtong.kernel.capability import Capability
from zhengtong.sharing.gateway import jobs
from zhengtong.sharing.gateway.actions.answering import Answerer
from zhengtong.sharing.gateway.actions.committing import Answer, Item, Message, Outcome
from zhengtong.sharing.gateway.actions.copying import copy_all_anew
from zhengtong.sharing.gateway.actions.forgetting import forget_person
from zhengtong.sharing.gateway.actions.serving import Gateway, Wanted
from zhengtong.sharing.gateway.actions.watching import HeadWatch
from zhengtong.sharing.gateway.events import EVENTS, DataServed, DoubtAnswered, DoubtRaised
from zhengtong.sharing.gateway.permissions import PERMISSIONS, READ, RECHECK
from zhengtong.sharing.gateway.queries.names import purpose_words
from zhengtong.sharing.gateway.queries.recheck import Rechecked, inputs_of, recheck, recheck_one
from zhengtong.sharing.gateway.queries.records import bundle_of, visible_calls
from zhengtong.sharing.gateway.queries.uses import Person, calls_about, is_shown, person_of, use_lines
from zhengtong.sharing.gateway.routes import front, routes
from zhengtong.sharing.gateway.routes.door import Door
from zhengtong.sharing.gateway.rules import mask_rows
from zhengtong.sharing.gateway.settings import Gateway as GatewaySettings
from zhengtong.sharing.gateway.tables import Call, Doubt, Quota, ServingCopy

capability = Capability(
    name="gateway",
    group="sharing",
    zh="数据服务",
    en="Data service",
    routes=routes,
    permissions=PERMISSIONS,
    events=EVENTS,
    listeners=jobs.LISTENERS,
    jobs=jobs.JOBS,
    timers=jobs.TIMERS,
    settings=GatewaySettings,
)

__all__ = [
    "READ",
    "RECHECK",
    "Answer",
    "Answerer",
    "Call",
    "DataServed",
    "Door",
    "Doubt",
    "DoubtAnswered",
    "DoubtRaised",
    "Gateway",
    "GatewaySettings",
    "HeadWatch",
    "Item",
    "Message",
    "Outcome",
    "Person",
    "Quota",
    "Rechecked",
    "ServingCopy",
    "Wanted",
    "bundle_of",
    "calls_about",
    "capability",
    "copy_all_anew",
    "forget_person",
    "front",
    "inputs_of",
    "is_shown",
    "mask_rows",
    "person_of",
    "purpose_words",
    "recheck",
    "recheck_one",
    "use_lines",
    "visible_calls",
]
