"""An example of a call and its answer, made from the fields alone: no real value is ever shown as one. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from zhengtong.sharing.gateway.rules.columns import Field, Kind
from zhengtong.sharing.gateway.rules.masks import masked

_SAMPLES: Mapping[Kind, Any] = {
    Kind.TEXT: "示例",
    Kind.INTEGER: 120,
    Kind.DECIMAL: "386.70",
    Kind.DAY: "2026-03-05",
    Kind.MOMENT: "2026-03-05T01:00:00.000000Z",
    Kind.TRUTH: True,
}
_SUBJECTS = {"resident": "990101199003071236", "firm": "91990100MA00000000"}


def example_of(fields: Sequence[Field], masks: Mapping[str, str], item: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A look-up by the first key, and the answer to it, masked as agreed."""
    key = next((one for one in fields if one.subject or one.key), fields[0] if fields else None)
    asked = {"key": {key.name: _sample(key)}} if key else {"key": {}}
    row = {one.name: masked(masks[one.name], one.kind, _sample(one), _pseudonym) for one in fields}
    fresh = {"data_at": "2026-03-05T00:00:00Z", "copied_at": "2026-03-05T00:00:30Z"}
    return asked, {"item": item, "version": "1.12", "fresh": fresh, "rows": [row]}


def _sample(field: Field) -> Any:
    return _SUBJECTS.get(field.subject, _SAMPLES[field.kind])


def _pseudonym(_: str) -> str:
    return "5f1d9a7b3c2e4d6f8a0b1c2d3e4f5a6b"
