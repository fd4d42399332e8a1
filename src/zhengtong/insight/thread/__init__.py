"""来龙去脉: one line from the record in a bureau's system to the person who sees its use, each step with its proof.

Entered by any end (a batch, an item, an agreement, a receipt, a use of one's own data), it reads the faces of the rooms below and keeps
nothing. Every step asks the right of its own room: what one may not see is a closed step that says why. All proofs can be checked at once,
and taken away in one file (`zhengtong-proofs@1`) that `tools/verify.py` checks without the city.

    reading = thread.Reading(session, actor, settings, keyring, crypto, now)
    thread.thread_out(reading, thread.enter(reading, thread.Kind.RECEIPT, str(receipt_id)))
"""

from zhengtong.insight.thread.queries import Focus, Reading, bundle, check, enter, steps, thread_out
from zhengtong.insight.thread.routes import routes
from zhengtong.insight.thread.rules import Kind, Step
from zhengtong.kernel.capability import Capability

capability = Capability(name="thread", group="insight", zh="来龙去脉", en="Thread", routes=routes)

__all__ = [
    "Focus",
    "Kind",
    "Reading",
    "Step",
    "bundle",
    "capability",
    "check",
    "enter",
    "steps",
    "thread_out",
]
