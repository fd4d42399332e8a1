"""What is true of data elements, their values and code lists. Pure."""

from zhengtong.data.standards.rules.checks import Check, Failure, Registry, check_value, is_past_day
from zhengtong.data.standards.rules.codes import CodeRow, code_faults, compare
from zhengtong.data.standards.rules.definitions import (
    Definition,
    Level,
    State,
    Type,
    definition_faults,
    difference,
    number,
    pattern_fault,
)
from zhengtong.data.standards.rules.expressions import FieldRule, expression, field_rules, passes
from zhengtong.data.standards.rules.patterns import code_pattern, portable
from zhengtong.data.standards.rules.sheets import (
    CODE_COLUMNS,
    ELEMENT_COLUMNS,
    code_cells,
    code_of,
    definition_of,
    element_cells,
)

__all__ = [
    "CODE_COLUMNS",
    "ELEMENT_COLUMNS",
    "Check",
    "CodeRow",
    "Definition",
    "Failure",
    "FieldRule",
    "Level",
    "Registry",
    "State",
    "Type",
    "check_value",
    "code_cells",
    "code_faults",
    "code_of",
    "code_pattern",
    "compare",
    "definition_faults",
    "definition_of",
    "difference",
    "element_cells",
    "expression",
    "field_rules",
    "is_past_day",
    "number",
    "passes",
    "pattern_fault",
    "portable",
]
