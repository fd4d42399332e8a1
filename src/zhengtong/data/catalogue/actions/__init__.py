"""What can be done with the catalogue."""

from zhengtong.data.catalogue.actions.importing import import_items, undo_import
from zhengtong.data.catalogue.actions.keeping import (
    mark_overdue,
    move_items,
    note_batch,
    note_catalogue_overdue,
    note_usage,
)
from zhengtong.data.catalogue.actions.many import Outcome, publish_items, submit_items
from zhengtong.data.catalogue.actions.proposing import ItemProposal, propose_item, propose_more_fields
from zhengtong.data.catalogue.actions.reviewing import (
    ask_withdrawal,
    delete_item,
    drop_withdrawal,
    note_change,
    publish_item,
    recall_item,
    refuse_withdrawal,
    reopen_item,
    send_back,
    submit_item,
    withdraw_item,
)
from zhengtong.data.catalogue.actions.writing import Registration, discard_revision, register_item, revise_item

__all__ = [
    "ItemProposal",
    "Outcome",
    "Registration",
    "ask_withdrawal",
    "delete_item",
    "discard_revision",
    "drop_withdrawal",
    "import_items",
    "mark_overdue",
    "move_items",
    "note_batch",
    "note_catalogue_overdue",
    "note_change",
    "note_usage",
    "propose_item",
    "propose_more_fields",
    "publish_item",
    "publish_items",
    "recall_item",
    "refuse_withdrawal",
    "register_item",
    "reopen_item",
    "revise_item",
    "send_back",
    "submit_item",
    "submit_items",
    "undo_import",
    "withdraw_item",
]
