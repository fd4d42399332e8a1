"""What a handler of these tests does: one row a message, in our database."""

from sqlalchemy import BigInteger, func, select
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.kernel.audit import Serial
from zhengtong.kernel.db import Base


class Effect(Base):
    __tablename__ = "test_broker_effect"

    seq: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    partition: Mapped[int]
    offset: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str]
    word: Mapped[str]
    by: Mapped[str]


def leave(session, messages, by=""):
    """One effect a message."""
    session.add_all(
        Effect(partition=one.partition.number, offset=one.offset, key=one.key.decode(), word=one.value.decode(), by=by)
        for one in messages
    )


def effects(database):
    with database.read() as session:
        return list(session.scalars(select(Effect).order_by(Effect.seq)))


def counted(database):
    """How many effects there are; cheap enough to be asked again and again."""
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Effect))


def words(database):
    return [one.word for one in effects(database)]


def in_order(found):
    """True when the effects of each key came in the order of their numbers."""
    last = {}
    for one in found:
        number = int(one.word.rpartition(" ")[2])
        if number <= last.get(one.key, -1):
            return False
        last[one.key] = number
    return True
