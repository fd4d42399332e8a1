"""How well the detectors find what was planted in the sample city: linkage, contradictions, quarantine, sensitivity.

`python -m benchmarks.detectors [RESIDENTS FIRMS]` (4,000 and 600 by default) lets the four bureaus' systems flow into a city of its own,
as the demo does, waits until all is done, and compares with the truth file. Prints precision and recall, and writes
benchmarks/results/detectors-<date>.json. The city is a generated one: none of these is a figure for a real city.
"""

import collections
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from benchmarks._machine import keep
from zhengtong import app
from zhengtong.cli import bureaus, furnishing, loading, opening, serving
from zhengtong.cli.sample import sample_city
from zhengtong.data import catalogue, entities, intake
from zhengtong.data.entities.tables import RuleRow
from zhengtong.kernel import clock
from zhengtong.office import operations

SENSITIVE = ("general_3", "general_4")
Keys = dict[tuple[str, int], str]
TABLES = {
    "market.company": "uscc",
    "tax.payment": "payment_id",
    "tax.wage": "wage_id",
    "police.resident": "id_number",
    "civil.relief": "case_id",
}


def main(residents: int, firms: int) -> None:
    sample = sample_city()
    sample.SIZES["measured"] = sample.Size(residents, firms)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        given = {"intake": {"folders": [str(data / "bureaus")], "networks": ["127.0.0.0/8"]}}
        settings = opening.chosen(None, {"data": data, "log_level": "WARNING"}, also=lambda _: given)
        with opening.opened(settings) as city:
            begun = time.monotonic()
            items = _flow(city, sample, data / "bureaus")
            truth = json.loads((data / "bureaus" / "truth.json").read_text("utf-8"))
            seen = _Seen(city, items)
            keep(
                "detectors",
                {
                    "residents": residents,
                    "firms": firms,
                    "seconds": round(time.monotonic() - begun, 1),
                    "linkage": _linkage(seen, truth),
                    "contradictions": _contradictions(seen, truth),
                    "quarantine": _quarantine(seen, truth),
                    "sensitivity": _sensitivity(seen, truth),
                },
            )


def _flow(city: app.City, sample: Any, folder: Path) -> dict[str, Any]:
    """Load the departments, connect the bureaus, and work until nothing waits."""
    loading.load(city, sample, "small")
    found = bureaus.prepare(folder, city.engines.broker, sample, "measured", port=serving.free_port())
    items = furnishing.first_items(city, sample)
    furnishing.register(city)
    city.start()
    with sample.CivilService(found.civil, found.key, port=found.port):
        furnishing.connect(city, sample, found, items)
        _until_done(city)
        with city.database.write() as session:
            entities.order_all(session)
        _until_done(city)
    return items


def _until_done(city: app.City) -> None:
    """Until every source has landed something and no job is due, three looks in a row."""
    quiet = 0
    while quiet < 3:
        time.sleep(4)
        with city.database.read() as session:
            due = operations.count_due(session, now=clock.now(), running=True)
            landed = session.scalar(select(func.count(func.distinct(intake.Batch.item_id))))
        quiet = quiet + 1 if landed == len(TABLES) and not due else 0


class _Seen:
    """What the rooms found, by the bureaus' own keys."""

    def __init__(self, city: app.City, items: dict[str, Any]) -> None:
        self.city, self.items = city, items
        self.tables = {item_id: table for table, item_id in items.items()}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        for table, item_id in items.items():
            with city.database.read() as session:
                name = catalogue.get_item(session, item_id).table
            self.rows[table] = city.engines.lake.read(name).to_pylist()

    def keys(self, table: str) -> Keys:
        """The bureau's key of each row by batch and place."""
        return {(row["_batch_id"], row["_row"]): str(row[TABLES[table]]) for row in self.rows[table]}

    def entities(self, table: str) -> dict[str, Any]:
        """The entity of each row of the table, by the bureau's key; of several rows one stands for all."""
        keys = self.keys(table)
        with self.city.database.read() as session:
            found = session.scalars(select(entities.Record).where(entities.Record.item_id == self.items[table]))
            return {keys[place]: one.entity_id for one in found if (place := (one.batch_id, one.row)) in keys}


