"""One row with its proposed mendings; in full only for who may, and audited."""

from datetime import datetime

from sqlalchemy.orm import Session

from zhengtong.data.intake import queries, schemas
from zhengtong.data.intake.actions.quarantine.proposing import Rules
from zhengtong.data.intake.permissions import REVEAL
from zhengtong.data.intake.rules import mending
from zhengtong.data.intake.rules.masking import mask_differing
from zhengtong.data.intake.tables import QuarantinedRow, Source
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require
from zhengtong.office import identity


def shown(session: Session, actor: Actor, row: QuarantinedRow, *, full: bool, now: datetime) -> schemas.RowOut:
    """The row with what is proposed. `full` needs REVEAL, and is audited."""
    if full:
        require(actor, REVEAL, session.get_one(Source, row.source_id), now=now)
        audit.record(session, actor, "intake.row_revealed", row, at=now)
    line = queries.row_line(session, actor, row, full=full)
    found = Rules(session, identity.law_day(now)).mendings(row)
    return schemas.RowOut(
        **line.model_dump(),
        fields=queries.shown_fields(session, row.item_id),
        proposals=[_proposal(row, name, one, full) for name, one in found.items()],
    )


def _proposal(row: QuarantinedRow, name: str, one: mending.Mending, full: bool) -> schemas.MendingOut:
    before = row.mended.get(name, row.values.get(name))
    old, new = (before, one.value) if full else mask_differing(before, one.value)
    zh, en = mending.LABELS[one.confidence]
    return schemas.MendingOut(
        field=name,
        before=old,
        after=new,
        confidence=one.confidence,
        label=schemas.WordsOut(zh=zh, en=en),
        why=schemas.WordsOut(zh=one.zh, en=one.en),
    )
