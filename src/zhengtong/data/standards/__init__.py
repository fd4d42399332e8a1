"""数据标准: what a value means and how it is written, once for the whole city.

Data elements (数据元, GB/T 18391) with versions that are never edited once published, code lists (代码表) whose codes have
dates of validity, and checks by name: 统一社会信用代码 (GB 32100), 公民身份号码 (GB 11643). Levels follow GB/T 43697.

    failures = standards.check_value(session, element, "91350100M000100Y43", on=day)

A whole column is judged at once by the same rules, on DuckDB or Spark:

    rules = standards.field_rules(standards.definition_of(session, element), codes=codes, on=day)
    fits = [standards.passes(rule, table.uscc) for rule in rules]

A room that builds on an element says so with `note_use`; it hears ElementPublished, ElementRetired, CodeListChanged.
"""

from zhengtong.data.standards.actions import drop_use, load_codes, note_use, put_bundled
from zhengtong.data.standards.events import EVENTS, CodeListChanged, ElementPublished, ElementRetired
from zhengtong.data.standards.permissions import PERMISSIONS
from zhengtong.data.standards.queries import (
    CHECKS,
    check_against,
    check_value,
    definition_of,
    element_by_code,
    field_rules,
    level_words,
    valid_codes,
    visible_elements,
)
from zhengtong.data.standards.routes import routes
from zhengtong.data.standards.rules import (
    CodeRow,
    Definition,
    Failure,
    FieldRule,
    Level,
    State,
    Type,
    expression,
    passes,
    pattern_fault,
    portable,
)
from zhengtong.data.standards.tables import Code, CodeList, Element
from zhengtong.kernel.capability import Capability

__all__ = [
    "CHECKS",
    "Code",
    "CodeList",
    "CodeListChanged",
    "CodeRow",
    "Definition",
    "Element",
    "ElementPublished",
    "ElementRetired",
    "Failure",
    "FieldRule",
    "Level",
    "State",
    "Type",
    "capability",
    "check_against",
    "check_value",
    "definition_of",
    "drop_use",
    "element_by_code",
    "expression",
    "field_rules",
    "level_words",
    "load_codes",
    "note_use",
    "passes",
    "pattern_fault",
    "portable",
    "put_bundled",
    "valid_codes",
    "visible_elements",
]

capability = Capability(
    name="standards",
    group="data",
    zh="数据标准",
    en="Standards",
    routes=routes,
    permissions=PERMISSIONS,
    events=EVENTS,
)
