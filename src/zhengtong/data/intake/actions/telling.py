"""Who is told of what happens to a run: those of the source's department who may run it, and who began it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from zhengtong.data.intake.permissions import RUN
from zhengtong.data.intake.tables import Run, Source
from zhengtong.kernel.errors import Words
from zhengtong.office import identity, notices

AT_MOST = 50
WHY = Words("原因见运行页", "the run's page tells why")


def tell(session: Session, run: Run, kind: str, *, now: datetime) -> None:
    """This will tell them once for each run and reason."""
    source = session.get_one(Source, run.source_id)
    reason = run.reason or {"code": "", "zh": WHY.zh, "en": WHY.en}
    to = keepers(session, source, on=identity.law_day(now))
    if session.get(identity.Person, run.created_by):
        to = [run.created_by, *to]
    notices.tell(
        session,
        to=to,
        kind=kind,
        parameters={
            "source": source.name_zh,
            "number": run.number,
            "reason": {"zh": reason["zh"][:400], "en": reason["en"][:400]},
        },
        link=f"/intake/runs/{run.id}",
        unique=f"{kind}:{run.id}:{reason['code']}",
        now=now,
    )


def keepers(session: Session, source: Source, *, on: date) -> list[UUID]:
    """The active people of the source's department whose role lets them run sources."""
    held = select(identity.RolePermission.role).where(identity.RolePermission.permission == RUN.name)
    statement = (
        select(identity.Post.person_id)
        .join(identity.PostRole, identity.PostRole.post_id == identity.Post.id)
        .join(identity.Person, identity.Person.id == identity.Post.person_id)
        .where(identity.PostRole.role.in_(held), identity.Person.active, identity.Post.from_on <= on)
        .where(or_(identity.Post.until_on.is_(None), identity.Post.until_on >= on))
        .where(identity.Post.department_id == source.department_id)
    )
    return list(session.scalars(statement.distinct().limit(AT_MOST)))
