"""What was planted in the bureaus' data, for whoever measures a detector against it."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from .bureaus import kept
from .items import items

SENSITIVE = ("general_3", "general_4")


def truth(seed: int, of_residents: int, of_firms: int) -> dict[str, Any]:
    """`planted`: each variant, contradiction, near miss and fault; `whose`: the true id number of each case of relief;
    `sensitive`: the fields of the catalogue that are sensitive, by item code and field name."""
    planted: list[dict[str, Any]] = []
    whose: dict[str, str] = {}
    for block in kept(seed, of_residents, of_firms):
        planted += [dataclasses.asdict(one) for one in block.truth]
        whose |= block.whose
    sensitive = [[item.code, field.name] for item in items(seed) for field in item.fields if field.level in SENSITIVE]
    told = {"seed": seed, "residents": of_residents, "firms": of_firms}
    return {**told, "planted": planted, "whose": whose, "sensitive": sensitive}


def write_truth(path: Path, seed: int, of_residents: int, of_firms: int) -> None:
    """This will write the truth as JSON."""
    path.write_text(json.dumps(truth(seed, of_residents, of_firms), ensure_ascii=False) + "\n", "utf-8", newline="\n")
