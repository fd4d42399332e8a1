"""The day's digest: each person's unread notices that wait for it, as one letter."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from zhengtong.kernel import jobs
from zhengtong.kernel.db import new_id
from zhengtong.office.notices import rules
from zhengtong.office.notices.actions.sending import READ_ALREADY, SEND
from zhengtong.office.notices.tables import Delivery, Notice

PEOPLE_AT_A_TIME = 200


def digest(run: jobs.Run) -> None:
    """The job: puts everyone's due digest together, some hundred people at a time, and queues the letters."""
    while not run.stopping:
        now = run.now()
        with run.write() as session:
            people = _due_people(session, now)
            for person in people:
                _put_together(session, person, now)
        if len(people) < PEOPLE_AT_A_TIME:
            return


def _due_people(session: Session, now: datetime) -> list[UUID]:
    due = (Delivery.state == rules.State.DIGEST, Delivery.due_at <= now)
    return list(session.scalars(select(Delivery.subject_id).where(*due).distinct().limit(PEOPLE_AT_A_TIME)))


def _put_together(session: Session, person: UUID, now: datetime) -> None:
    waiting = (Delivery.subject_id == person, Delivery.state == rules.State.DIGEST)
    read = select(Notice.id).where(Notice.subject_id == person, Notice.read_at.is_not(None))
    skipped = {"state": rules.State.SKIPPED, "reason_zh": READ_ALREADY.zh, "reason_en": READ_ALREADY.en}
    session.execute(update(Delivery).where(*waiting, Delivery.notice_id.in_(read)).values(skipped))
    letter_id = new_id()
    queued = {"state": rules.State.QUEUED, "letter_id": letter_id, "due_at": now}
    if session.execute(update(Delivery).where(*waiting).values(queued)).rowcount:  # type: ignore[attr-defined]
        jobs.enqueue(session, SEND, key=f"letter:{letter_id}", letter_id=str(letter_id))


DIGEST = jobs.Job("notices.digest", digest, steps=True)
