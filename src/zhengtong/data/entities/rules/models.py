"""A model of likeness (Fellegi–Sunter): how often each level is reached by two records of one and of two beings."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zhengtong.data.entities.rules.comparing import COMPARISONS, DIFFERS, UNKNOWN, Kind

FORMAT = "entity-model@1"
LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Chance:
    """How likely a level is among pairs of one being (`m`) and among pairs of two (`u`)."""

    m: float
    u: float

    @property
    def weight(self) -> float:
        """Bits for (positive) or against the two being one."""
        return math.log2(max(self.m, LEAST) / max(self.u, LEAST))


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one comparison adds to the answer, in bits, and the level that was reached."""

    comparison: str
    level: str
    weight: float


@dataclass(frozen=True, slots=True)
class Score:
    """The outcome for two records: the probability that they are one being, and why."""

    probability: float
    weight: float
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model. Pairs from `review` on are asked about, from `link` on they are linked."""

    kind: Kind
    number: int
    prior: float
    review: float
    link: float
    chances: Mapping[str, Mapping[str, Chance]]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Model":
        """From its JSON. Raises ValueError where a level is missing."""
        kind = Kind(told["kind"])
        chances = {
            name: {level: Chance(*pair) for level, pair in levels.items()} for name, levels in told["chances"].items()
        }
        for one in COMPARISONS[kind]:
            missing = {*(level.name for level in one.levels), DIFFERS} - set(chances.get(one.name, {}))
            if missing:
                raise ValueError(f"the model of {kind.value} lacks {one.name}: {sorted(missing)}")
        return cls(kind, told["number"], told["prior"], told["review"], told["link"], chances)

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "format": FORMAT,
            "kind": self.kind.value,
            "number": self.number,
            "prior": self.prior,
            "review": self.review,
            "link": self.link,
            "chances": {
                name: {level: [chance.m, chance.u] for level, chance in levels.items()}
                for name, levels in self.chances.items()
            },
        }


def score(model: Model, levels: Mapping[str, str]) -> Score:
    """How likely two records are of one being, from the level that each comparison reached.

    The prior odds times each level's Bayes factor m/u; a comparison on which a record is silent counts neither way.
    """
    told = tuple(
        Contribution(name, level, 0.0 if level == UNKNOWN else model.chances[name][level].weight)
        for name, level in levels.items()
    )
    weight = math.log2(model.prior / (1 - model.prior)) + sum(one.weight for one in told)
    return Score(probability(weight), weight, told)


def probability(weight: float) -> float:
    """The probability of odds given in bits.

    >>> probability(0.0), round(probability(10.0), 4)
    (0.5, 0.999)
    """
    if weight > 50:
        return 1.0
    odds: float = 2.0 ** max(weight, -1000.0)
    return odds / (1 + odds)


def links_by_itself(model: Model, levels: Mapping[str, str], chance: float) -> bool:
    """True where two records are linked without asking: likely enough, and alike in name or in number.

    Twins share birthday, address and telephone: without a like name or number a person decides.
    """
    alike = levels["name"] in ("same", "core", "sound") or levels["code"] in ("same", "slip")
    return chance >= model.link and alike
