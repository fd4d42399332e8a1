"""Tell people: the notice in the page, and the letters it causes, kept in the teller's own transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, event, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from zhengtong.kernel import jobs, wake
from zhengtong.kernel.db import new_id
from zhengtong.office.notices import queries, rules
from zhengtong.office.notices.actions.sending import SEND
from zhengtong.office.notices.errors import LinkOutside
from zhengtong.office.notices.tables import Delivery, Notice, NoticeCount

FEW = 50
_NOTICE: Table = Notice.__table__  # type: ignore[assignment]
_DELIVERY: Table = Delivery.__table__  # type: ignore[assignment]
_COUNT: Table = NoticeCount.__table__  # type: ignore[assignment]


def tell(
    session: Session,
    *,
    to: Iterable[UUID],
    kind: str,
    parameters: Mapping[str, Any],
    now: datetime,
    link: str | None = None,
    unique: str | None = None,
    urgency: rules.Urgency | None = None,
) -> int:
    """This will tell every subject of `to` once, and return how many were told.

    `parameters`: exactly those the kind declares. `link`: an address within the site. `unique`: who was told under this
    mark before is not told again, ever. `urgency`: the kind's own unless given. Give many people in one call.
    Raises KindUnknown, ParametersWrong (faults of the caller), LinkOutside.
    """
    known = queries.kind(kind)
    rows = [
        {
            "id": new_id(),
            "subject_id": subject,
            "kind": known.key,
            "parameters": kept,
            "urgency": urgency or known.urgency,
            "link": checked_link(link),
            "mark": unique,
            "created_at": now,
        }
        for kept in [rules.check(known, parameters)]
        for subject in dict.fromkeys(to)
    ]
    if not rows:
        return 0
    statement = _insert(session, _NOTICE).on_conflict_do_nothing().returning(_NOTICE.c.id, _NOTICE.c.subject_id)
    told = [(row.id, row.subject_id) for row in session.execute(statement, rows)]
    _number_at_commit(session)
    _send_out(session, known, urgency or known.urgency, told, now)
    ring(session, [subject for _, subject in told])
    return len(told)


def ring(session: Session, subjects: Collection[UUID]) -> None:
    """This will have these people's pages look again after the commit; when they are many, everyone's."""
    topics = [queries.topic(each) for each in subjects] if len(subjects) <= FEW else [queries.EVERYONE]
    for topic in topics:
        wake.ring(session, topic)


def checked_link(link: str | None) -> str | None:
    """The link, when it leads to a page of this site. Raises LinkOutside."""
    if link is None:
        return None
    if not link.startswith("/") or link.startswith("//") or "\\" in link or not link.isprintable():
        raise LinkOutside()
    return link


def _send_out(
    session: Session,
    kind: rules.Kind,
    urgency: rules.Urgency,
    told: Sequence[tuple[UUID, UUID]],
    now: datetime,
) -> None:
    habits = queries.habits_of_many(session, [subject for _, subject in told])
    rows = []
    letters: dict[datetime, list[UUID]] = defaultdict(list)
    for notice, subject in told:
        for planned in rules.plan(kind, habits.get(subject, rules.DEFAULT_HABITS), urgency, now):
            row = _delivery(notice, subject, planned, now)
            rows.append(row)
            if planned.state is rules.State.QUEUED:
                letters[planned.due_at].append(row["letter_id"])
    if rows:
        session.execute(_DELIVERY.insert(), rows)
    for due_at, ids in letters.items():
        keys = [f"letter:{each}" for each in ids]
        jobs.enqueue_many(session, SEND, [{"letter_id": str(each)} for each in ids], at=due_at, keys=keys)


def _delivery(notice: UUID, subject: UUID, planned: rules.Planned, now: datetime) -> dict[str, Any]:
    own = new_id()
    return {
        "id": own,
        "notice_id": notice,
        "subject_id": subject,
        "letter_id": own,
        "channel": planned.channel,
        "state": planned.state,
        "due_at": planned.due_at,
        "queued_at": now,
        "attempts": 0,
        "repeats": 0,
    }


def _number_at_commit(session: Session) -> None:
    """Numbers are given as the last thing before the commit, people in order: so no reader ever sees 10 before 9, and
    two transactions that tell the same people wait for each other but never in a ring."""
    if not session.info.get("notices_told"):
        session.info["notices_told"] = True
        event.listen(session, "before_commit", _number, once=True)


def _number(session: Session) -> None:
    """The unnumbered notices are this transaction's own: every other has committed with its numbers, or is not seen yet."""
    session.info["notices_told"] = False
    new = select(Notice.subject_id, func.count()).where(Notice.seq.is_(None)).group_by(Notice.subject_id)
    upsert = _insert(session, _COUNT).from_select(["subject_id", "last"], new.order_by(Notice.subject_id))
    more = {"last": _COUNT.c.last + upsert.excluded.last}
    session.execute(upsert.on_conflict_do_update(index_elements=[_COUNT.c.subject_id], set_=more))
    place = func.row_number().over(partition_by=Notice.subject_id, order_by=Notice.id)
    more_to_come = place - func.count().over(partition_by=Notice.subject_id)
    numbered = (
        select(Notice.id, (NoticeCount.last + more_to_come).label("seq"))
        .join(NoticeCount, NoticeCount.subject_id == Notice.subject_id)
        .where(Notice.seq.is_(None))
        .subquery()
    )
    session.execute(update(_NOTICE).where(_NOTICE.c.id == numbered.c.id).values(seq=numbered.c.seq))


def _insert(session: Session, table: Table) -> Any:
    """The database's own INSERT, which knows ON CONFLICT."""
    return (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
