"""What a column's values look like: type, length, empty ones, different ones, smallest and largest, samples masked. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

NEARLY_ALL = 0.95
SHOWN = 3
ENOUGH = 20
LONGEST_NUMBER = 15
USUAL_DIGITS = 18
LENGTHS = (1, 2, 4, 6, 8, 10, 12, 18, 20, 30, 50, 100, 200, 500, 1000, 2000, 4000)
SHORT_NUMBER = re.compile(r"[-+]?[0-9][0-9.,]{0,9}")
NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?")
DAY = re.compile(r"((?:18|19|20|21)[0-9]{2})(-?)([0-9]{2})\2([0-9]{2})")
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
TRUTH_NAMES = re.compile(r"^(是否|is_|has_|can_)|标志$|_flag$")
CODE_NAMES = re.compile(r"代码|编码|编号|号码|证号|单号|[^电]号$|邮编|属期|code$|_no$|number$|(^|_)id$|uscc|period$")

Checks = Mapping[str, Callable[[str], bool]]


@dataclass(frozen=True, slots=True)
class Profile:
    """What was seen. `type`: a letter of standards.Type; `passes`: the share (0–1) of the values that pass each check; `fits`: the
    share that fits the type; `least`, `most` for numbers and days; `examples`: up to three values as they are, unmasked."""

    rows: int
    nulls: int
    distinct: int
    type: str
    fits: float
    length: int | None
    precision: int | None
    least: str
    most: str
    passes: Mapping[str, float]
    examples: tuple[str, ...]

    @property
    def filled(self) -> int:
        return self.rows - self.nulls

    @property
    def is_unique(self) -> bool:
        """True when enough values were seen and none came twice or was empty."""
        return self.rows >= ENOUGH and not self.nulls and self.distinct == self.rows


def profile(values: Sequence[str | None], *, name: str, checks: Checks) -> Profile:
    """What the values look like. `name`: what the column is called, where that settles it (codes are text, however numeric)."""
    given = [value.strip() for value in values if value is not None and value.strip()]
    counted = Counter(given)
    kind, fits = type_of(counted, name)
    length, precision = _size(kind, counted)
    least, most = _ends(kind, counted)
    passes = {check: _share(counted, fits_check) for check, fits_check in checks.items()}
    return Profile(
        rows=len(values),
        nulls=len(values) - len(given),
        distinct=len(counted),
        type=kind,
        fits=fits,
        length=length,
        precision=precision,
        least=least,
        most=most,
        passes=passes,
        examples=tuple(counted)[:SHOWN],
    )


def type_of(counted: Mapping[str, int], name: str) -> tuple[str, float]:
    """The type that nearly all values fit, and the share that does; text when none does.

    >>> type_of({"2026-03-05": 3}, "登记日期"), type_of({"0102": 1, "0203": 1}, "x")
    (('D', 1.0), ('C', 1.0))
    """
    if not counted:
        return "C", 1.0
    if TRUTH_NAMES.search(name) and set(counted) <= {"0", "1"}:
        return "B", 1.0
    for kind, fits in (("T", _is_moment), ("D", _is_day)):
        if (share := _share(counted, fits)) >= NEARLY_ALL:
            return kind, share
    if CODE_NAMES.search(name) or _looks_coded(counted):
        return "C", 1.0
    share = _share(counted, _is_number)
    return ("N", share) if share >= NEARLY_ALL else ("C", 1.0)


def masked(value: str) -> str:
    """A value that can be shown to whoever may not see it: the form stays, the content goes; of a short number nothing stays.

    >>> masked("11010519491231002X"), masked("沈若川"), masked("13800138000"), masked("8500")
    ('110*************2X', '沈**', '138******00', '****')
    """
    if SHORT_NUMBER.fullmatch(value):
        return "*" * len(value)
    shown, size = (3, 2) if len(value) >= 11 else (1, 0), len(value)
    head, tail = shown
    if size <= 1:
        return "*" * size
    return value[:head] + "*" * (size - head - tail) + (value[size - tail :] if tail else "")


def _share(counted: Mapping[str, int], fits: Callable[[str], bool]) -> float:
    every = sum(counted.values())
    return sum(count for value, count in counted.items() if fits(value)) / every if every else 0.0


def _is_number(value: str) -> bool:
    return NUMBER.fullmatch(value) is not None and len(value) <= LONGEST_NUMBER + 4


def _is_day(value: str) -> bool:
    found = DAY.fullmatch(value)
    return found is not None and _reads(lambda: date(int(found[1]), int(found[3]), int(found[4])))


def _is_moment(value: str) -> bool:
    return MOMENT.fullmatch(value) is not None and _reads(lambda: datetime.fromisoformat(value))


def _reads(read: Callable[[], object]) -> bool:
    try:
        read()
    except ValueError:
        return False
    return True


def _looks_coded(counted: Mapping[str, int]) -> bool:
    """Digits that are no amount: a leading zero, or more digits than an amount has."""
    digits = [value for value in counted if value.isdigit()]
    return any((value[0] == "0" and len(value) > 1) or len(value) > LONGEST_NUMBER for value in digits)


def _size(kind: str, counted: Mapping[str, int]) -> tuple[int | None, int | None]:
    if kind == "N":
        parts = [value.lstrip("+-").partition(".") for value in counted if _is_number(value)]
        point = max((len(part) for _, _, part in parts), default=0)
        whole = max((len(digits) for digits, _, _ in parts), default=1)
        return min(38, max(USUAL_DIGITS, _rounded(whole + point))), point
    if kind != "C" or not counted:
        return None, None
    sizes = {len(value) for value in counted}
    return (sizes.pop() if len(sizes) == 1 else _rounded(max(sizes) * 3 // 2)), None


def _rounded(size: int) -> int:
    return next((known for known in LENGTHS if known >= size), LENGTHS[-1])


def _ends(kind: str, counted: Mapping[str, int]) -> tuple[str, str]:
    if kind == "N":
        numbers = sorted((float(value), value) for value in counted if _is_number(value))
        return (numbers[0][1], numbers[-1][1]) if numbers else ("", "")
    if kind in ("D", "T") and counted:
        fits = _is_day if kind == "D" else _is_moment
        days = sorted(value for value in counted if fits(value))
        return days[0], days[-1]
    return "", ""
