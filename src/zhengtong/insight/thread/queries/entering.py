"""By which end a thread is entered, and the path that hangs on it: the newest of each kind that the reader may see."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from zhengtong.data import catalogue, intake
from zhengtong.insight.thread.errors import EndNotFound
from zhengtong.insight.thread.queries.reading import Focus, Reading, body_of
from zhengtong.insight.thread.rules import Kind, served_from
from zhengtong.kernel.errors import Problem
from zhengtong.sharing import agreements, gateway, ledger

FIELDS_AT_MOST = 500


def enter(reading: Reading, kind: Kind, id: str, *, version: int | None = None, field: str = "") -> Focus:
    """The path that hangs on this end. Raises EndNotFound, also for what the reader may not see."""
    found = {
        Kind.BATCH: _by_batch,
        Kind.ITEM: _by_item,
        Kind.AGREEMENT: _by_agreement,
        Kind.RECEIPT: _by_receipt,
        Kind.USE: _by_use,
    }[kind](reading, id.strip(), version, field)
    if found is None:
        raise EndNotFound(id=id)
    return found


def batches(reading: Reading, focus: Focus) -> Select[intake.Batch]:
    """The batches on the thread that the reader may see: of the item, up to the version that was served."""
    statement = intake.visible_batches(reading.actor)
    if focus.kind is Kind.BATCH and focus.batch:
        return statement.where(intake.Batch.id == focus.batch.id)
    statement = statement.where(intake.Batch.item_id == (focus.item.id if focus.item else None))
    return statement.where(intake.Batch.version <= focus.lake_version) if focus.lake_version is not None else statement


def agreed(reading: Reading, focus: Focus) -> Select[agreements.Agreement]:
    """The agreements on the thread that the reader may see: on the item, and on the field where one is followed."""
    statement = agreements.visible_agreements(agreements.desk(reading.session, reading.actor))
    if focus.kind in (Kind.AGREEMENT, Kind.RECEIPT, Kind.USE):
        return statement.where(agreements.Agreement.id == (focus.agreement.id if focus.agreement else None))
    statement = statement.where(agreements.Agreement.item_id == (focus.item.id if focus.item else None))
    return statement.where(agreements.Agreement.id.in_(_giving(reading, focus))) if focus.field else statement


def calls(reading: Reading, focus: Focus) -> Select[gateway.Call]:
    """The calls on the thread that the reader may see: of the item or agreement; of a batch, those since it landed."""
    statement = gateway.visible_calls(reading.actor)
    if focus.kind in (Kind.RECEIPT, Kind.USE):
        return statement.where(gateway.Call.number == (focus.call.number if focus.call else None))
    if focus.kind is Kind.AGREEMENT:
        return statement.where(gateway.Call.agreement_id == (focus.agreement.id if focus.agreement else None))
    statement = statement.where(gateway.Call.item_id == (focus.item.id if focus.item else None))
    if focus.kind is Kind.BATCH and focus.batch:
        statement = statement.where(gateway.Call.response_out >= focus.batch.at)
    return statement.where(gateway.Call.agreement_id.in_(_giving(reading, focus))) if focus.field else statement


def count(reading: Reading, statement: Select[Any]) -> int:
    """How many there are."""
    return reading.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0


def _by_batch(reading: Reading, id: str, version: int | None, field: str) -> Focus | None:
    wanted = intake.visible_batches(reading.actor).where(intake.Batch.id == _uuid(id))
    batch = reading.session.scalar(wanted)
    if batch is None:
        return None
    item = reading.session.get(catalogue.Item, batch.item_id)
    return _onward(reading, Focus(Kind.BATCH, str(batch.id), batch=batch, item=item, field=field))


def _by_item(reading: Reading, id: str, version: int | None, field: str) -> Focus | None:
    named = _uuid(id)
    known = reading.session.get(catalogue.Item, named) if named else catalogue.item_by_code(reading.session, id)
    wanted = catalogue.visible_items(reading.actor).where(catalogue.Item.id == (known.id if known else None))
    item = reading.session.scalar(wanted)
    if item is None or (version and not reading.session.get(catalogue.ItemVersion, (item.id, version))):
        return None
    if field and field not in {one.name for one in catalogue.fields_of(reading.session, item.id)}:
        return None
    return _onward(reading, Focus(Kind.ITEM, str(item.id), item=item, version=version, field=field))


def _by_agreement(reading: Reading, id: str, version: int | None, field: str) -> Focus | None:
    named, one = _uuid(id), agreements.Agreement
    desk = agreements.desk(reading.session, reading.actor)
    wanted = agreements.visible_agreements(desk).where(one.id == named if named else one.number == id.upper())
    found = reading.session.scalar(wanted)
    if found is None or (version and not reading.session.get(agreements.AgreementTerms, (found.id, version))):
        return None
    item = reading.session.get(catalogue.Item, found.item_id)
    number = version or found.in_force or found.terms_version
    focus = Focus(Kind.AGREEMENT, str(found.id), item=item, agreement=found, terms_version=number, field=field)
    return _onward(reading, focus)


def _by_receipt(reading: Reading, id: str, version: int | None, field: str) -> Focus | None:
    named, call = _uuid(id), gateway.Call
    statement = gateway.visible_calls(reading.actor).order_by(call.number.desc()).limit(1)
    wanted = statement.where(call.receipt_id == named if named else call.message_id == id)
    found = reading.session.scalar(wanted)
    return _of_call(reading, Kind.RECEIPT, found) if found else None


def _by_use(reading: Reading, id: str, version: int | None, field: str) -> Focus | None:
    try:
        person = gateway.person_of(reading.session, reading.actor, reading.keyring)
    except Problem:
        return None
    mine = (one for one in gateway.calls_about(reading.session, person) if one.receipt_id == _uuid(id))
    found = next((one for one in mine if gateway.is_shown(one, now=reading.now)), None)
    return _of_call(reading, Kind.USE, found, person) if found else None


def _of_call(
    reading: Reading, kind: Kind, call: gateway.Call, person: gateway.Person | None = None, before: Focus | None = None
) -> Focus:
    """The path back from a call, by what its receipt says."""
    session, kept = reading.session, ledger.find(reading.session, call.receipt_id)
    body = body_of(kept)
    served = served_from(body.get("copy"))
    item = session.get(catalogue.Item, call.item_id) if call.item_id else None
    agreement = session.get(agreements.Agreement, call.agreement_id) if call.agreement_id else None
    known = before or Focus(kind, str(call.receipt_id))
    focus = Focus(
        kind,
        known.id,
        batch=known.batch,
        item=item or known.item,
        version=known.version or (served[0] if served else None),
        field=known.field,
        lake_version=served[1] if served and kind is not Kind.BATCH else None,
        agreement=known.agreement or agreement,
        terms_version=known.terms_version or _whole(body.get("agreement_version")),
        call=call,
        body=body,
        person=person,
    )
    return focus if focus.batch else _with_batch(reading, focus)


def _onward(reading: Reading, focus: Focus) -> Focus:
    """The path from a batch, an item or an agreement to its newest call, and back to the batch that was served."""
    newest = calls(reading, focus).order_by(gateway.Call.number.desc()).limit(1)
    call = reading.session.scalar(newest)
    if call is not None:
        return _of_call(reading, focus.kind, call, before=focus)
    if focus.agreement is None:
        latest = agreed(reading, focus).order_by(agreements.Agreement.changed_at.desc()).limit(1)
        agreement = reading.session.scalar(latest)
        number = (agreement.in_force or agreement.terms_version) if agreement else None
        focus = replace(focus, agreement=agreement, terms_version=number)
    return focus if focus.batch else _with_batch(reading, focus)


def _with_batch(reading: Reading, focus: Focus) -> Focus:
    """With the newest batch that was served from, whether or not the reader may see it."""
    if focus.item is None:
        return focus
    landed = select(intake.Batch).where(
        intake.Batch.item_id == focus.item.id, intake.Batch.state == intake.BatchState.LANDED
    )
    if focus.lake_version is not None:
        landed = landed.where(intake.Batch.version <= focus.lake_version)
    newest = landed.order_by(intake.Batch.at.desc(), intake.Batch.number.desc()).limit(1)
    return replace(focus, batch=reading.session.scalar(newest))


def _giving(reading: Reading, focus: Focus) -> list[UUID]:
    """The agreements on the item whose terms give the field."""
    if focus.item is None:
        return []
    terms, one = agreements.AgreementTerms, agreements.Agreement
    number = func.coalesce(one.in_force, one.terms_version)
    joined = select(one.id, terms.terms).join(terms, (terms.agreement_id == one.id) & (terms.number == number))
    rows = reading.session.execute(joined.where(one.item_id == focus.item.id).limit(FIELDS_AT_MOST))
    item = focus.item.id.hex
    return [id for id, told in rows if told.get("fields", {}).get(item, {}).get(focus.field, "omit") != "omit"]


def _whole(told: object) -> int | None:
    return told if isinstance(told, int) else None


def _uuid(told: str) -> UUID | None:
    try:
        return UUID(told)
    except ValueError:
        return None
