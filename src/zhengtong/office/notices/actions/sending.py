"""Send letters: the job behind every mail and text message.

Each try is three steps: note that it is being sent, send it with no transaction open, note how it went. A process that
dies between the second and the third sends again, with the same Message-ID, and the record counts the repeat.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from zhengtong.engines import mail, sms
from zhengtong.kernel import audit, errors, jobs
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.errors import Words
from zhengtong.kernel.settings import Settings
from zhengtong.office.notices import queries, rules
from zhengtong.office.notices.errors import NothingToRetry
from zhengtong.office.notices.permissions import ADMINISTER
from zhengtong.office.notices.settings import Notices
from zhengtong.office.notices.tables import Delivery, Notice

INACTIVE = Words("账号已停用", "The account is no longer active")
NO_MAIL = Words("没有登记邮箱", "No mail address is registered")
NO_PHONE = Words("没有登记手机号", "No telephone number is registered")
WITHDRAWN = Words("通知已撤回", "The notice was withdrawn")
READ_ALREADY = Words("发送前已在页面上读过", "It was read in the page before the letter left")
STATES = {
    rules.State.QUEUED: Words("等待发送", "Waiting"),
    rules.State.DIGEST: Words("等待每日摘要", "Waiting for the digest"),
    rules.State.SENDING: Words("正在发送", "Being sent"),
    rules.State.SENT: Words("已发送", "Sent"),
    rules.State.FAILED: Words("发送失败", "Failed"),
    rules.State.SKIPPED: Words("不再需要", "Not needed"),
}
OPEN_STATES = (rules.State.QUEUED, rules.State.SENDING, rules.State.FAILED)
LONGEST_REASON = 400


@dataclass(frozen=True, slots=True)
class Envelope:
    """A letter that is ready to leave."""

    deliveries: tuple[UUID, ...]
    channel: rules.Channel
    to: str
    message_id: str
    letter: rules.Letter
    template: str
    params: Mapping[str, str]


def send(run: jobs.Run, *, letter_id: str) -> None:
    """The job: sends one letter. What may pass is tried again by the queue; what will not pass is noted as failed."""
    chosen = run.given(Settings)
    with run.write() as session:
        envelope = _prepared(session, UUID(letter_id), chosen, run.now())
        run.kept["tries"] = run.kept.get("tries", 0) + 1
    if envelope is None:
        return
    try:
        _dispatch(run, envelope)
    except errors.Invalid as refused:
        _note(run, envelope, rules.State.FAILED, refused)
    except errors.Unavailable as away:
        _note(run, envelope, _after(away, last=run.kept["tries"] > SEND.retries), away)
        raise
    else:
        _note(run, envelope, rules.State.SENT, None)


SEND = jobs.Job("notices.send", send, retries=8, pause_s=30, steps=True)


def send_again(session: Session, actor: Actor, delivery: Delivery, *, now: datetime) -> Delivery:
    """This will queue the letter of a failed delivery anew, at once. Raises NothingToRetry."""
    require(actor, ADMINISTER, now=now)
    if delivery.state is not rules.State.FAILED:
        raise NothingToRetry(state=STATES[delivery.state])
    together = Delivery.letter_id == delivery.letter_id
    again = {"state": rules.State.QUEUED, "due_at": now}
    session.execute(update(Delivery).where(together, Delivery.state == rules.State.FAILED).values(again))
    session.refresh(delivery)
    jobs.enqueue(session, SEND, key=f"letter:{delivery.letter_id}", letter_id=str(delivery.letter_id))
    audit.record(session, actor, "notices.sent_again", delivery, before={"state": "failed"}, at=now)
    return delivery


def message_id(letter_id: UUID, chosen: Settings) -> str:
    """The Message-ID of a letter: the same at every try."""
    domain = chosen.of(Notices).mail_domain or urlsplit(chosen.kernel.address).hostname or "localhost"
    return f"<{letter_id}@{domain}>"


def _prepared(session: Session, letter_id: UUID, chosen: Settings, now: datetime) -> Envelope | None:
    pairs = [pair for pair in queries.letter_of(session, letter_id) if pair[0].state in OPEN_STATES]
    pairs = _without(session, pairs)
    if not pairs:
        return None
    first = pairs[0][0]
    contact = queries.contact_of(session, first.subject_id)
    to = contact.mail if first.channel is rules.Channel.MAIL else contact.phone
    if not contact.active or to is None:
        missing = NO_MAIL if first.channel is rules.Channel.MAIL else NO_PHONE
        _skip((delivery for delivery, _ in pairs), missing if contact.active else INACTIVE)
        return None
    sign = message_id(letter_id, chosen)
    for delivery, _ in pairs:
        delivery.repeats += delivery.state is rules.State.SENDING
        delivery.attempts += 1
        delivery.state, delivery.target = rules.State.SENDING, rules.masked(to)
        delivery.message_id = sign if first.channel is rules.Channel.MAIL else None
    habits = queries.habits_of(session, first.subject_id)
    return Envelope(
        deliveries=tuple(delivery.id for delivery, _ in pairs),
        channel=first.channel,
        to=to,
        message_id=sign,
        letter=_written([notice for _, notice in pairs], first, habits.language, chosen),
        template=pairs[0][1].kind,
        params=queries.spoken(pairs[0][1], habits.language),
    )


def _without(session: Session, pairs: list[tuple[Delivery, Notice]]) -> list[tuple[Delivery, Notice]]:
    """Those still worth sending: not withdrawn, and, in a digest, not read meanwhile."""
    wanted = []
    for delivery, notice in pairs:
        if notice.withdrawn_at:
            _skip([delivery], WITHDRAWN)
        elif notice.read_at and delivery.letter_id != delivery.id:
            _skip([delivery], READ_ALREADY)
        else:
            wanted.append((delivery, notice))
    session.flush()
    return wanted


def _skip(deliveries: Iterable[Delivery], why: Words) -> None:
    for delivery in deliveries:
        delivery.state, delivery.reason_zh, delivery.reason_en = rules.State.SKIPPED, why.zh, why.en


def _written(notices: list[Notice], first: Delivery, language: rules.LetterLanguage, chosen: Settings) -> rules.Letter:
    site = chosen.kernel.address.rstrip("/")
    shown = notices[: chosen.of(Notices).digest_items]
    enclosed = [rules.Enclosed(queries.rendered(one), site + one.link if one.link else None) for one in shown]
    if first.letter_id == first.id:
        return rules.letter(enclosed[0], language=language, site=site)
    city = Words(chosen.kernel.city, chosen.kernel.city_en)
    return rules.digest_letter(enclosed, language=language, site=site, city=city, count=len(notices))


def _after(away: errors.Unavailable, *, last: bool) -> rules.State:
    """Where a letter stands after a failure that may pass: one that was handed over may have arrived, and stays in flight."""
    if last:
        return rules.State.FAILED
    return rules.State.SENDING if away.facts.get("in_flight") else rules.State.QUEUED


def _dispatch(run: jobs.Run, envelope: Envelope) -> None:
    if envelope.channel is rules.Channel.SMS:
        text = sms.Text(envelope.to, envelope.template, envelope.params, id=str(envelope.deliveries[0]))
        run.given(sms.Sms).send(text, now=run.now())
        return
    said = envelope.letter
    run.given(mail.Mail).send(
        mail.Letter(
            to=envelope.to,
            subject=said.subject,
            text=said.text,
            message_id=envelope.message_id,
            sent_at=run.now(),
            html=said.html,
        )
    )


def _note(run: jobs.Run, envelope: Envelope, state: rules.State, failure: errors.Problem | None) -> None:
    values = {
        "state": state,
        "sent_at": run.now() if state is rules.State.SENT else None,
        "reason_zh": failure.say("zh")[:LONGEST_REASON] if failure else None,
        "reason_en": failure.say("en")[:LONGEST_REASON] if failure else None,
    }
    with run.write() as session:
        session.execute(update(Delivery).where(Delivery.id.in_(envelope.deliveries)).values(values))
