"""From counts to scores and a grade. Scores run from 0 to 100 with two decimals; every one keeps its parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from zhengtong.data.quality.rules.forms import Dimension, Rule, share
from zhengtong.data.quality.rules.pack import Grade, Pack

CENT = Decimal("0.01")
FULL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule found: `passed` of `judged`."""

    rule: Rule
    judged: int
    passed: int

    @property
    def rate(self) -> Decimal | None:
        """The pass rate, 0 to 1; nothing judged has none."""
        return Decimal(self.passed) / self.judged if self.judged else None


@dataclass(frozen=True, slots=True)
class DimensionScore:
    """A dimension's score, from how many rules, and the values judged and passed in all of them."""

    score: Decimal
    rules: int
    judged: int
    passed: int


@dataclass(frozen=True, slots=True)
class Score:
    """The whole score (none when nothing was judged), its grade, and the dimensions that were measured."""

    whole: Decimal | None
    grade: Grade | None
    dimensions: Mapping[Dimension, DimensionScore]
    judged: int
    passed: int


def score(outcomes: Sequence[Outcome], pack: Pack) -> Score:
    """Rules weigh within their dimension, dimensions within the whole; one that nothing was judged by is left out of both.

    >>> from zhengtong.data.quality.rules.forms import Dimension, Form, Rule, Severity
    >>> rule = Rule(Form.UNIQUE, ("a",), Dimension.ACCURACY, Severity.MAJOR, 1, "唯一")
    >>> score([Outcome(rule, 200, 199)], Pack.bare()).whole
    Decimal('99.50')
    """
    counted = [one for one in outcomes if one.judged]
    dimensions = {
        dimension: _dimension([one for one in counted if one.rule.dimension is dimension])
        for dimension in Dimension
        if any(one.rule.dimension is dimension for one in counted)
    }
    weights = {dimension: Decimal(pack.dimensions[dimension].weight) for dimension in dimensions}
    weighed = sum(weights.values(), Decimal(0))
    whole = None
    if weighed:
        whole = _cents(sum((weights[d] * one.score for d, one in dimensions.items()), Decimal(0)) / weighed)
    return Score(
        whole=whole,
        grade=None if whole is None else grade_of(whole, pack),
        dimensions=dimensions,
        judged=sum(one.judged for one in counted),
        passed=sum(one.passed for one in counted),
    )


def grade_of(whole: Decimal, pack: Pack) -> Grade:
    """The best grade whose bound the score reaches."""
    return next(grade for grade in pack.grades if whole >= grade.at_least)


def asks_correction(outcome: Outcome, pack: Pack) -> bool:
    """True when the pass rate lies below what the rule, or its severity, bears."""
    own = share(outcome.rule.threshold) if outcome.rule.threshold else None
    least = pack.severities[outcome.rule.severity].ticket_below if own is None else own
    return outcome.rate is not None and outcome.rate < least


def _dimension(outcomes: Sequence[Outcome]) -> DimensionScore:
    weight = sum(one.rule.weight for one in outcomes)
    weighed = sum((one.rule.weight * (one.rate or Decimal(0)) for one in outcomes), Decimal(0))
    return DimensionScore(
        score=_cents(FULL * weighed / weight),
        rules=len(outcomes),
        judged=sum(one.judged for one in outcomes),
        passed=sum(one.passed for one in outcomes),
    )


def _cents(number: Decimal) -> Decimal:
    return number.quantize(CENT, ROUND_HALF_UP)
