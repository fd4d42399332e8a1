"""What is kept: how far the demo's clock is ahead."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from zhengtong.kernel.db import Base


class DemoClock(Base):
    """The one row, in a demo only. `ahead_s`: how many seconds the city's clock is ahead of those outside."""

    __tablename__ = "tour_clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    ahead_s: Mapped[int] = mapped_column(BigInteger)
    moved_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("id = 1", "one"), CheckConstraint("ahead_s >= 0", "forward"))
