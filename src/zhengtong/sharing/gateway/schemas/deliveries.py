"""Exchanges, files and traced leaks over the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from zhengtong.sharing.gateway.rules.exchanging import Into
from zhengtong.sharing.gateway.rules.watermark import Likeness
from zhengtong.sharing.gateway.schemas.calls import SharePlace, Words
from zhengtong.sharing.gateway.tables import Exchange, SentFile


class BasisIn(BaseModel):
    """Under which agreement, of which item, for which of the consumer's systems, for what."""

    model_config = ConfigDict(extra="forbid")
    agreement: str = Field(max_length=40, examples=["XY-2026-0391"])
    item: str = Field(max_length=40, examples=["SJ-3102"])
    system_id: UUID
    purpose: str = Field(max_length=60)
    case_number: str = Field("", max_length=100)


class NewExchange(BasisIn):
    """`url`: of the receiver's database, with account and password; they are sealed and never shown again."""

    into: Into = Into.DATABASE
    target: str = Field(max_length=130, description="table, schema.table, or topic")
    url: SecretStr = SecretStr("")


class NewAddress(BaseModel):
    """Where to from now on: a new password, or a database that was moved with its tables."""

    model_config = ConfigDict(extra="forbid")
    url: SecretStr


class Trouble(BaseModel):
    """What hinders it, in both languages."""

    zh: str
    en: str


class Report(BaseModel):
    """Source and receiver compared; the first hundred rows of each kind, by the receiver's name of them."""

    source: int
    target: int
    missing: list[str]
    extra: list[str]
    altered: list[str]
    agrees: bool


class Abilities(BaseModel):
    """What the reader can do with it now."""

    change: bool
    pause: bool = False
    resume: bool = False
    confirm: bool = False
    reconcile: bool = False
    fetch: bool = False


class Progress(BaseModel):
    """How far the present run is. `total`: rows of the first copy, where they are known; later runs bring what has changed."""

    going: bool
    rows: int
    total: int | None
    per_second: float | None
    seconds_left: int | None


class DeliveryNames(BaseModel):
    """The two sides, the receiving system and the purpose, by name."""

    provider: SharePlace | None = None
    consumer: SharePlace | None = None
    system: str = ""
    purpose_words: Words = {}


class ExchangeOut(DeliveryNames):
    """An exchange. `progress` of a single one only."""

    id: UUID
    agreement: str
    item_code: str
    item_name: str
    provider_id: UUID
    consumer_id: UUID
    system_id: UUID
    purpose: str
    case_number: str
    into: Into
    address: str
    target: str
    state: str
    trouble: Trouble | None
    columns: list[str]
    lake_version: int | None
    rows_put: int
    rows_gone: int
    last_at: datetime | None
    tried_at: datetime | None
    reconciled: Report | None
    reconciled_at: datetime | None
    created_at: datetime
    created_by_name: str
    version: int
    progress: Progress | None = None
    abilities: Abilities

    @classmethod
    def of(cls, one: Exchange, *, named: Mapping[str, Any], may_change: bool) -> Self:
        live = one.state != "stopped"
        abilities = Abilities(
            change=may_change and live,
            pause=may_change and one.state == "active",
            resume=may_change and one.state == "paused",
            confirm=may_change and one.state == "held",
            reconcile=may_change and live and one.into == Into.DATABASE and one.lake_version >= 0,
        )
        told: dict[str, Any] = {name: getattr(one, name) for name in cls.model_fields if hasattr(one, name)}
        columns = [column.split(":", 1)[0] for column in one.shape]
        version = one.lake_version if one.lake_version >= 0 else None
        return cls(**{**told, **named, "columns": columns, "lake_version": version, "abilities": abilities})


class ExchangeStepOut(BaseModel):
    """One step of an exchange: what it brought, and its receipt."""

    lake_version: int
    rows_put: int
    rows_gone: int
    receipt_id: UUID | None
    at: datetime


class NewFile(BasisIn):
    """`decoys`: rows both sides agreed on as such, by field."""

    format: Literal["csv", "xlsx", "parquet"] = "csv"
    decoys: list[dict[str, str]] = Field(default=[], max_length=2_000)


class FileOut(DeliveryNames):
    """A file made for one recipient. `digest`: SM3 of the sealed file; `key_fingerprint`: of the key it is sealed to."""

    id: UUID
    agreement: str
    item_code: str
    item_name: str
    provider_id: UUID
    consumer_id: UUID
    system_id: UUID
    purpose: str
    case_number: str
    format: str
    state: str
    trouble: Trouble | None
    key_fingerprint: str
    rows: int
    size: int
    digest: str
    receipt_id: UUID | None
    downloads: int
    asked_at: datetime
    asked_by_name: str
    made_at: datetime | None
    expires_at: datetime | None
    decoys: int
    version: int
    abilities: Abilities

    @classmethod
    def of(cls, one: SentFile, *, named: Mapping[str, Any], may_change: bool) -> Self:
        told: dict[str, Any] = {name: getattr(one, name) for name in cls.model_fields if hasattr(one, name)}
        abilities = Abilities(change=may_change, fetch=one.state == "ready")
        return cls(**{**told, **named, "decoys": len(one.decoys), "abilities": abilities})


class SuspectOut(BaseModel):
    """A file, and how much the leaked copy is like it. `sure`: not by chance (six standard deviations, or eight decoys)."""

    file: FileOut
    rows: int
    deviations: float
    decoys_found: int
    decoys_foreign: int
    sure: bool

    @classmethod
    def of(cls, file: FileOut, found: Likeness) -> Self:
        return cls(
            file=file,
            rows=found.rows,
            deviations=found.deviations,
            decoys_found=found.decoys_found,
            decoys_foreign=found.decoys_foreign,
            sure=found.is_sure,
        )


class TraceOut(BaseModel):
    """The files of the item, the likeliest first; those that are sure may be several where one was leaked twice."""

    compared: int
    suspects: list[SuspectOut]
