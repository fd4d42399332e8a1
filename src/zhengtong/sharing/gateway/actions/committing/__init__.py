"""The one committer: decided, reserved, receipted, signed and kept together, before any answer leaves.

A group of calls is decided on a snapshot of the contracts before the write lock is taken. Under it, the contracts' sequence, the quotas
and the sessions are looked at again; where one has moved, the group is decided again there. Then, in one transaction: quotas by
compare-and-set, receipts on the ledger, sealed inputs and the record of the call, and one SM2 signature over the new root. Only after its
commit are the answers released: no receipt, no data.
"""

from zhengtong.sharing.gateway.actions.committing.at_once import AtOnce
from zhengtong.sharing.gateway.actions.committing.committer import Committer
from zhengtong.sharing.gateway.actions.committing.pending import (
    Answer,
    Bound,
    Item,
    Message,
    Outcome,
    Pending,
    masks_of,
)

__all__ = ["Answer", "AtOnce", "Bound", "Committer", "Item", "Message", "Outcome", "Pending", "masks_of"]
