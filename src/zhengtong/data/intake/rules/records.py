"""Records of JSON and CSV messages as rows of text: digits stay as written, what is nested gets a dotted name, lists stay JSON."""

import csv
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from zhengtong.kernel.errors import Words

DEEPEST = 8
MOST_COLUMNS = 1_000
MOST_OF_ONE = 10_000
LONGEST = 131_072
Record = dict[str, str | None]

NO_JSON = Words("不是有效的 JSON", "not valid JSON")
EMPTY = Words("没有任何字段", "has no field")
NO_OBJECT = Words("不是 JSON 对象", "is no JSON object")
NO_ROWS = Words('应为行的列表，或 {"rows": […]}', 'should be a list of rows, or {"rows": […]}')
NO_TEXT = Words("不是 UTF-8 文本", "is not UTF-8 text")
NO_CSV = Words("不是有效的 CSV", "not valid CSV")
TOO_WIDE = Words(f"字段超过 {MOST_COLUMNS} 个", f"has more than {MOST_COLUMNS} fields")
TOO_LONG = Words(f"有值超过 {LONGEST} 个字", f"has a value of more than {LONGEST} characters")
TOO_MANY = Words(f"含有超过 {MOST_OF_ONE} 行，请拆分", f"holds more than {MOST_OF_ONE} rows; split it")
TOO_DEEP = Words("嵌套太深", "is nested too deeply")
TWICE = Words("有重复的字段", "has a field twice")


class RecordWrong(ValueError):
    """A record cannot be a row; `why` says it in both languages."""

    def __init__(self, why: Words) -> None:
        super().__init__(why.en)
        self.why = why


def parsed(text: str | bytes) -> Any:
    """JSON with the digits it was written with. Raises RecordWrong.

    >>> parsed('{"a": 1.50}')
    {'a': Decimal('1.50')}
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_once)
    except UnicodeDecodeError:
        raise RecordWrong(NO_TEXT) from None
    except RecursionError:
        raise RecordWrong(TOO_DEEP) from None
    except RecordWrong:
        raise
    except ValueError:
        raise RecordWrong(NO_JSON) from None


def flat(record: Any) -> Record:
    """One JSON object as a row. Raises RecordWrong.

    >>> flat({"name": "何", "home": {"code": 990101, "since": None}, "tags": [1, 2]})
    {'name': '何', 'home.code': '990101', 'home.since': None, 'tags': '[1, 2]'}
    """
    if not isinstance(record, Mapping):
        raise RecordWrong(NO_OBJECT)
    found: Record = {}
    _flatten(record, "", found, 0)
    if not found:
        raise RecordWrong(EMPTY)
    if len(found) > MOST_COLUMNS:
        raise RecordWrong(TOO_WIDE)
    if any(value is not None and len(value) > LONGEST for value in found.values()):
        raise RecordWrong(TOO_LONG)
    return found


def of_message(value: bytes | None, form: str, columns: Sequence[str]) -> list[Record]:
    """The rows of one message: a JSON object or a list of them; or lines of CSV. An empty message says nothing. Raises RecordWrong.

    >>> of_message(b"a,1\\r\\nb,2", "csv", ["x", "y"])
    [{'x': 'a', 'y': '1'}, {'x': 'b', 'y': '2'}]
    """
    if value is None or not value.strip():
        return []
    if form == "csv":
        return _of_csv(value, columns)
    told = parsed(value)
    rows = told if isinstance(told, list) else [told]
    if len(rows) > MOST_OF_ONE:
        raise RecordWrong(TOO_MANY)
    return [flat(one) for one in rows]


def at_path(document: Any, path: str) -> Any:
    """What stands at `data.items` or `data.0.rows`; None where nothing does."""
    at = document
    for name in filter(None, path.split(".")):
        if isinstance(at, Mapping):
            at = at.get(name)
        elif isinstance(at, list) and name.isdigit() and int(name) < len(at):
            at = at[int(name)]
        else:
            return None
    return at


def _of_csv(value: bytes, columns: Sequence[str]) -> list[Record]:
    try:
        lines = list(csv.reader(value.decode("utf-8-sig").splitlines(), strict=True))
    except UnicodeDecodeError:
        raise RecordWrong(NO_TEXT) from None
    except csv.Error:
        raise RecordWrong(NO_CSV) from None
    for line in lines:
        if len(line) != len(columns):
            said = len(line), len(columns)
            raise RecordWrong(Words("有 {} 个值，应为 {} 个".format(*said), "has {} values, expected {}".format(*said)))
    return [{name: text or None for name, text in zip(columns, line, strict=True)} for line in lines]


def _flatten(record: Mapping[str, Any], above: str, found: Record, depth: int) -> None:
    for name, value in record.items():
        full = above + " ".join(str(name).split())
        if isinstance(value, Mapping) and value and depth < DEEPEST:
            _flatten(value, f"{full}.", found, depth + 1)
        elif full in found:
            raise RecordWrong(TWICE)
        else:
            found[full] = _text(value)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _digits(value)
    if isinstance(value, int):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False, default=_number)
    except RecursionError:
        raise RecordWrong(TOO_DEEP) from None


def _digits(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    huge = not isinstance(exponent, int) or abs(exponent) > 40
    return str(value) if huge else format(value, "f")


def _number(value: Decimal) -> float:
    return float(value)


def _no_number(name: str) -> Any:
    raise RecordWrong(NO_JSON)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RecordWrong(TWICE)
    return found
