"""What can be done with registers and leads."""

from zhengtong.data.entities.actions.declaring import (
    Put,
    check_trainable,
    declare_feed,
    keep_model,
    next_number,
    put_pack,
    switch_rule,
    use_model,
)
from zhengtong.data.entities.actions.exporting import Sheet, export_entities, export_leads, export_pairs
from zhengtong.data.entities.actions.finding import find_leads, rules_about
from zhengtong.data.entities.actions.leading import assign_lead, close_lead, reopen_lead
from zhengtong.data.entities.actions.linking import LEAST, trained
from zhengtong.data.entities.actions.rebuilding import Desk, match_batch, rebuild, relink, settle_all, sweep
from zhengtong.data.entities.actions.revealing import reveal
from zhengtong.data.entities.actions.reviewing import decide, undo
from zhengtong.data.entities.actions.settling import settle_around
from zhengtong.data.entities.actions.taking import take_rows

__all__ = [
    "LEAST",
    "Desk",
    "Put",
    "Sheet",
    "assign_lead",
    "check_trainable",
    "close_lead",
    "decide",
    "declare_feed",
    "export_entities",
    "export_leads",
    "export_pairs",
    "find_leads",
    "keep_model",
    "match_batch",
    "next_number",
    "put_pack",
    "rebuild",
    "relink",
    "reopen_lead",
    "reveal",
    "rules_about",
    "settle_all",
    "settle_around",
    "sweep",
    "switch_rule",
    "take_rows",
    "trained",
    "undo",
    "use_model",
]
