"""What can be done with clocks, the calendar and the rules."""

from zhengtong.office.deadlines.actions.by_hand import (
    extend_by_hand,
    meet_by_hand,
    resume_by_hand,
    start_by_hand,
    stop_by_hand,
    withdraw_by_hand,
)
from zhengtong.office.deadlines.actions.calendar import CalendarChange, load_year, preview_year
from zhengtong.office.deadlines.actions.clocks import (
    Duty,
    extend_clock,
    meet_clock,
    resume_clock,
    start_clock,
    stop_clock,
    withdraw_clock,
)
from zhengtong.office.deadlines.actions.keeping import END_OF_TIME, TOPIC
from zhengtong.office.deadlines.actions.packs import RuleChange, preview_pack, put_bundled_pack, put_pack, retire_pack
from zhengtong.office.deadlines.actions.passing import ALARM, BATCH, RECOMPUTE, SWEEP, fire_due

__all__ = [
    "ALARM",
    "BATCH",
    "END_OF_TIME",
    "RECOMPUTE",
    "SWEEP",
    "TOPIC",
    "CalendarChange",
    "Duty",
    "RuleChange",
    "extend_by_hand",
    "extend_clock",
    "fire_due",
    "load_year",
    "meet_by_hand",
    "meet_clock",
    "preview_pack",
    "preview_year",
    "put_bundled_pack",
    "put_pack",
    "resume_by_hand",
    "resume_clock",
    "retire_pack",
    "start_by_hand",
    "start_clock",
    "stop_by_hand",
    "stop_clock",
    "withdraw_by_hand",
    "withdraw_clock",
]
