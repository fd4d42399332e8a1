"""Long work on the registers, by jobs of one key: one after another, so that no two settle the same records at once."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from zhengtong.data.entities import queries
from zhengtong.data.entities.actions import declaring, finding, linking, rebuilding
from zhengtong.data.entities.rules import Kind
from zhengtong.data.entities.tables import Feed, RuleRow
from zhengtong.engines.compute import Compute
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import clock, jobs

KEY = "entities"
LONGEST_PUT_OFF = timedelta(minutes=5)


def _desk(run: jobs.Run) -> rebuilding.Desk:
    return rebuilding.Desk(run.read, run.write, run.given(Compute), run.given(Keyring), run.now())


def match_batch(run: jobs.Run, *, feed_id: str, batch_id: str, landed_at: str) -> None:
    """Take a landed batch into its register, and take out what the lake no longer has."""
    rebuilding.match_batch(_desk(run), UUID(feed_id), batch_id, at=datetime.fromisoformat(landed_at))
    rebuilding.sweep(_desk(run), UUID(feed_id))


def look_for(run: jobs.Run, *, rule_id: str) -> None:
    """Run one contradiction rule over the lake."""
    desk = _desk(run)
    finding.find_leads(desk.reading, desk.writing, desk.compute, desk.keyring, UUID(rule_id), now=desk.now)


def rebuild(run: jobs.Run, *, kind: str) -> None:
    """Read a register anew from the lake."""
    rebuilding.rebuild(_desk(run), Kind(kind))


def rebuild_all(session: Session, *, now: datetime) -> None:
    """Have both registers read anew, then every rule run."""
    order_all(session)


def train(run: jobs.Run, *, kind: str, by: str) -> None:
    """Train a model on the register as it stands, and keep it beside the others."""
    import pyarrow as pa

    desk = _desk(run)
    with run.read() as session:
        before, number = queries.model_in_use(session, Kind(kind)), declaring.next_number(session, Kind(kind))
        _, _, tables = queries.all_ready(session, desk.keyring, Kind(kind))
    rows = pa.concat_tables(tables)
    if rows.num_rows < linking.LEAST:
        return
    with desk.compute.session() as work:
        model = linking.trained(work, Kind(kind), rows, number=number, before=before)
    with run.write() as session:
        declaring.keep_model(session, model, trained_on=rows.num_rows, by=by, now=desk.now)


MATCH = jobs.Job("entities.match_batch", match_batch, steps=True)
LOOK = jobs.Job("entities.look_for", look_for, steps=True)
REBUILD = jobs.Job("entities.rebuild", rebuild, steps=True, retries=3)
REBUILD_ALL = jobs.Job("entities.rebuild_all", rebuild_all)
TRAIN = jobs.Job("entities.train", train, steps=True, retries=1)


def order_match(session: Session, feed_id: UUID, batch_id: UUID, landed_at: datetime) -> None:
    """Have a landed batch taken into its register."""
    batch, landed = str(batch_id), landed_at.isoformat()
    jobs.enqueue(session, MATCH, key=KEY, feed_id=str(feed_id), batch_id=batch, landed_at=landed)


def order_rebuild(session: Session, kind: Kind) -> None:
    """Have a register read anew."""
    jobs.enqueue(session, REBUILD, key=KEY, kind=kind.value)


def order_look(session: Session, rule_id: UUID) -> None:
    """Have a rule run after all that waits now. Of one that waits already only the new order stays, unless it has waited long."""
    row, since = jobs.JobRow, clock.now() - LONGEST_PUT_OFF
    waits = (row.key == KEY, row.state == jobs.WAITING, row.name == LOOK.name, row.attempts == 0)
    same = row.args["rule_id"].as_string() == str(rule_id)
    overtaken = delete(row).where(*waits, same, row.created_at > since)
    session.execute(overtaken.execution_options(synchronize_session=False))
    jobs.enqueue(session, LOOK, key=KEY, rule_id=str(rule_id))


def order_all(session: Session) -> None:
    """Have both registers read anew, then every rule run."""
    for kind in Kind:
        order_rebuild(session, kind)
    for rule in session.scalars(select(RuleRow.id).where(RuleRow.enabled.is_(True))):
        order_look(session, rule)


def order_marking(session: Session) -> bool:
    """Have the registers put under the index key as it is now, by reading them anew; False where nothing feeds them."""
    kinds = list(session.scalars(select(Feed.kind).distinct()))
    for kind in kinds:
        order_rebuild(session, kind)
    return bool(kinds)


def is_marking(session: Session) -> bool:
    """True while a register is still to be read anew, and some records may be marked by an older key."""
    row = jobs.JobRow
    live = row.state.in_((jobs.WAITING, jobs.RUNNING))
    return session.scalar(select(row.seq).where(row.name == REBUILD.name, live).limit(1)) is not None


def order_training(session: Session, kind: Kind, *, by: str) -> None:
    """Have a model trained."""
    jobs.enqueue(session, TRAIN, key=KEY, kind=kind.value, by=by)
