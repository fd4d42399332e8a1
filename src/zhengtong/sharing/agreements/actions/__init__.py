"""What can be done with applications, agreements, disputes and wishes."""

from zhengtong.sharing.agreements.actions.answering import answer, ask_supplement, propose, provide
from zhengtong.sharing.agreements.actions.applying import (
    change_of,
    draft,
    pass_on,
    revise,
    send_back,
    submit,
    supplement,
    withdraw,
)
from zhengtong.sharing.agreements.actions.disputing import go_further, open_dispute, say, settle
from zhengtong.sharing.agreements.actions.handing_over import hand_over
from zhengtong.sharing.agreements.actions.keeping import count_from
from zhengtong.sharing.agreements.actions.signing import follow, sign, signed_by_signer
from zhengtong.sharing.agreements.actions.stopping import end, resume, suspend, sweep
from zhengtong.sharing.agreements.actions.wishing import answer_wish, correct, wish

__all__ = [
    "answer",
    "answer_wish",
    "ask_supplement",
    "change_of",
    "correct",
    "count_from",
    "draft",
    "end",
    "follow",
    "go_further",
    "hand_over",
    "open_dispute",
    "pass_on",
    "propose",
    "provide",
    "resume",
    "revise",
    "say",
    "send_back",
    "settle",
    "sign",
    "signed_by_signer",
    "submit",
    "supplement",
    "suspend",
    "sweep",
    "wish",
    "withdraw",
]
