"""How far a run of an exchange is, how fast, and how long it will take."""

from datetime import timedelta
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from zhengtong.kernel.jobs import RUNNING, WAITING, JobRow
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway.schemas.deliveries import Progress
from zhengtong.sharing.gateway.tables import Exchange, ExchangeStep, ServingCopy

LOOKED_AT = 60
APART = timedelta(seconds=60)
"""Steps further apart than this are not of one run."""


def of(session: Session, one: Exchange) -> Progress:
    """Progress, rate and rest. The rate is that of the run's last steps; the rest is known for a first copy alone."""
    going = _is_going(session, one)
    rate = _rate(session, one)
    put = func.coalesce(func.sum(ExchangeStep.rows_put + ExchangeStep.rows_gone), 0)
    upto = select(put).where(ExchangeStep.exchange_id == one.id, ExchangeStep.version == one.upto)
    rows = int(session.scalar(upto) or 0)
    total = _first_copy(session, one) if one.lake_version < 0 else None
    left = max(total - rows, 0) if total is not None else None
    return Progress(
        going=going,
        rows=rows,
        total=total,
        per_second=rate if going else None,
        seconds_left=round(left / rate) if going and rate and left is not None else None,
    )


def _is_going(session: Session, one: Exchange) -> bool:
    if one.state != "active":
        return False
    key = (JobRow.key == f"exchange:{one.id}", JobRow.state.in_((WAITING, RUNNING)))
    return session.scalar(select(JobRow.seq).where(*key).limit(1)) is not None


def _rate(session: Session, one: Exchange) -> float | None:
    """Rows a second over the newest steps that followed each other."""
    newest = select(ExchangeStep.at, ExchangeStep.rows_put, ExchangeStep.rows_gone).where(
        ExchangeStep.exchange_id == one.id
    )
    steps = session.execute(newest.order_by(ExchangeStep.at.desc()).limit(LOOKED_AT)).all()
    rows, began, ended = 0, None, None
    for (at, put, gone), (before, _, _) in pairwise(steps):
        if at - before > APART:
            break
        rows, began, ended = rows + put + gone, before, ended or at
    if began is None or ended is None or ended <= began:
        return None
    return round(rows / (ended - began).total_seconds(), 1)


def _first_copy(session: Session, one: Exchange) -> int | None:
    """How many rows the first copy brings; None where the agreement narrows them, or nothing is counted yet."""
    contract = agreements.snapshot(session).find(one.agreement)
    if contract is None or any(rule.item in ("", one.item_id.hex) for rule in contract.terms.rows):
        return None
    return session.scalar(select(ServingCopy.rows).where(ServingCopy.item_id == one.item_id))
