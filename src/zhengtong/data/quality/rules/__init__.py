"""What is true of rules, scores, grades and tickets. Pure: expressions are built here, never run."""

from zhengtong.data.quality.rules.deriving import Standard, derive
from zhengtong.data.quality.rules.forms import (
    ACROSS,
    OF_ITEM,
    OWN_FORMS,
    Column,
    Columns,
    Dimension,
    Form,
    Rule,
    Severity,
    difference,
    rule_faults,
)
from zhengtong.data.quality.rules.language import FUNCTIONS, Fault, Kind, check, names_in, parse
from zhengtong.data.quality.rules.pack import Grade, Pack
from zhengtong.data.quality.rules.plan import BATCH, FEW_CODES, ROW, Count, Counts, Given, counts_of, failing, plan
from zhengtong.data.quality.rules.scoring import DimensionScore, Outcome, Score, asks_correction, grade_of, score
from zhengtong.data.quality.rules.tickets import ANSWERED, LIVE, WAITS, Deed, State, after, outcome_after
from zhengtong.data.quality.rules.tickets import Outcome as Ending

__all__ = [
    "ACROSS",
    "ANSWERED",
    "BATCH",
    "FEW_CODES",
    "FUNCTIONS",
    "LIVE",
    "OF_ITEM",
    "OWN_FORMS",
    "ROW",
    "WAITS",
    "Column",
    "Columns",
    "Count",
    "Counts",
    "Deed",
    "Dimension",
    "DimensionScore",
    "Ending",
    "Fault",
    "Form",
    "Given",
    "Grade",
    "Kind",
    "Outcome",
    "Pack",
    "Rule",
    "Score",
    "Severity",
    "Standard",
    "State",
    "after",
    "asks_correction",
    "check",
    "counts_of",
    "derive",
    "difference",
    "failing",
    "grade_of",
    "names_in",
    "outcome_after",
    "parse",
    "plan",
    "rule_faults",
    "score",
]
