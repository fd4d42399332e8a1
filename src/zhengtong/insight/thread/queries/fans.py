"""Where a thread forks: its batches, agreements and calls, page by page, each with how its proof stands."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from zhengtong.data import catalogue, intake
from zhengtong.insight.thread import schemas
from zhengtong.insight.thread.errors import EndNotFound
from zhengtong.insight.thread.queries import entering, proofs
from zhengtong.insight.thread.queries.reading import Focus, Reading, words
from zhengtong.insight.thread.rules import Kind, Step
from zhengtong.kernel import web
from zhengtong.sharing import agreements, gateway

_Columns = Mapping[str, InstrumentedAttribute[Any]]


def lines(reading: Reading, focus: Focus, step: Step, page: web.PageArgs) -> web.Page[schemas.ThreadLine]:
    """The batches, agreements or calls on the thread that the reader may see, the newest first."""
    if step is Step.BATCH:
        batch, landed = intake.Batch, entering.batches(reading, focus)
        by: _Columns = {"-landed": batch.at}
        return web.paginate(
            reading.session, landed, page, sort=by, key=batch.id, item=lambda one: _batch(reading, focus, one)
        )
    if step is Step.AGREEMENT:
        agreement, made = agreements.Agreement, entering.agreed(reading, focus)
        by = {"-changed": agreement.changed_at}
        return web.paginate(
            reading.session, made, page, sort=by, key=agreement.id, item=lambda one: _agreement(reading, focus, one)
        )
    call, decided = gateway.Call, entering.calls(reading, focus)
    by = {"-number": call.number}
    return web.paginate(
        reading.session, decided, page, sort=by, key=call.number, item=lambda one: _call(reading, focus, one)
    )


def ends(reading: Reading, text: str) -> list[schemas.ThreadEnd]:
    """What a code or id names, of what the reader may see: an item, an agreement, a receipt, a batch, a use of their own data."""
    found: list[schemas.ThreadEnd] = []
    for kind in (Kind.ITEM, Kind.AGREEMENT, Kind.RECEIPT, Kind.USE, Kind.BATCH):
        try:
            focus = entering.enter(reading, kind, text)
        except EndNotFound:
            continue
        if kind is Kind.USE and any(one.kind is Kind.RECEIPT for one in found):
            continue
        zh, en = _KINDS[kind]
        found.append(schemas.ThreadEnd(kind=kind, id=focus.id, title=title(focus), said=words(zh, en)))
    return found


def title(focus: Focus) -> schemas.ThreadWords:
    """What the thread is called by the end at which it was entered."""
    item = focus.item
    named = words(item.name_zh, item.name_en or item.name_zh) if item else words("", "")
    if focus.kind is Kind.BATCH and focus.batch:
        return words(f"{named.zh} · 第 {focus.batch.number} 批", f"{named.en} · batch {focus.batch.number}")
    if focus.kind is Kind.AGREEMENT and focus.agreement:
        return words(f"{named.zh} · {focus.agreement.number}", f"{named.en} · {focus.agreement.number}")
    if focus.kind in (Kind.RECEIPT, Kind.USE) and focus.call:
        return words(named.zh or focus.call.item_code, named.en or focus.call.item_code)
    return named


_KINDS = {
    Kind.ITEM: ("数据项", "item"),
    Kind.AGREEMENT: ("协议", "agreement"),
    Kind.RECEIPT: ("回执", "receipt"),
    Kind.USE: ("对我的数据的一次使用", "a use of my data"),
    Kind.BATCH: ("批次", "batch"),
}


def _batch(reading: Reading, focus: Focus, one: intake.Batch) -> schemas.ThreadLine:
    item = reading.session.get(catalogue.Item, one.item_id)
    own = Focus(Kind.BATCH, str(one.id), batch=one, item=item)
    return schemas.ThreadLine(
        kind=Kind.BATCH,
        id=own.id,
        title=words(f"第 {one.number} 批", f"Batch {one.number}"),
        said=words(f"落湖 {one.rows_landed:,} 行，隔离 {one.rows_quarantined:,} 行", f"{one.rows_landed:,} landed, {one.rows_quarantined:,} quarantined"),
        at=one.at,
        proof=proofs.batch_proof(reading, own),
    )  # fmt: skip


def _agreement(reading: Reading, focus: Focus, one: agreements.Agreement) -> schemas.ThreadLine:
    number = one.in_force or one.terms_version
    own = Focus(Kind.AGREEMENT, str(one.id), item=focus.item, agreement=one, terms_version=number)
    return schemas.ThreadLine(
        kind=Kind.AGREEMENT,
        id=own.id,
        title=words(one.number, one.number),
        said=words(f"至 {one.valid_to}", f"until {one.valid_to}"),
        at=one.changed_at,
        proof=proofs.agreement_proof(reading, own),
    )


def _call(reading: Reading, focus: Focus, one: gateway.Call) -> schemas.ThreadLine:
    own = Focus(Kind.RECEIPT, str(one.receipt_id), call=one)
    purpose = gateway.purpose_words(one.purpose)
    zh, en = (f"给出 {one.rows:,} 行", f"{one.rows:,} rows given") if not one.code else ("拦下", "refused")
    return schemas.ThreadLine(
        kind=Kind.RECEIPT,
        id=own.id,
        title=words(f"{one.agreement} · {purpose['zh']}", f"{one.agreement} · {purpose['en']}"),
        said=words(zh, en),
        at=one.response_out,
        proof=proofs.call_proof(reading, own),
    )
