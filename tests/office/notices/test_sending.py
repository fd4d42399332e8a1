"""Letters over a real SMTP server: sent once, tried again when it may pass, noted as failed when it will not."""

import json
import os
import random
import signal
import time
from datetime import timedelta
from email import policy
from email.parser import BytesParser

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.office.notices.conftest import KIND, PARAMETERS, add_person
from tests.office.notices.sender import nursery_of
from zhengtong.kernel import clock, jobs
from zhengtong.kernel.actor import PermissionMissing
from zhengtong.office import notices
from zhengtong.office.notices import actions, rules
from zhengtong.office.notices.errors import NothingToRetry
from zhengtong.office.notices.rules import Choice, Habits, LetterLanguage, MailChoice, SmsChoice, State
from zhengtong.office.notices.tables import Delivery


def only(database) -> Delivery:
    with database.read() as session:
        return session.scalars(select(Delivery)).one()


def drain(workers, at=NOW):
    with clock.fixed(at):
        return workers.drain()


def parsed(content: bytes):
    return BytesParser(policy=policy.default).parsebytes(content)


def test_a_letter_reaches_the_server_and_the_record_says_so(database, people, tell, workers, post):
    tell(people[:1], link="/operations/jobs")
    drain(workers)
    sent = only(database)
    assert (sent.state, sent.attempts, sent.repeats, sent.sent_at) == (State.SENT, 1, 0, NOW)
    assert sent.target == "p***@example.org"
    [(to, message_id, content)] = post.received
    assert to == "p0@example.org"
    assert message_id == sent.message_id == f"<{sent.id}@yunxi.example>"
    letter = parsed(content)
    assert letter["Subject"] == "3 个后台任务多次重试后仍失败"
    assert "https://zt.example.org/operations/jobs" in letter.get_body(("plain",)).get_content()


def test_a_letter_is_written_in_the_chosen_language(people, tell, workers, post, habits_are):
    habits_are(people[0], Habits(language=LetterLanguage.EN))
    tell(people[:1])
    drain(workers)
    assert parsed(post.received[0][2])["Subject"] == "3 jobs failed for good after all retries"


def test_a_refusal_for_now_is_tried_again_with_the_same_message_id(database, people, tell, workers, post):
    post.answers = ["451 4.7.1 greylisted", "450 4.2.0 busy"]
    tell(people[:1])
    drain(workers)
    waits = only(database)
    assert (waits.state, waits.attempts) == (State.QUEUED, 1)
    assert "greylisted" in waits.reason_zh
    drain(workers, NOW + timedelta(minutes=2))
    drain(workers, NOW + timedelta(minutes=10))
    sent = only(database)
    assert (sent.state, sent.attempts, sent.repeats, sent.reason_zh) == (State.SENT, 3, 0, None)
    assert [received[1] for received in post.received] == [sent.message_id]


def test_a_refusal_for_good_is_not_tried_again(database, people, tell, workers, post):
    post.answers = ["550 5.1.1 no such user"]
    tell(people[:1])
    drain(workers)
    drain(workers, NOW + timedelta(days=1))
    failed = only(database)
    assert (failed.state, failed.attempts) == (State.FAILED, 1)
    assert "no such user" in failed.reason_en
    assert post.received == []


def test_a_server_that_stays_away_leaves_a_failed_letter_and_a_dead_letter(database, people, tell, workers, post):
    post.answers = ["451 away"] * 20
    tell(people[:1])
    for hour in range(24):
        drain(workers, NOW + timedelta(hours=hour))
    with database.read() as session:
        job = session.scalars(select(jobs.JobRow).where(jobs.JobRow.name == "notices.send")).one()
    assert job.state == jobs.DEAD
    assert only(database).state is State.FAILED
    assert only(database).attempts == actions.SEND.retries + 1


def test_a_failed_letter_can_be_sent_again_by_an_administrator(database, people, tell, workers, post, someone):
    post.answers = ["550 no"]
    tell(people[:1])
    drain(workers)
    with clock.fixed(NOW), database.write() as session:
        row = session.get_one(Delivery, only(database).id)
        with pytest.raises(PermissionMissing):
            actions.send_again(session, someone(), row, now=NOW)
        actions.send_again(session, someone(notices.ADMINISTER), row, now=NOW)
        assert row.state is State.QUEUED
        with pytest.raises(NothingToRetry):
            actions.send_again(session, someone(notices.ADMINISTER), row, now=NOW)
    drain(workers)
    assert only(database).state is State.SENT
    assert len(post.received) == 1


