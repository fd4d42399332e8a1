"""The same checks on whole columns: Ibis expressions that DuckDB and Spark answer alike, tested equal to the pure functions."""

from zhengtong.data.standards.rules.expressions.fields import FieldRule, field_rules, passes
from zhengtong.data.standards.rules.expressions.named import expression

__all__ = ["FieldRule", "expression", "field_rules", "passes"]
