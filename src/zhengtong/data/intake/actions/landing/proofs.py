"""The rules of fields on whole columns, where a rule can be judged so; the others are left to a scan."""

from typing import TYPE_CHECKING, Any

from zhengtong.data import standards
from zhengtong.data.intake.rules import proving, written

if TYPE_CHECKING:
    import pyarrow as pa


class Columns:
    """The columns of a batch, judged by whole columns where a rule can be."""

    def __init__(self, text: "pa.RecordBatch") -> None:
        self._text = text
        self._numbers: dict[str, written.Numbers] = {}

    def against(self, name: str, rule: standards.FieldRule | None) -> Any:
        """The places from 0 of values that break the rule (None: they must be there); None for a rule that is left to the scan."""
        import numpy
        import pyarrow.compute as pc

        values = self._text[name]
        if rule is None:
            absent = pc.is_null(values) if values.null_count else None
            return numpy.flatnonzero(absent) if absent is not None else numpy.zeros(0, numpy.int64)
        right = self._right(name, rule, rule.parameters.get("type"))
        if right is not None:
            return numpy.flatnonzero(pc.is_valid(values).to_numpy(zero_copy_only=False) & ~right)
        return self._measured(name, rule, rule.parameters.get("type"))

    def _right(self, name: str, rule: standards.FieldRule, kind: standards.Type | None) -> Any:
        """Of each value whether it passes, for rules of form."""
        import pyarrow as pa
        import pyarrow.compute as pc

        values, check = self._text[name], rule.parameters.get("check", "") if rule.kind == "check" else ""
        if check == "social_credit_code" and kind is standards.Type.TEXT:
            return proving.social_credit_codes(values)
        if check == "id_number" and kind is standards.Type.TEXT:
            return proving.id_numbers(values, on=rule.parameters["on"])
        if rule.kind == "type" and kind is standards.Type.DAY:
            return proving.days(values)
        if rule.kind == "type" and kind is standards.Type.NUMBER:
            return self._as_numbers(name).right
        if rule.kind == "codes" and kind is standards.Type.TEXT:
            codes = pa.array(sorted(rule.parameters["codes"]), pa.string())
            return pc.is_in(values, value_set=codes).to_numpy(zero_copy_only=False)
        return None

    def _measured(self, name: str, rule: standards.FieldRule, kind: standards.Type | None) -> Any:
        """The places of values that are too long or too fine."""
        if rule.kind == "length" and kind is standards.Type.TEXT:
            return written.longer(self._text[name], rule.parameters["length"])
        if rule.kind == "length" and kind is standards.Type.NUMBER:
            return self._as_numbers(name).with_more_digits(rule.parameters["length"])
        if rule.kind == "precision" and kind is standards.Type.NUMBER:
            return self._as_numbers(name).with_more_decimals(rule.parameters["precision"])
        return None

    def _as_numbers(self, name: str) -> written.Numbers:
        if name not in self._numbers:
            self._numbers[name] = written.numbers(self._text[name])
        return self._numbers[name]
