"""What other rooms do is anchored: item versions, batches with the digests of their files, the head of the audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue, intake
from zhengtong.engines.lake import Lake, TableAbsent, VersionGone
from zhengtong.kernel import jobs
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import Listener, payload_of
from zhengtong.sharing.ledger.actions.appending import append
from zhengtong.sharing.ledger.queries import audits, trees
from zhengtong.sharing.ledger.queries.keys import member_of
from zhengtong.sharing.ledger.rules import CITY, Entry
from zhengtong.sharing.ledger.rules.digests import sm3
from zhengtong.sharing.ledger.tables import LedgerEntry


def anchor_item(session: Session, event: catalogue.ItemPublished, *, now: datetime) -> None:
    """This will put the published version on the ledger, by the digest of what it says."""
    item = session.get_one(catalogue.Item, event.item_id)
    version = session.get_one(catalogue.ItemVersion, (event.item_id, event.number))
    body = {
        "item_id": str(event.item_id),
        "code": event.code,
        "version": event.number,
        "digest": sm3(audits.told(version.content)).hex(),
        "level": str(event.level),
        "share_type": str(getattr(item.share_type, "value", item.share_type)),
    }
    append(session, [Entry("item.version@1", new_id(), event.at, member_of(event.department_id), body)], now=now)


def hear_batch(session: Session, event: intake.BatchLanded, *, now: datetime) -> None:
    """This will have the batch anchored once the digests of its files are computed, outside of any transaction."""
    jobs.enqueue(session, BATCH, key=f"{BATCH.name}:{event.item_id}", told=payload_of(event))


def anchor_batch(run: jobs.Run, *, told: dict[str, Any]) -> None:
    """This will put the batch on the ledger: its own digest, and the SM3 of each file that the lake's version has and the one before,
    that of the last batch on the ledger, had not."""
    with run.read() as session:
        since = _anchored_before(session, told)
    files = _fingerprints(run.given(Lake), told["table"], told["version"], since)
    names = ("batch_id", "item_id", "digest", "table", "version")
    body = {**{name: told[name] for name in names}, "rows": told["rows_landed"], "files": files}
    with run.write() as session:
        id = UUID(told["batch_id"])
        if trees.find(session, id) is None:
            department = session.scalar(
                select(catalogue.Item.department_id).where(catalogue.Item.id == UUID(told["item_id"]))
            )
            at = datetime.fromisoformat(told["at"])
            by = member_of(department) if department else CITY
            append(session, [Entry("batch.landed@1", id, at, by, body)], now=run.now())


def _anchored_before(session: Session, told: dict[str, Any]) -> int | None:
    """The version of the item's last batch on the ledger; None before its first, and where that was of another table."""
    about = (LedgerEntry.type == "batch.landed@1", LedgerEntry.about == told["item_id"])
    data = session.scalar(select(LedgerEntry.entry).where(*about).order_by(LedgerEntry.index.desc()).limit(1))
    body = Entry.of(data).body if data else {}
    known = body.get("table") == told["table"] and body["version"] < told["version"]
    return int(body["version"]) if known else None


def _fingerprints(lake: Lake, table: str, version: int, since: int | None) -> dict[str, str]:
    """A version that was vacuumed meanwhile has no files to name; where only the one before was, all of them are named."""
    for before in dict.fromkeys((since, None)):
        try:
            return lake.fingerprints(table, sm3, version=version, since=before)
        except (TableAbsent, VersionGone):
            continue
    return {}


def audit_head(session: Session, *, now: datetime) -> None:
    """This will anchor the audit trail as far as it goes: the digest of what came since the last anchor, chained to it."""
    last = session.scalar(select(Audit.seq).order_by(Audit.seq.desc()).limit(1))
    before = audits.last_head(session)
    if last is None or (before and before.body["seq"] >= last):
        return
    since, chained = (before.body["seq"], before.body["digest"]) if before else (0, "")
    body = {"seq": last, "digest": audits.digest_of(session, since, last, chained)}
    append(session, [Entry("audit.head@1", new_id(), now, CITY, body)], now=now)


BATCH = jobs.Job("ledger.anchor_batch", anchor_batch, steps=True)
AUDIT = jobs.Job("ledger.audit_head", audit_head, retries=3)
JOBS = (BATCH, AUDIT)
TIMERS = (jobs.Timer("ledger.audit_head", AUDIT, every="1h"),)
LISTENERS = (
    Listener("ledger.anchor_item", catalogue.ItemPublished, anchor_item),
    Listener("ledger.hear_batch", intake.BatchLanded, hear_batch),
)
