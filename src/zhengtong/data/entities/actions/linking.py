"""Compare whole registers at once by Splink, on the engine that does the city's computing; and train models there."""

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from zhengtong.data.entities import rules
from zhengtong.data.entities.rules import Kind, Model, splinking
from zhengtong.engines.compute import Work

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
RECORDS = "entity_records"
SEED = 20260305
U_PAIRS = 2_000_000.0
LEAST = 1_000


def alike(
    work: Work, model: Model, rows: "pa.Table", judge: Callable[[dict[str, str]], T]
) -> Iterator[tuple[int, int, T]]:
    """Numbers of records that share a blocking key and are likely enough to ask about, with what `judge` says of their levels.

    Few combinations of levels occur in many pairs: each is judged once.
    """
    found = predicted(work, model, rows, threshold=model.review).as_pyarrow_table()
    decoder = splinking.Decoder(model)
    judged: dict[tuple[float, ...], T] = {}
    for batch in found.to_batches():
        weights = zip(*(batch.column(f"mw_{one.name}").to_pylist() for one in decoder.comparisons), strict=True)
        left, right = (batch.column(f"{splinking.ID}_{side}").to_pylist() for side in "lr")
        for one, other, told in zip(left, right, weights, strict=True):
            if told not in judged:
                levels = _levels(decoder, told, rows, one, other)
                verdict = judge(levels[0])
                if not levels[1]:
                    yield one, other, verdict
                    continue
                judged[told] = verdict
            yield one, other, judged[told]


def _levels(
    decoder: splinking.Decoder, weights: tuple[float, ...], rows: "pa.Table", one: int, other: int
) -> tuple[dict[str, str], bool]:
    """The level of each comparison, and whether the weights alone tell it."""
    levels, clear = {}, True
    for comparison, weight in zip(decoder.comparisons, weights, strict=True):
        level = decoder.level(comparison, weight)
        clear &= bool(level)
        levels[comparison.name] = level or rules.level_of(comparison, _row(rows, one), _row(rows, other))
    return levels, clear


def _row(rows: "pa.Table", number: int) -> dict[str, str]:
    """A record's columns again: rows lie in the order of their numbers."""
    return {name: value or "" for name, value in rows.slice(number, 1).to_pylist()[0].items() if name != splinking.ID}


def predicted(work: Work, model: Model, rows: "pa.Table", *, threshold: float | None) -> Any:
    """Splink's own answer for these rows."""
    linker = _linker(work, splinking.settings(model), rows)
    return linker.inference.predict(threshold_match_probability=threshold)


def trained(work: Work, kind: Kind, rows: "pa.Table", *, number: int, before: Model) -> Model:
    """A model trained on these records: chance agreements by random pairs, the rest by expectation maximisation.

    The same records give the same model: seeds are fixed.
    """
    from splink import block_on
    from splink.internals.exceptions import EMTrainingException

    linker = _linker(work, splinking.settings(before, weighed=False), rows)
    certain = [block_on(*columns) for columns in splinking.CERTAIN[kind]]
    linker.training.estimate_probability_two_random_records_match(certain, recall=splinking.RECALL)
    linker.training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=SEED)
    for key in splinking.TRAINED_ON[kind]:
        with contextlib.suppress(EMTrainingException):  # no pairs to learn from by this key: the other one remains
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(key), fix_u_probabilities=True, record_sample_proportion=1.0
            )
    return splinking.model_of(kind, number, linker.misc.save_model_to_json(), before)


def _linker(work: Work, settings: Any, rows: "pa.Table") -> Any:
    import logging

    from splink import Linker

    database = work.linker()
    work.rows(rows, name=RECORDS)
    return Linker(database.register(RECORDS), settings, log_level=logging.ERROR)
