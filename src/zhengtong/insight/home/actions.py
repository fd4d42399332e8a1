"""What is written: sums grow by what is heard, lines are told, old ones go."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from zhengtong.insight.home.rules import TOLD, Figure, Kind
from zhengtong.insight.home.tables import Happening, Tally
from zhengtong.kernel.db import new_id
from zhengtong.office import deadlines

KEPT, CLOSE = timedelta(days=90), timedelta(minutes=10)
NAME = 200


def add(session: Session, figure: Figure, department_id: UUID, *, good: int, whole: int, at: datetime) -> None:
    """This will add to a day's sums of a department."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    made = dialect.insert(Tally).values(
        day=deadlines.rules.law_day(at), figure=figure, department_id=department_id, good=good, whole=whole
    )
    grown = {"good": Tally.good + made.excluded.good, "whole": Tally.whole + made.excluded.whole}
    key = [Tally.day, Tally.figure, Tally.department_id]
    session.execute(made.on_conflict_do_update(index_elements=key, set_=grown))


def tell(
    session: Session, kind: Kind, name: str, link: str, department_id: UUID | None, *, at: datetime, count: int = 1
) -> None:
    """This will add a line to the day, or count `count` more on the newest where several of the kind come close together.

    The name is a number or a thing's name, never a person's.
    """
    if TOLD[kind].many:
        same = Happening.kind == kind, Happening.department_id == department_id, Happening.at > at - CLOSE
        row = session.scalar(select(Happening).where(*same).order_by(Happening.at.desc()).limit(1).with_for_update())
        if row is not None:
            row.count, row.link = row.count + count, TOLD[kind].list
            return
    line = Happening(
        id=new_id(), at=at, kind=kind, name=name[:NAME], count=count, link=link, department_id=department_id
    )
    session.add(line)
    session.flush()


def forget(session: Session, *, now: datetime) -> None:
    """This will delete the lines older than ninety days; the sums stay."""
    session.execute(delete(Happening).where(Happening.at < now - KEPT))
