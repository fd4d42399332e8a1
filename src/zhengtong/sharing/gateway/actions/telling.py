"""Who is concerned hears of a delivery: a file that is ready or could not be made, an exchange that has stopped or goes on."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.kernel.errors import Words
from zhengtong.office import identity, notices
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway.permissions import READ_DELIVERIES
from zhengtong.sharing.gateway.tables import Exchange, SentFile

PAGE = "/sharing/deliveries"


def tell_of_file(session: Session, file: SentFile, *, now: datetime) -> None:
    """This will tell the recipient's department that its file is ready, or why it could not be made."""
    kind = "gateway.file_failed" if file.trouble else "gateway.file_ready"
    facts: dict[str, Any] = {"item": file.item_name, "agreement": file.agreement}
    facts |= {"why": _words(file.trouble)} if file.trouble else {"until": file.expires_at or now}
    _tell(session, kind, [file.consumer_id], facts, now=now)


def tell_of_exchange(session: Session, exchange: Exchange, *, now: datetime) -> None:
    """This will tell both departments that an exchange has stopped and why, or the receiver's that it goes on again."""
    facts: dict[str, Any] = {"item": exchange.item_name, "agreement": exchange.agreement, "target": exchange.target}
    if exchange.trouble:
        facts["why"] = _words(exchange.trouble)
        _tell(session, "gateway.exchange_stopped", [exchange.consumer_id, exchange.provider_id], facts, now=now)
    else:
        _tell(session, "gateway.exchange_goes_on", [exchange.consumer_id], facts, now=now)


def _tell(session: Session, kind: str, departments: Iterable[UUID], facts: Mapping[str, Any], *, now: datetime) -> None:
    on = identity.law_day(now)
    to = {person for one in departments for person in agreements.holders(session, READ_DELIVERIES, one, on=on)}
    notices.tell(session, to=sorted(to), kind=kind, parameters=facts, link=PAGE, now=now)


def _words(trouble: Mapping[str, Any]) -> Words:
    return Words(str(trouble["zh"]), str(trouble["en"]))
