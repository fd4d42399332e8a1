"""What can be done: rules, measurements, correction tickets."""

from zhengtong.data.quality.actions.exporting import note_export
from zhengtong.data.quality.actions.measuring import Cause, keep_measurement
from zhengtong.data.quality.actions.rules import (
    add_rule,
    adjust_rule,
    change_rule,
    end_rule,
    follow_standards,
    note_reveal,
    prepare_trial,
    switch_rule,
)
from zhengtong.data.quality.actions.scanning import MEASURE, ask_measurement, measure_now
from zhengtong.data.quality.actions.tickets import (
    accept,
    answer,
    confirm,
    extend,
    move_department,
    open_ticket,
    remark,
    reopen,
    withdraw,
)

__all__ = [
    "MEASURE",
    "Cause",
    "accept",
    "add_rule",
    "adjust_rule",
    "answer",
    "ask_measurement",
    "change_rule",
    "confirm",
    "end_rule",
    "extend",
    "follow_standards",
    "keep_measurement",
    "measure_now",
    "move_department",
    "note_export",
    "note_reveal",
    "open_ticket",
    "prepare_trial",
    "remark",
    "reopen",
    "switch_rule",
    "withdraw",
]
