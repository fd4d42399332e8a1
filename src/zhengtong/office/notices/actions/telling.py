"""Tell people: the notice in the page, and the letters it causes, kept in the teller's own transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, event, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from zhengtong.kernel import jobs, wake
from zhengtong.kernel.db import new_id
from zhengtong.office.notices import queries, rules
from zhengtong.office.notices.actions.sending import SEND
from zhengtong.office.notices.errors import LinkOutside
from zhengtong.office.notices.tables import Delivery, Notice, NoticeCount

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
    _number_at_commit(session, told)
    _send_out(session, known, urgency or known.urgency, told, now)
    for _, subject in told:
        wake.ring(session, queries.topic(subject))
    return len(told)


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


def _number_at_commit(session: Session, told: Sequence[tuple[UUID, UUID]]) -> None:
    """Numbers are given as the last thing before the commit, people in order: so no reader ever sees 10 before 9, and
    two transactions that tell the same people wait for each other but never in a ring."""
    waiting: list[tuple[UUID, UUID]] = session.info.setdefault("notices_told", [])
    if not waiting and told:
        event.listen(session, "before_commit", _number, once=True)
    waiting += told


def _number(session: Session) -> None:
    people: dict[UUID, list[UUID]] = defaultdict(list)
    for notice, subject in session.info.pop("notices_told", []):
        people[subject].append(notice)
    upsert = _insert(session, _COUNT)
    upsert = upsert.on_conflict_do_update(
        index_elements=[_COUNT.c.subject_id], set_={"last": _COUNT.c.last + upsert.excluded.last}
    ).returning(_COUNT.c.subject_id, _COUNT.c.last)
    counts = [{"subject_id": subject, "last": len(people[subject])} for subject in sorted(people)]
    numbered = [
        {"its_id": notice, "its_seq": last - len(people[subject]) + place}
        for subject, last in session.execute(upsert, counts).all()
        for place, notice in enumerate(people[subject], start=1)
    ]
    set_seq = update(_NOTICE).where(_NOTICE.c.id == bindparam("its_id")).values(seq=bindparam("its_seq"))
    session.connection().execute(set_seq, numbered)


def _insert(session: Session, table: Table) -> Any:
    """The database's own INSERT, which knows ON CONFLICT."""
    return (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
