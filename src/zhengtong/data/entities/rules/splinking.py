"""The same model as Splink's settings, so that a batch is compared on DuckDB or Spark by the levels that one record is compared by.

Only equality and Levenshtein's distance are asked for: both engines have them, so that no Java archive of similarity functions is
needed on Spark.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from zhengtong.data.entities.rules.comparing import (
    COMPARISONS,
    DIFFERS,
    KEYS,
    UNKNOWN,
    Comparison,
    Kind,
    Level,
    Test,
)
from zhengtong.data.entities.rules.models import Chance, Model

ID = "number"
LEAST_CHANCE = 1e-9
TRAINED_ON: Mapping[Kind, tuple[str, ...]] = {
    Kind.PERSON: ("by_phone", "by_name_birth"),
    Kind.FIRM: ("by_phone", "by_core"),
}
CERTAIN: Mapping[Kind, tuple[tuple[str, ...], ...]] = {
    Kind.PERSON: (("code",), ("name", "birth", "phone")),
    Kind.FIRM: (("code",), ("name", "phone")),
}
RECALL = 0.8
DIGITS = 9


def settings(model: Model, *, weighed: bool = True) -> Any:
    """The model as Splink's settings; not `weighed`: the levels alone, to be trained."""
    from splink import SettingsCreator, block_on

    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name=ID,
        comparisons=[_comparison(one, model if weighed else None) for one in COMPARISONS[model.kind]],
        blocking_rules_to_generate_predictions=[block_on(key) for key in KEYS[model.kind]],
        probability_two_random_records_match=model.prior,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )


def _comparison(one: Comparison, model: Model | None) -> Any:
    import splink.comparison_level_library as levels
    import splink.comparison_library as comparisons

    known = model.chances[one.name] if model else None
    told: list[Any] = [levels.NullLevel(one.column)]
    told += [_weighed(_level(level), known, level.name) for level in one.levels]
    told.append(_weighed(levels.ElseLevel(), known, DIFFERS))
    return comparisons.CustomComparison(told, output_column_name=one.name)


def _weighed(level: Any, known: Mapping[str, Chance] | None, name: str) -> Any:
    if known is None:
        return level
    chance = known[name]
    return level.configure(m_probability=max(chance.m, LEAST_CHANCE), u_probability=max(chance.u, LEAST_CHANCE))


def _level(level: Level) -> Any:
    import splink.comparison_level_library as levels

    ways = [_all([_test(test) for test in way]) for way in level.any_of]
    return ways[0] if len(ways) == 1 else levels.Or(*ways)


def _all(tests: Sequence[Any]) -> Any:
    import splink.comparison_level_library as levels

    return tests[0] if len(tests) == 1 else levels.And(*tests)


def _test(test: Test) -> Any:
    import splink.comparison_level_library as levels

    if test.how == "same":
        return levels.ExactMatchLevel(test.column)
    return levels.LevenshteinLevel(test.column, test.most)


class Decoder:
    """Levels from the weights that Splink adds up: it keeps them, and not the levels, beside a pair that it found.

    Where two levels weigh the same to the ninth digit the answer is empty: it is to be worked out from the records again.
    """

    def __init__(self, model: Model) -> None:
        self.comparisons = COMPARISONS[model.kind]
        self._known = {one.name: self._by_weight(one, model) for one in self.comparisons}

    def level(self, one: Comparison, weight: float) -> str:
        """The level that weighs so much."""
        return self._known[one.name].get(round(weight, DIGITS), "")

    @staticmethod
    def _by_weight(one: Comparison, model: Model) -> dict[float, str]:
        found = {0.0: UNKNOWN}
        for level, chance in model.chances[one.name].items():
            weight = round(chance.weight, DIGITS)
            found[weight] = "" if weight in found else level
        return found


def model_of(kind: Kind, number: int, trained: Mapping[str, Any], before: Model) -> Model:
    """The model in what Splink has trained; levels that training never met keep the chances they had before."""
    chances: dict[str, dict[str, Chance]] = {}
    told = {one["output_column_name"]: one["comparison_levels"] for one in trained["comparisons"]}
    for one in COMPARISONS[kind]:
        names = [UNKNOWN, *(level.name for level in one.levels), DIFFERS]
        chances[one.name] = {
            name: _chance(level, before.chances[one.name][name])
            for name, level in zip(names, told[one.name], strict=True)
            if name != UNKNOWN
        }
    prior = float(trained["probability_two_random_records_match"])
    return Model(kind, number, min(max(prior, 1e-12), 0.5), before.review, before.link, chances)


def _chance(level: Mapping[str, Any], before: Chance) -> Chance:
    m, u = level.get("m_probability"), level.get("u_probability")
    return Chance(
        before.m if m is None else max(float(m), LEAST_CHANCE), before.u if u is None else max(float(u), LEAST_CHANCE)
    )