def _figures(found: Iterable[Any], true: Iterable[Any]) -> dict[str, Any]:
    found, true = set(found), set(true)
    right = len(found & true)
    precision, recall = right / len(found) if found else 1.0, right / len(true) if true else 1.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {
        "found": len(found),
        "planted": len(true),
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(f1, 4),
    }


def _linkage(seen: _Seen, truth: dict[str, Any]) -> dict[str, Any]:
    """Pairs of a case of relief and a resident: all, and those of cases that were written otherwise on purpose."""
    residents, cases = seen.entities("police.resident"), seen.entities("civil.relief")
    people = collections.defaultdict(list)
    for number, entity in residents.items():
        people[entity].append(number)
    true = {(case, number) for case, number in truth["whose"].items() if case in cases and number in residents}
    found = {(case, number) for case, entity in cases.items() for number in people[entity]}
    varied = {key for one in truth["planted"] if one["sort"] == "variant" for _, key in map(tuple, one["records"])}
    return {
        "cases × residents": _figures(found, true),
        "of planted variants": _figures(
            {one for one in found if one[0] in varied}, {one for one in true if one[0] in varied}
        ),
    }


def _contradictions(seen: _Seen, truth: dict[str, Any]) -> dict[str, Any]:
    """Leads by rule and the key of the row that the rule begins from; planted ones whose rows all landed."""
    landed = {(table, key) for table in TABLES for key in seen.keys(table).values()}
    true = {
        (one["kind"], one["records"][0][1])
        for one in truth["planted"]
        if one["sort"] == "contradiction" and tuple(one["records"][0]) in landed
    }
    near = {(one["kind"], one["records"][0][1]) for one in truth["planted"] if one["sort"] == "near_miss"}
    found = set()
    with seen.city.database.read() as session:
        for lead, code in session.execute(
            select(entities.Lead, RuleRow.code).join(RuleRow, entities.Lead.rule_id == RuleRow.id)
        ):
            for one in lead.evidence:
                if one.get("side") == "left":
                    found.add((code, seen.keys(one["table"])[(one["batch_id"], one["row"])]))
    return {**_figures(found, true), "near misses raised": len(found & near), "near misses": len(near)}


def _quarantine(seen: _Seen, truth: dict[str, Any]) -> dict[str, Any]:
    """Rows set aside, beside the rows in which a fault was planted; what was missed, by kind of fault."""
    kinds = {
        (table, key): one["kind"]
        for one in truth["planted"]
        if one["sort"] == "fault"
        for table, key in map(tuple, one["records"])
    }
    with seen.city.database.read() as session:
        rows = session.scalars(select(intake.QuarantinedRow)).all()
        found = {(table := seen.tables[row.item_id], str(row.values.get(TABLES[table]))) for row in rows}
    relief = {one for one in found if one[0] == "civil.relief"}  # numbers typed wrongly there are planted as variants
    missed = collections.Counter(kinds[one] for one in kinds.keys() - found)
    return {**_figures(found - relief, kinds), "missed by kind": dict(missed)}


def _sensitivity(seen: _Seen, truth: dict[str, Any]) -> dict[str, Any]:
    """Fields proposed as sensitive, beside those that are: of the bureaus' tables by names and values, of all items by names."""
    true = {tuple(one) for one in truth["sensitive"]}
    rows = {one.code: seen.rows[one.live] for one in sample_city().live_items()}
    found, now = set(), clock.now()
    with seen.city.database.read() as session:
        for item in sample_city().items(sample_city().SEED):
            kept = rows.get(item.code, [])[:2_000]
            told = [
                catalogue.Sample(
                    field.name,
                    field.name_zh,
                    [None if row[field.name] is None else str(row[field.name]) for row in kept],
                )
                for field in item.fields
            ]
            proposed = catalogue.propose_fields(session, told, now=now)
            found |= {(item.code, one.name) for one in proposed if one.to_content().level in SENSITIVE}
    return {
        "bureaus' tables": _figures((one for one in found if one[0] in rows), (one for one in true if one[0] in rows)),
        "all 1,200 items": _figures(found, true),
    }


if __name__ == "__main__":
    asked = [int(one) for one in sys.argv[1:3]]
    main(*(asked if len(asked) == 2 else (4_000, 600)))
