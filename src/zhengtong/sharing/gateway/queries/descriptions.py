"""An agreement's item as an OpenAPI document."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from zhengtong.kernel.actor import Actor
from zhengtong.sharing.gateway.queries import copies
from zhengtong.sharing.gateway.rules import Field, Kind
from zhengtong.sharing.gateway.rules.openapi import describe as described


def describe(session: Session, actor: Actor, number: str, code: str, *, batch: int, now: datetime) -> dict[str, Any]:
    """The document. Raises AgreementNotYours, ItemNotServed."""
    told = copies.service_out(session, actor, number, code, now=now)
    fields = [Field(one.name, one.name_zh, Kind(one.kind), "", key=one.key, meaning=one.meaning) for one in told.fields]
    masks = {one.name: one.mask for one in told.fields}
    limits = {
        "rate_per_second": told.rate_per_second,
        "daily_quota": told.daily_quota,
        "max_rows": told.max_rows,
        "batch": batch,
    }
    return described(number, [(told.item_code, told.path, told.item_zh, fields, masks)], limits=limits)
