"""OpenLineage run events (openlineage.io, spec 2-0-2): our jobs told in its words, and others' heard."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from zhengtong.data.catalogue.rules.lineage import AGGREGATE, COMPUTE, COPY

NAMESPACE = "zhengtong"
PRODUCER = "urn:zhengtong:catalogue"
SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
COLUMNS = "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet"
FIELDS = "https://openlineage.io/spec/facets/1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet"
SUBTYPES = {COPY: "IDENTITY", COMPUTE: "TRANSFORMATION", AGGREGATE: "AGGREGATION"}
HOW = {subtype: how for how, subtype in SUBTYPES.items()}


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset by its names, with the fields it is known to have: (name, type)."""

    namespace: str
    name: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """One field of an output made from one field of an input."""

    source: Dataset
    source_field: str
    target: Dataset
    target_field: str
    how: str


def run_event(job: str, run_id: UUID, at: datetime, streams: Sequence[Stream]) -> dict[str, Any]:
    """The COMPLETE event of a run of the job that made these streams."""
    inputs = {(one.source.namespace, one.source.name): one.source for one in streams}
    outputs = {(one.target.namespace, one.target.name): one.target for one in streams}
    return {
        "eventType": "COMPLETE",
        "eventTime": at.isoformat().replace("+00:00", "Z"),
        "run": {"runId": str(run_id)},
        "job": {"namespace": NAMESPACE, "name": job},
        "inputs": [_told(one) for one in inputs.values()],
        "outputs": [
            _told(one, columnLineage=_lineage(of for of in streams if of.target == one)) for one in outputs.values()
        ],
        "producer": PRODUCER,
        "schemaURL": SCHEMA,
    }


def streams_of(event: Mapping[str, Any]) -> list[tuple[tuple[str, str], str, tuple[str, str], str, str]]:
    """What an event says: (input dataset, its field, output dataset, its field, how).

    Where an output has no column lineage, every input goes into it as a whole; indirect influences (filters, joins) are left out.
    """
    found = []
    inputs = [(one["namespace"], one["name"]) for one in event.get("inputs") or []]
    for output in event.get("outputs") or []:
        target = (output["namespace"], output["name"])
        facet = (output.get("facets") or {}).get("columnLineage")
        if not facet:
            found += [(source, "", target, "", COMPUTE) for source in inputs if source != target]
            continue
        for field, told in facet["fields"].items():
            for one in told["inputFields"]:
                how = _how(one.get("transformations") or [], str(told.get("transformationType") or ""))
                if how:
                    found.append(((one["namespace"], one["name"]), one["field"], target, field, how))
    return found


def _how(transformations: Sequence[Mapping[str, Any]], older: str) -> str:
    direct = [one for one in transformations if one.get("type") != "INDIRECT"]
    if transformations and not direct:
        return ""
    subtypes = {str(one.get("subtype") or "").upper() for one in direct} or {older.upper()}
    for subtype in ("AGGREGATION", "TRANSFORMATION", "IDENTITY"):
        if subtype in subtypes:
            return HOW[subtype]
    return COMPUTE


def _told(one: Dataset, **facets: Any) -> dict[str, Any]:
    fields = [{"name": name, "type": kind} for name, kind in one.fields]
    if fields:
        facets["schema"] = {"_producer": PRODUCER, "_schemaURL": FIELDS, "fields": fields}
    return {"namespace": one.namespace, "name": one.name, "facets": facets}


def _lineage(streams: Iterable[Stream]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for one in streams:
        if not one.target_field:
            continue
        told = {
            "namespace": one.source.namespace,
            "name": one.source.name,
            "field": one.source_field,
            "transformations": [{"type": "DIRECT", "subtype": SUBTYPES[one.how], "description": "", "masking": False}],
        }
        fields.setdefault(one.target_field, {"inputFields": []})["inputFields"].append(told)
    return {"_producer": PRODUCER, "_schemaURL": COLUMNS, "fields": fields}
