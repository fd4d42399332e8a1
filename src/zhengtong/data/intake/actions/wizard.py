"""The wizard's steps that read the source: try it, and draft an item from what it gives."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.intake import queries, schemas
from zhengtong.data.intake.actions import credentials, sources, trying, uploaded
from zhengtong.data.intake.actions.trying import Sample
from zhengtong.data.intake.permissions import CONNECT, REVEAL
from zhengtong.data.intake.rules import Kind, Mode, SourceConfig
from zhengtong.data.intake.tables import Source
from zhengtong.engines.compute import Compute
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import Database
from zhengtong.kernel.given import Givens
from zhengtong.office import identity


def try_source(
    database: Database, actor: Actor, source_id: UUID, wanted: schemas.TrialIn, givens: Givens, *, now: datetime
) -> schemas.TrialOut:
    """This will look at the source and keep nothing, but for the columns of a draft. Needs CONNECT.

    Raises SourceRefused, SourceAway, UploadNotFound, SecretMarking.
    """
    with database.read() as session:
        source, config = _config(session, actor, source_id, wanted.upload_id, givens[Keyring], now)
    sample = trying.look(config, givens)
    today = identity.law_day(now)
    plan = None
    with database.read() as session:
        named = f"{source.code} {source.name_zh}"
        proposed = catalogue.propose_fields(session, samples_of(sample), now=now, about=named)
        alike = catalogue.duplicates_of(session, source.name_zh, [one.name_zh for one in proposed])
        item_id = wanted.item_id or source.item_id
        fields = catalogue.fields_of(session, item_id) if item_id else []
        matches = trying.matches(session, sample, fields)
        chosen = wanted.mapping or {one.field: one.column for one in matches}
        if fields:
            plan = trying.plan_of(session, fields, chosen, today=today)
    bad, reasons = trying.judged(sample, plan, givens[Compute]) if plan else (None, [])
    full = actor.may(REVEAL, source.department_id) and actor.stepped_up(now)
    columns = [schemas.ColumnOut(name=one.name, type=one.type) for one in sample.columns]
    with database.write() as session:
        sources.note_columns(session, session.get_one(Source, source_id), columns)
    return schemas.TrialOut(
        columns=columns,
        rows=trying.shown(sample, full=full),
        masked=not full,
        total=sample.total,
        sampled=sample.rows.num_rows,
        unreadable=[schemas.WordsOut(zh=zh, en=en) for zh, en in sample.unreadable[: trying.SHOWN]],
        proposals=matches,
        unmapped=[one.name for one in fields if not chosen.get(one.name)],
        bad=bad,
        reasons=reasons,
        fields=[_shown(one) for one in proposed],
        duplicates=[schemas.AlikeItem.model_validate(one, from_attributes=True) for one in alike],
        took_ms=sample.took_ms,
    )


def make_item(
    database: Database, actor: Actor, source_id: UUID, new: schemas.NewItemIn, givens: Givens, *, now: datetime
) -> schemas.SourceOut:
    """This will draft an item of the source's department from its columns and map the source to it. Needs CONNECT and the
    catalogue's EDIT. Raises what the catalogue raises."""
    with database.read() as session:
        source, config = _config(session, actor, source_id, new.upload_id, givens[Keyring], now)
    sample = trying.look(config, givens)
    with database.write() as session:
        taken = [one for one in samples_of(sample) if one.name not in new.leave_out]
        fields = catalogue.propose_fields(session, taken, now=now, about=f"{source.code} {new.name_zh}")
        proposal = catalogue.ItemProposal(
            department_id=source.department_id,
            name_zh=new.name_zh,
            name_en=new.name_en,
            abstract=new.abstract,
            class_code=new.class_code,
            update_cycle=new.update_cycle,
            fields=tuple(fields),
            source=source.code,
        )
        item = catalogue.propose_item(session, actor, proposal, now=now)
        session.flush()
        has_key = any(one.is_key for one in fields)
        mapped = schemas.MappingIn(
            item_id=item.id,
            mode=new.mode or (Mode.UPSERT if has_key else Mode.APPEND),
            mapping={one.name: one.source_name for one in fields},
            columns=[schemas.ColumnOut(name=one.name, type=one.type) for one in sample.columns],
        )
        source = session.get_one(Source, source_id)
        sources.map_source(session, actor, source, mapped, now=now)
        session.flush()
        return queries.source_out(session, actor, source)


def samples_of(sample: Sample) -> list[catalogue.Sample]:
    """The columns as the catalogue looks at them."""
    return [catalogue.Sample(one.name, _chinese(one.name), sample.values(one.name)) for one in sample.columns]


def _config(
    session: Session, actor: Actor, source_id: UUID, upload_id: UUID | None, keyring: Keyring, now: datetime
) -> tuple[Source, SourceConfig]:
    source = queries.get_source(session, actor, source_id)
    require(actor, CONNECT, source, now=now)
    what = (
        uploaded.what_of(uploaded.upload_of(session, actor, upload_id))
        if upload_id and source.kind is Kind.UPLOAD
        else {}
    )
    return source, credentials.config_of(source, keyring, what)


def _chinese(name: str) -> str:
    return name if any("\u4e00" <= letter <= "\u9fff" for letter in name) else ""


def _shown(one: catalogue.FieldProposal) -> dict[str, Any]:
    return asdict(one)