def test_an_answer_that_was_lost_counts_as_a_repeat(database, people, tell, workers, post):
    post.answers = ["250 OK", "lose the answer"]
    tell(people[:1])
    drain(workers)
    assert only(database).state is State.SENDING
    drain(workers, NOW + timedelta(minutes=5))
    sent = only(database)
    assert (sent.state, sent.attempts, sent.repeats) == (State.SENT, 2, 1)
    assert {received[1] for received in post.received} == {sent.message_id}
    assert len(post.received) == 2


@pytest.mark.parametrize(
    ("facts", "reason"),
    [({"email": None}, "没有登记邮箱"), ({"email": "x@example.org", "active": False}, "账号已停用")],
)
def test_whoever_cannot_be_written_to_is_passed_over_with_the_reason(database, tell, workers, post, facts, reason):
    with database.write() as session:
        person = add_person(session, "某人", **facts)
    tell([person])
    drain(workers)
    assert (only(database).state, only(database).reason_zh) == (State.SKIPPED, reason)
    assert post.received == []


def test_an_address_that_is_none_fails_for_good(database, tell, workers, post):
    with database.write() as session:
        person = add_person(session, "某人", email="a b@example.org")
    tell([person])
    drain(workers)
    assert only(database).state is State.FAILED
    assert post.received == []


def test_a_text_message_carries_its_template_and_values(database, people, tell, workers, habits_are, tmp_path):
    habits_are(people[0], Habits(choices={KIND: Choice(MailChoice.NEVER, SmsChoice.AT_ONCE)}))
    tell(people[:1])
    drain(workers)
    [line] = [json.loads(line) for line in (tmp_path / "sms.jsonl").read_text("utf-8").splitlines()]
    assert (line["to"], line["template"]) == ("19900000000", KIND)
    assert line["params"] == {"count": "3", "name": "试", "text": "3 个后台任务多次重试后仍失败"}
    assert only(database).target == "199****0000"


def test_a_digest_is_one_letter_of_what_is_still_unread(database, people, workers, post, tell, someone):
    kind = {"kind": "notices.broadcast", "parameters": {"title": "停电", "body": "明天", "sender": "局"}}
    for n in range(3):
        tell(people[:1], **{**kind, "parameters": {**kind["parameters"], "title": f"第{n}件"}})
    reader = someone(subject=people[0])
    with database.write() as session:
        row = session.scalars(actions.reading.queries.visible_notices(reader)).first()
        actions.mark_read(session, reader, actions.Which(ids=(row.id,)), now=NOW)
    drain_digest(workers, NOW)
    assert post.received == []
    tomorrow = rules.next_hour(8, NOW)
    drain_digest(workers, tomorrow)
    drain_digest(workers, tomorrow + timedelta(hours=1))
    [(_, message_id, content)] = post.received
    assert parsed(content)["Subject"] == "云溪市政通：2 条未读消息"
    with database.read() as session:
        rows = session.scalars(select(Delivery)).all()
    assert sorted(row.state for row in rows) == [State.SENT, State.SENT, State.SKIPPED]
    assert {row.message_id for row in rows if row.state is State.SENT} == {message_id}


def drain_digest(workers, at):
    with clock.fixed(at):
        with workers.database.write() as session:
            jobs.enqueue(session, actions.DIGEST)
        workers.drain()


@pytest.mark.timeout(600)
def test_a_process_killed_while_sending_repeats_only_what_was_in_flight(database, people, post, workers):
    """Senders are killed again and again; each letter arrives, and any that arrives twice has its one Message-ID."""
    told, dice = 0, random.Random(7)
    with nursery_of(database, post) as born:
        for n in range(10):
            with database.write() as session:
                told += notices.tell(session, to=people, kind=KIND, parameters=PARAMETERS, unique=f"{n}", now=NOW)
            before = len(post.received)
            child = born()
            wait_until(lambda before=before: len(post.received) > before)
            time.sleep(dice.uniform(0, 0.05))
            os.kill(child, signal.SIGKILL)
    with clock.fixed(clock.now() + timedelta(hours=1)):
        with database.write() as session:  # a job that was in hand at too many deaths waits for a person to replay it
            for job in session.scalars(select(jobs.JobRow).where(jobs.JobRow.attempts > actions.SEND.retries)):
                job.attempts = 0
        workers.drain()
    with database.read() as session:
        rows = session.scalars(select(Delivery)).all()
        seqs = session.execute(select(notices.Notice.subject_id, notices.Notice.seq)).all()
    assert len(rows) == told == 30
    assert {row.state for row in rows} == {State.SENT}
    arrived = [message_id for _, message_id, _ in post.received]
    assert set(arrived) == {row.message_id for row in rows}
    assert len(arrived) - len(set(arrived)) <= sum(row.repeats for row in rows) <= 10
    assert sorted(seqs) == sorted((person, seq) for person in people for seq in range(1, 11))


def wait_until(done, seconds=60):
    ends = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < ends, "it took too long"
        time.sleep(0.002)
