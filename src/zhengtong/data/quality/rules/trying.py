"""Whether an expression can be kept: its first fault as a person reads it, at its place."""

from zhengtong.data.quality.rules import language
from zhengtong.data.quality.rules.forms import Columns
from zhengtong.kernel.errors import Field


def expression_fault(text: str, columns: Columns) -> Field | None:
    """What is wrong with the expression over these fields, and where; None when it can be kept."""
    try:
        language.check(text, kinds_of(columns))
    except language.Fault as wrong:
        at = wrong.at + 1
        return Field("expression", f"第 {at} 个字：{wrong.zh}", f"Character {at}: {wrong.en}")
    return None


def kinds_of(columns: Columns) -> dict[str, language.Kind]:
    """The kinds of the fields, as the language reads them."""
    return {name: language.Kind(one.type) for name, one in columns.items()}
