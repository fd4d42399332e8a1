"""JSON: a list of objects, or one object a line. Numbers keep their digits; what is nested stays JSON text."""

import itertools
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from zhengtong.engines import files
from zhengtong.engines.files.local import shape, source
from zhengtong.kernel import errors

_AHEAD = 1000
_NO_OBJECT = errors.Words("不是 JSON 对象", "is no JSON object")
_DEEP = errors.Words("嵌套太深", "nested too deeply")
_LONG = errors.Words("太长，不像一条记录", "the line is too long for a record")


class _Twice(ValueError):
    """A name stands twice in one object."""


class _Number(str):
    """A number, as its digits were written."""

    __slots__ = ()


@contextmanager
def opened_whole(given: source.Given) -> Iterator[files.Stream]:
    """The stream of a JSON document: a list of objects at the top, at `row_path`, or the only list in the top object."""
    if given.size > given.limits.max_whole_bytes:
        raise files.FileTooLarge(name=given.name, limit=given.limits.max_whole_bytes)
    encoding, doubts = source.encoding_of(given)
    with source.opened_text(given, encoding) as text:
        found = _rows_in(given, _parsed(given, text.read(), 1))
    records = list(enumerate(found, 1))
    yield _stream(given, encoding, doubts, records, ())


@contextmanager
def opened_lines(given: source.Given) -> Iterator[files.Stream]:
    """The stream of JSON Lines; the columns are those of the first thousand lines."""
    encoding, doubts = source.encoding_of(given)
    with source.opened_text(given, encoding) as text:
        most = min(given.limits.max_columns * given.limits.max_cell_chars, given.limits.max_bytes)
        lines = iter(lambda: text.readline(most + 1), "")
        numbered = ((number, _line(given, number, line, most)) for number, line in enumerate(lines, 1) if line.strip())
        ahead = list(itertools.islice(numbered, _AHEAD))
        yield _stream(given, encoding, doubts, ahead, numbered)


def _line(given: source.Given, number: int, line: str, most: int) -> Any:
    if len(line) > most:
        raise files.TextMalformed(name=given.name, row=number, why=_LONG)
    return _parsed(given, line, number)


def _stream(
    given: source.Given,
    encoding: str,
    doubts: tuple[errors.Words, ...],
    ahead: list[tuple[int, Any]],
    rest: Iterable[tuple[int, Any]],
) -> files.Stream:
    names = dict.fromkeys(itertools.chain.from_iterable(one for _, one in ahead if isinstance(one, dict)))
    columns = shape.columns_of(given, list(names))
    raw = shape.placed(given, columns, _objects(given, itertools.chain(ahead, rest)))
    return files.Stream(columns, encoding.removesuffix("-sig"), doubts, shape.rows_of(given, columns, raw))


def _objects(given: source.Given, found: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, dict[str, str]]]:
    for number, one in found:
        if not isinstance(one, dict):
            shape.tell(given, files.RowMalformed(row=number, why=_NO_OBJECT))
            continue
        try:
            record = {" ".join(name.split()): _text(value) for name, value in one.items()}
        except RecursionError:
            shape.tell(given, files.RowMalformed(row=number, why=_DEEP))
            continue
        yield number, record


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    return _written(value)


def _written(value: Any) -> str:
    """JSON text of a nested value, its numbers with the digits they came with."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(name, ensure_ascii=False)}: {_written(one)}" for name, one in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _rows_in(given: source.Given, document: Any) -> list[Any]:
    at = document
    for name in filter(None, given.how.row_path.split(".")):
        at = at.get(name) if isinstance(at, dict) else None
    if isinstance(at, dict) and not given.how.row_path:
        lists = [value for value in at.values() if isinstance(value, list)]
        at = lists[0] if len(lists) == 1 else None
    if not isinstance(at, list):
        raise files.RowsNotFound(name=given.name, path=given.how.row_path or "[…]")
    if not at:
        raise files.FileEmpty(name=given.name)
    return at


def _parsed(given: source.Given, text: str, line: int) -> Any:
    try:
        return json.loads(
            text, parse_int=_Number, parse_float=_Number, parse_constant=_no_constant, object_pairs_hook=_once
        )
    except json.JSONDecodeError as wrong:
        why = errors.Words(f"第 {wrong.colno} 个字符处不是有效的 JSON", f"not valid JSON at character {wrong.colno}")
        raise files.TextMalformed(name=given.name, row=line + wrong.lineno - 1, why=why) from None
    except _Twice as twice:
        why = errors.Words(f"起有重复的字段 {twice}", f"the field {twice} stands twice in an object")
        raise files.TextMalformed(name=given.name, row=line, why=why) from None
    except ValueError as constant:
        why = errors.Words(f"起有不合规范的数值 {constant}", f"{constant} is no JSON number")
        raise files.TextMalformed(name=given.name, row=line, why=why) from None
    except RecursionError:
        raise files.TextMalformed(name=given.name, row=line, why=_DEEP) from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found
