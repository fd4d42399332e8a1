"""What notices do by themselves: letters, announcements, the digest, and forgetting what is old."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from zhengtong.kernel import jobs
from zhengtong.kernel.errors import Words
from zhengtong.kernel.events import Listener
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given
from zhengtong.office import identity
from zhengtong.office.notices.actions import DIGEST, SEND, SPREAD, tell
from zhengtong.office.notices.settings import Notices
from zhengtong.office.notices.tables import Delivery, Notice

AT_A_TIME = 5000
FACTORS = {
    "password": Words("密码已修改", "The password was changed"),
    "totp": Words("动态口令已变更", "The code generator was changed"),
    "passkey": Words("通行密钥已变更", "The passkeys were changed"),
    "recovery_codes": Words("恢复码已重新生成", "New recovery codes were made"),
    "external": Words("统一身份账号已解除关联", "The account at the identity provider was unlinked"),
    "reset": Words("登录方式已被管理员重置", "An administrator has reset the sign-in methods"),
}
OTHER_FACTOR = Words("登录方式已变更", "The way of signing in was changed")


def forget(session: Session, *, now: datetime, chosen: Given[Settings]) -> None:
    """This will delete what was read and is older than the city keeps notices."""
    before = now - timedelta(days=chosen.of(Notices).keep_days)
    old = select(Notice.id).where(Notice.read_at < before, Notice.created_at < before).limit(AT_A_TIME)
    ids = list(session.scalars(old))
    for start in range(0, len(ids), 500):
        few = ids[start : start + 500]
        session.execute(delete(Delivery).where(Delivery.notice_id.in_(few)))
        session.execute(delete(Notice).where(Notice.id.in_(few)))


def hear_new_device(session: Session, event: identity.SignedInFromNewDevice, *, now: datetime) -> None:
    """Whoever signs in from a device not known before is told of it."""
    tell(
        session,
        to=[event.subject_id],
        kind="identity.new_device",
        parameters={
            "device": Words(event.device_zh, event.device_en),
            "at": event.at,
            "address": event.address or "-",
        },
        link="/account/sessions",
        unique=f"session:{event.session_id}",
        now=now,
    )


def hear_factors_changed(session: Session, event: identity.FactorsChanged, *, now: datetime) -> None:
    """Whoever's way of signing in changed is told of it."""
    _tell_of_factor(session, event.subject_id, FACTORS.get(event.what, OTHER_FACTOR), now)


def hear_recovery_code_used(session: Session, event: identity.RecoveryCodeUsed, *, now: datetime) -> None:
    """Whoever's recovery code was used is told how many are left."""
    said = Words(f"使用了一个恢复码，还剩 {event.left} 个", f"A recovery code was used; {event.left} left")
    _tell_of_factor(session, event.subject_id, said, now)


def hear_post_given(session: Session, event: identity.PostGiven, *, now: datetime) -> None:
    """Whoever is given a post is told of it."""
    title, department = _post(session, event.post_id)
    said = Words(f"新任岗位：{department.zh} {title}", f"New post: {title}, {department.en}")
    _tell_of_post(session, event.person_id, said, f"post_given:{event.post_id}", now)


def hear_post_ended(session: Session, event: identity.PostEnded, *, now: datetime) -> None:
    """Whoever's post ends is told of it."""
    title, department = _post(session, event.post_id)
    said = Words(
        f"岗位 {department.zh} {title} 于 {event.until_on} 结束",
        f"Post {title}, {department.en}, ends on {event.until_on}",
    )
    _tell_of_post(session, event.person_id, said, f"post_ended:{event.post_id}:{event.until_on}", now)


def hear_deputy_named(session: Session, event: identity.DeputyNamed, *, now: datetime) -> None:
    """A deputy is told for whom they stand in, and until when."""
    absent = session.get_one(identity.Subject, event.absent_person_id).name
    span = f"{event.from_on} – {event.until_on}"
    said = Words(f"您在 {span} 代理 {absent} 的岗位", f"You act for {absent}, {span}")
    _tell_of_post(session, event.deputy_id, said, f"deputy:{event.acting_id}", now)


def hear_acting_ended(session: Session, event: identity.ActingEnded, *, now: datetime) -> None:
    """A deputy is told that the standing-in is over."""
    absent = session.get_one(identity.Subject, event.absent_person_id).name
    said = Words(f"您对 {absent} 的代理已结束", f"You no longer act for {absent}")
    _tell_of_post(session, event.deputy_id, said, f"acting_ended:{event.acting_id}", now)


def _tell_of_factor(session: Session, subject_id: UUID, said: Words, now: datetime) -> None:
    parameters = {"change": said, "at": now}
    tell(session, to=[subject_id], kind="identity.factor_changed", parameters=parameters, link="/account", now=now)


def _tell_of_post(session: Session, person_id: UUID, said: Words, mark: str, now: datetime) -> None:
    parameters = {"change": said, "at": now}
    tell(
        session,
        to=[person_id],
        kind="identity.posts_changed",
        parameters=parameters,
        link="/account",
        unique=mark,
        now=now,
    )


def _post(session: Session, post_id: UUID) -> tuple[str, Words]:
    post = session.get_one(identity.Post, post_id)
    department = session.get_one(identity.Department, post.department_id)
    return post.title, Words(department.name_zh, department.name_en or department.name_zh)


LISTENERS = (
    Listener("notices.hear_new_device", identity.SignedInFromNewDevice, hear_new_device),
    Listener("notices.hear_factors_changed", identity.FactorsChanged, hear_factors_changed),
    Listener("notices.hear_recovery_code_used", identity.RecoveryCodeUsed, hear_recovery_code_used),
    Listener("notices.hear_post_given", identity.PostGiven, hear_post_given),
    Listener("notices.hear_post_ended", identity.PostEnded, hear_post_ended),
    Listener("notices.hear_deputy_named", identity.DeputyNamed, hear_deputy_named),
    Listener("notices.hear_acting_ended", identity.ActingEnded, hear_acting_ended),
)
FORGET = jobs.Job("notices.forget", forget)
JOBS = (SEND, SPREAD, DIGEST, FORGET)
TIMERS = (
    jobs.Timer("notices.digest", DIGEST, every="5m"),
    jobs.Timer("notices.forget", FORGET, cron="40 3 * * *"),
)
