"""Lineage over the wire: graphs, derivations, and the run events of OpenLineage."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from zhengtong.data import standards
from zhengtong.data.catalogue.schemas.items import In, Words

Named = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Dialect = Literal["duckdb", "postgres", "mysql", "oracle", "spark", "hive", "sqlite", "tsql", "clickhouse", "doris"]


class NodeField(BaseModel):
    """A field on the graph. `level` is null where it is not ours, or not to be seen."""

    name: str
    name_zh: str
    level: standards.Level | None


class Node(BaseModel):
    """An item, or a source outside. `step`: 0 the item asked for, below 0 what it is made from, above 0 what is made of it."""

    key: str
    kind: Literal["item", "outside", "hidden"]
    id: UUID | None
    code: str
    name_zh: str
    name_en: str
    department: Words | None
    level: standards.Level | None
    step: int
    fields: list[NodeField]
    more: bool = Field(description="edges go on beyond the steps asked for")


class EdgeOut(BaseModel):
    """A field made from another, by a job."""

    source: str
    source_field: str
    target: str
    target_field: str
    how: Literal["copy", "compute", "aggregate"]
    job: str
    at: datetime


class LoweredOut(BaseModel):
    """A warning: a field declared lower than what it is made from."""

    item: str
    name_zh: str
    field: str
    level: standards.Level
    least: standards.Level
    because: str


class GraphOut(BaseModel):
    """The lineage around an item."""

    nodes: list[Node]
    edges: list[EdgeOut]
    warnings: list[LoweredOut]
    cut: bool = Field(description="there was too much to show; ask for one field or fewer steps")


class DerivationIn(In):
    """The query that makes an item. A table is an item's number, code or 中文 name, or a name outside."""

    sql: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50_000, pattern=r"^[^\x00]*$")
    ]
    dialect: Dialect = "duckdb"


class TableOut(BaseModel):
    """A table that the query reads, and the item it stands for."""

    name: str
    item_id: UUID | None
    item_name: str | None


class DerivationPlan(BaseModel):
    """What a query makes: which tables were known, the edges, and what does not fit the item."""

    tables: list[TableOut]
    edges: list[EdgeOut]
    unmatched: list[str] = Field(description="columns of the query that are no fields of the item")
    missing: list[str] = Field(description="fields of the item that the query does not make")
    warnings: list[LoweredOut]


class DerivationOut(DerivationPlan):
    """The query that makes the item, as it is kept."""

    sql: str
    dialect: str
    changed_at: datetime
    changed_by: str


class Told(BaseModel):
    """A part of an event; what the spec allows beyond is kept."""

    model_config = ConfigDict(extra="allow")


class Transformation(Told):
    type: str = Field(max_length=40)
    subtype: str | None = Field(None, max_length=40)


class InputField(Told):
    namespace: Named
    name: Named
    field: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    transformations: list[Transformation] | None = Field(None, max_length=50)


class ColumnInputs(Told):
    inputFields: list[InputField] = Field(max_length=1000)


class ColumnLineage(Told):
    fields: dict[Annotated[str, StringConstraints(min_length=1, max_length=100)], ColumnInputs] = Field(max_length=2000)


class Facets(Told):
    columnLineage: ColumnLineage | None = None


class DatasetIn(Told):
    namespace: Named
    name: Named
    facets: Facets | None = None


class RunIn(Told):
    runId: UUID
    facets: dict[str, Any] | None = None


class JobIn(Told):
    namespace: Named
    name: Named


class RunEventIn(Told):
    """A RunEvent of OpenLineage 1.x or 2.x."""

    eventType: Literal["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"] = "OTHER"
    eventTime: AwareDatetime
    run: RunIn
    job: JobIn
    inputs: list[DatasetIn] = Field([], max_length=500)
    outputs: list[DatasetIn] = Field([], max_length=500)
    producer: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    schemaURL: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class RunHeard(BaseModel):
    """What became of an event: how many edges it set; `known` when it had been told before."""

    run_id: UUID
    known: bool
    edges: int
