"""A leaked copy, held against every file that was made of the item."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue
from zhengtong.engines.crypto import Crypto, Keyring
from zhengtong.engines.files import Table
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.actions.filing.making import EXPIRED, READY, decoy_mark, keyed_of
from zhengtong.sharing.gateway.rules import watermark
from zhengtong.sharing.gateway.rules.watermark import Likeness
from zhengtong.sharing.gateway.tables import SentFile

MOST_ROWS = 5_000
"""Of a leaked copy this many rows are compared: more make no difference to what is sure."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A file, and how much the leaked copy is like it."""

    file: SentFile
    likeness: Likeness


def trace(
    session: Session, actor: Actor, leaked: Table, item_code: str, *, crypto: Crypto, keyring: Keyring
) -> list[Suspect]:
    """The files of the item, the likeliest first. Those whose marks are not among the leaked columns cannot be compared.

    Raises ItemNotFiled.
    """
    named = or_(catalogue.Item.code == item_code, catalogue.Item.number == item_code)
    item = session.scalar(select(catalogue.Item).where(named))
    if item is None:
        raise errors.ItemNotFiled(item=item_code)
    made = select(SentFile).where(SentFile.item_id == item.id, SentFile.state.in_((READY, EXPIRED)))
    files = session.scalars(made).all()
    rows = leaked.dicts()
    found = [one for file in files if (one := _held_against(file, leaked.columns, rows, crypto, keyring))]
    found.sort(key=lambda one: (one.likeness.is_sure, one.likeness.deviations, one.likeness.decoys_found), reverse=True)
    sure = [str(one.file.id) for one in found if one.likeness.is_sure]
    after = {"item": item_code, "rows": len(rows), "files": len(files), "sure": sure}
    audit.record(session, actor, "gateway.leak_traced", item, after=after)
    return found


def _held_against(
    file: SentFile, columns: Sequence[str], rows: Sequence[dict[str, str]], crypto: Crypto, keyring: Keyring
) -> Suspect | None:
    if not set(file.marks) <= set(columns):
        return None
    keyed = keyed_of(file, crypto, keyring)
    marks = [watermark.mark_of(row[name] for name in file.marks) for row in rows]
    pool = [decoy_mark(one, file.marks) for one in file.decoys]
    likeness = watermark.likeness(marks[:MOST_ROWS], keyed)
    return Suspect(file, watermark.with_decoys(likeness, marks, pool, keyed))
