"""The one shape all formats give: checked column names, and rows of as many values."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from zhengtong.engines import files
from zhengtong.engines.files.local.source import Given


def columns_of(given: Given, names: Sequence[str]) -> tuple[str, ...]:
    """The header: trimmed, blank names at the end dropped, none blank or twice. Raises HeaderBlank, HeaderDuplicate, TooManyColumns."""
    columns = [" ".join(name.split()) for name in names]
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        raise files.HeaderBlank(name=given.name, column=1) if names else files.FileEmpty(name=given.name)
    if len(columns) > given.limits.max_columns:
        raise files.TooManyColumns(name=given.name, found=len(columns), limit=given.limits.max_columns)
    if "" in columns:
        raise files.HeaderBlank(name=given.name, column=columns.index("") + 1)
    twice = [name for name, count in Counter(columns).items() if count > 1]
    if twice:
        raise files.HeaderDuplicate(name=given.name, columns="、".join(twice))
    return tuple(columns)


def rows_of(given: Given, columns: tuple[str, ...], raw: Iterable[tuple[int, Sequence[str]]]) -> Iterator[files.Row]:
    """The rows, checked one by one; blank ones are left out, wrong ones go to `bad_row` or are raised."""
    width, limits = len(columns), given.limits
    count = 0
    for number, values in raw:
        if not any(values):
            continue
        count += 1
        if count > limits.max_rows:
            raise files.TooManyRows(name=given.name, limit=limits.max_rows)
        if len(values) > width and not any(values[width:]):
            values = values[:width]
        if len(values) != width:
            tell(given, files.RowRagged(row=number, found=len(values), expected=width))
            continue
        if max(map(len, values)) > limits.max_cell_chars:
            column = next(name for name, one in zip(columns, values, strict=True) if len(one) > limits.max_cell_chars)
            tell(given, files.CellTooLong(row=number, column=column, limit=limits.max_cell_chars))
            continue
        yield files.Row(number, tuple(values))


def tell(given: Given, wrong: files.RowWrong) -> None:
    """To whoever collects wrong rows; else raised."""
    if given.bad_row is None:
        raise wrong
    given.bad_row(wrong)


def placed(
    given: Given, columns: tuple[str, ...], records: Iterable[tuple[int, dict[str, str]]]
) -> Iterator[tuple[int, Sequence[str]]]:
    """Records by name, put in the columns' order; a name that is no column makes the row wrong."""
    known = set(columns)
    for number, record in records:
        if strange := record.keys() - known:
            tell(given, files.RowStrange(row=number, columns="、".join(sorted(strange))))
            continue
        yield number, [record.get(name, "") for name in columns]
