"""What is true of items, their fields, levels, codes, versions and promises. Pure."""

from zhengtong.data.catalogue.rules.checks import (
    LABELS,
    Vocabulary,
    class_fault,
    faults_of,
    is_too_low,
    lacks_basis,
    level_of,
    missing_metadata,
    opened_too_far,
    strictest,
)
from zhengtong.data.catalogue.rules.codes import UNCLASSED, code_for, split_code
from zhengtong.data.catalogue.rules.contents import METADATA, Content, FieldContent
from zhengtong.data.catalogue.rules.differences import Change, difference, is_breaking
from zhengtong.data.catalogue.rules.lifecycle import (
    Deed,
    LifeCycle,
    LifeCycleWrong,
    State,
    StateWords,
    VersionState,
    read_life_cycle,
    reason_lacks,
    step,
)
from zhengtong.data.catalogue.rules.secrets import Markings, marking_in, read_markings
from zhengtong.data.catalogue.rules.updates import Promise, Promises, SharingRate, due_after, is_kept, sharing_rate

__all__ = [
    "LABELS",
    "METADATA",
    "UNCLASSED",
    "Change",
    "Content",
    "Deed",
    "FieldContent",
    "LifeCycle",
    "LifeCycleWrong",
    "Markings",
    "Promise",
    "Promises",
    "SharingRate",
    "State",
    "StateWords",
    "VersionState",
    "Vocabulary",
    "class_fault",
    "code_for",
    "difference",
    "due_after",
    "faults_of",
    "is_breaking",
    "is_kept",
    "is_too_low",
    "lacks_basis",
    "level_of",
    "marking_in",
    "missing_metadata",
    "opened_too_far",
    "read_life_cycle",
    "read_markings",
    "reason_lacks",
    "sharing_rate",
    "split_code",
    "step",
    "strictest",
]
