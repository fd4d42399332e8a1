"""A change of the source's columns, confirmed by a person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.data.intake import errors, queries, schemas
from zhengtong.data.intake.actions import credentials, runs, sources, trying
from zhengtong.data.intake.permissions import CONNECT
from zhengtong.data.intake.rules import RunState, SourceConfig, drift
from zhengtong.data.intake.tables import Run, Source
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import Database
from zhengtong.kernel.errors import Words
from zhengtong.kernel.given import Givens


def confirm(
    database: Database, actor: Actor, run_id: UUID, given: schemas.DriftConfirmed, givens: Givens, *, now: datetime
) -> schemas.RunOut:
    """This will accept the columns as they are now, with this mapping, and have the run go on. Needs CONNECT.

    New columns that are named are proposed to the item's department as fields of its next version, which needs the catalogue's
    EDIT. Raises RunNotSo, MappingWrong, ColumnNotNew, and what the catalogue raises.
    """
    with database.read() as session:
        config = _config(session, actor, run_id, given, givens[Keyring])
    samples = _samples(config, given.propose, givens)
    with database.write() as session:
        run = queries.get_run(session, actor, run_id, lock=True)
        source = _accept(session, actor, run, given, now=now)
        if given.propose:
            item = catalogue.get_item(session, source.item_id) if source.item_id else None
            if item is None:
                raise errors.SourceNotReady(code=source.code)
            catalogue.propose_more_fields(session, actor, item, samples, now=now, source=source.code)
        session.flush()
        return queries.run_out(session, actor, run)


def _config(
    session: Session, actor: Actor, run_id: UUID, given: schemas.DriftConfirmed, keyring: Keyring
) -> SourceConfig | None:
    """How to look at the source for what is proposed; None where nothing is."""
    run = queries.get_run(session, actor, run_id)
    new = {one["after"] if one["change"] == drift.Change.RENAMED else one["column"] for one in run.drift}
    if unknown := [name for name in given.propose if name not in new]:
        raise errors.ColumnNotNew(column=unknown[0])
    source = session.get_one(Source, run.source_id)
    if not given.propose or not actor.may(CONNECT, source.department_id):
        return None
    return credentials.config_of(source, keyring, run.what)


def _samples(config: SourceConfig | None, names: list[str], givens: Givens) -> list[catalogue.Sample]:
    """The columns that are proposed, with values where the source gives some just now; else by their names alone."""
    if config is None:
        return []
    try:
        seen = trying.look(config, givens)
    except (errors.SourceAway, errors.SourceRefused):
        return [catalogue.Sample(name, "", []) for name in names]
    return [catalogue.Sample(name, "", seen.values(name)) for name in names]


def _accept(session: Session, actor: Actor, run: Run, given: schemas.DriftConfirmed, *, now: datetime) -> Source:
    source = session.get_one(Source, run.source_id)
    require(actor, CONNECT, source, now=now)
    if run.state is not RunState.PAUSED or not run.drift:
        raise errors.RunNotSo(state=runs.STATES[run.state], deed=Words("确认列的变化", "confirmed"))
    columns = _columns_now(source, run)
    fields = catalogue.fields_of(session, source.item_id) if source.item_id else []
    sources.check_mapping(fields, given.mapping, [one["name"] for one in columns])
    before = {"mapping": source.mapping, "columns": [one["name"] for one in source.columns]}
    source.mapping = {name: column for name, column in given.mapping.items() if column}
    source.columns, source.changed_at = columns, now
    after = {"mapping": source.mapping, "columns": [one["name"] for one in columns], "proposed": given.propose}
    audit.record(session, actor, "intake.drift_confirmed", source, before=before, after=after, at=now)
    if given.resume:
        runs.resume(session, run, now=now)
    return source


def _columns_now(source: Source, run: Run) -> list[dict[str, str]]:
    """The accepted columns with the run's changes made to them."""
    now = {one["name"]: one.get("type", "") for one in source.columns}
    for told in run.drift:
        change = drift.Change(told["change"])
        if change in (drift.Change.GONE, drift.Change.RENAMED):
            now.pop(told["column"], None)
        if change is drift.Change.ADDED:
            now[told["column"]] = told["after"]
        if change is drift.Change.RENAMED:
            now[told["after"]] = ""
        if change is drift.Change.RETYPED:
            now[told["column"]] = told["after"]
    return [{"name": name, "type": kind} for name, kind in now.items()]
