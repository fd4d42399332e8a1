"""Each route: somebody it allows, somebody it refuses; and what it answers."""

import pytest
from sqlalchemy import select

from tests.conftest import NOW
from tests.office.notices.conftest import add_department, add_person
from zhengtong.kernel import clock
from zhengtong.kernel.db import new_id
from zhengtong.office import notices
from zhengtong.office.notices.permissions import TEST_CHANNELS
from zhengtong.office.notices.tables import Delivery, Notice

NOBODY = "00000000-0000-7000-8000-000000000000"
OWN = [
    ("GET", "/notices"),
    ("GET", "/notices/count"),
    ("GET", f"/notices/{NOBODY}"),
    ("PUT", f"/notices/{NOBODY}/read"),
    ("DELETE", f"/notices/{NOBODY}/read"),
    ("POST", "/notices/read"),
    ("POST", "/notices/unread"),
    ("GET", "/notices/preferences"),
    ("PUT", "/notices/preferences"),
    ("GET", "/notices/stream"),
]
GUARDED = [
    ("GET", "/notices/kinds", notices.ADMINISTER, None),
    ("GET", "/notices/deliveries", notices.ADMINISTER, None),
    ("GET", "/notices/channels", notices.ADMINISTER, None),
    ("GET", f"/notices/{NOBODY}/deliveries", notices.ADMINISTER, None),
    ("POST", f"/notices/deliveries/{NOBODY}/retry", notices.ADMINISTER, None),
    ("POST", "/notices/deliveries/retry", notices.ADMINISTER, {"ids": [NOBODY]}),
    ("POST", "/notices/test-mail", TEST_CHANNELS, {"to": "a@example.org"}),
    ("POST", "/notices/broadcasts/preview", notices.BROADCAST, {"audience": {"everyone": True}}),
    (
        "POST",
        "/notices/broadcasts",
        notices.BROADCAST,
        {"title": "停电", "body": "明天停电", "audience": {"everyone": True}},
    ),
    ("GET", "/notices/broadcasts", notices.BROADCAST, None),
    ("GET", f"/notices/broadcasts/{NOBODY}", notices.BROADCAST, None),
    ("POST", f"/notices/broadcasts/{NOBODY}/withdraw", notices.BROADCAST, {"reason": "误发"}),
]


@pytest.fixture
def asks(client, everyone, someone):
    """`asks(actor)(method, path, json)`: one request as somebody."""

    def by(actor):
        headers = everyone.add(actor) if actor else {}
        return lambda method, path, json=None, **more: client.request(
            method, f"/api/v1{path}", json=json, headers={**headers, **more}
        )

    return by


@pytest.fixture
def own(asks, someone, people):
    return asks(someone(subject=people[0]))


@pytest.mark.parametrize(("method", "path"), OWN)
def test_ones_own_notices_need_a_sign_in(asks, method, path):
    assert asks(None)(method, path, {}).status_code in (401, 422)
    assert asks(None)(method, path, {"ids": []}).status_code in (401, 422)


@pytest.mark.parametrize(("method", "path", "permission", "body"), GUARDED)
def test_what_administrators_do_needs_its_permission(asks, someone, people, method, path, permission, body):
    assert asks(None)(method, path, body).status_code == 401
    refused = asks(someone(subject=people[0]))(method, path, body)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission-missing")
    assert asks(someone(permission, subject=people[0]))(method, path, body).status_code in (200, 201, 404, 422)


def test_a_list_of_ones_own_notices_is_paged_filtered_and_in_both_languages(own, people, tell):
    for n in range(5):
        tell(people, now=NOW.replace(minute=n))
    tell(people[:1], urgency=notices.Urgency.URGENT)
    first = own("GET", "/notices?limit=4").json()
    second = own("GET", f"/notices?limit=4&after={first['next']}").json()
    assert (first["total"], len(first["items"]), len(second["items"]), second["next"]) == (6, 4, 2, None)
    assert [row["seq"] for row in first["items"] + second["items"]] == [5, 4, 3, 2, 6, 1]
    newest = first["items"][0]
    assert newest["title"] == {"zh": "3 个后台任务多次重试后仍失败", "en": "3 jobs failed for good after all retries"}
    assert newest["kind_name"] == {"zh": "任务失败", "en": "Jobs failed for good"}
    assert len(own("GET", "/notices?urgency=urgent").json()["items"]) == 1
    assert own("GET", "/notices?kind=no.such").json()["items"] == []


def test_a_notice_is_read_and_unread_again(own, people, tell):
    tell(people)
    notice = own("GET", "/notices").json()["items"][0]["id"]
    assert own("GET", "/notices/count").json() == {"unread": 1, "urgent": 0, "last_seq": 1}
    assert own("PUT", f"/notices/{notice}/read").json()["read_at"]
    assert own("GET", "/notices?unread=true").json()["items"] == []
    assert own("DELETE", f"/notices/{notice}/read").json()["read_at"] is None
    marked = own("POST", "/notices/read", {"until_seq": 1}).json()
    assert marked == {"marked": 1, "ids": [notice]}
    assert own("POST", "/notices/unread", {"ids": marked["ids"]}).json()["marked"] == 1
    assert own("GET", f"/notices/{notice}").json()["read_at"] is None


def test_the_notices_of_others_are_not_there(own, database, people, tell):
    tell(people[1:])
    with database.read() as session:
        theirs = session.scalars(select(Notice.id)).first()
    for method, path in (("GET", ""), ("PUT", "/read"), ("DELETE", "/read")):
        assert own(method, f"/notices/{theirs}{path}").status_code == 404
    assert own("POST", "/notices/read", {"ids": [str(theirs)]}).json()["marked"] == 0


def test_preferences_are_read_chosen_and_guarded_by_their_version(own):
    before = own("GET", "/notices/preferences")
    told = before.json()
    assert (told["version"], told["mail_address"], told["phone"]) == (0, "p***@example.org", "199****0000")
    device = next(kind for kind in told["kinds"] if kind["kind"] == "identity.new_device")
    assert (device["in_page"], device["locked"]) == (True, {"mail": True, "sms": False})
    wanted = {
        "language": "both",
        "quiet_from": "12:00",
        "quiet_until": "14:00",
        "digest_hour": 17,
        "kinds": [{"kind": "identity.new_device", "mail": "at_once", "sms": "at_once"}],
    }
    kept = own("PUT", "/notices/preferences", wanted, **{"If-Match": before.headers["etag"]}).json()
    assert (kept["version"], kept["quiet_until"], kept["digest_hour"]) == (1, "14:00", 17)
    assert next(kind for kind in kept["kinds"] if kind["kind"] == "identity.new_device")["sms"] == "at_once"
    late = own("PUT", "/notices/preferences", wanted, **{"If-Match": before.headers["etag"]})
    assert (late.status_code, late.json()["code"]) == (412, "changed-meanwhile")
    wanted["kinds"] = [{"kind": "identity.new_device", "mail": "never", "sms": "never"}]
    refused = own("PUT", "/notices/preferences", wanted, **{"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["fields"][0]["name"]) == (422, "kinds.identity.new_device")


def test_the_delivery_record_tells_everything_but_the_letter(asks, someone, database, people, tell, workers, post):
    post.answers = ["550 no such user"]
    tell(people[:1])
    with clock.fixed(NOW):
        workers.drain()
    administrator = asks(someone(notices.ADMINISTER, subject=people[1]))
    [row] = administrator("GET", "/notices/deliveries?state=failed&channel=mail").json()["items"]
    assert (row["person"]["name"], row["target"], row["attempts"]) == ("人0", "p***@example.org", 1)
    assert "no such user" in row["reason"]["en"]
    assert row["abilities"] == {"retry": True}
    record = administrator("GET", f"/notices/{row['notice_id']}/deliveries").json()
    assert record["notice"]["read_at"] is None
    assert [one["id"] for one in record["deliveries"]] == [row["id"]]
    assert "title" not in record["notice"]
    again = administrator("POST", "/notices/deliveries/retry", {"ids": [row["id"], row["id"]]}).json()
    assert again == {"marked": 1, "ids": [row["id"]]}
    assert administrator("POST", f"/notices/deliveries/{row['id']}/retry").json()["code"] == "nothing-to-retry"
    with clock.fixed(NOW):
        workers.drain()
    channels = {one["channel"]: one for one in administrator("GET", "/notices/channels").json()["items"]}
    assert (channels["mail"]["adapter"], channels["mail"]["delivers"], channels["mail"]["failed"]) == ("smtp", True, 0)
    assert channels["sms"]["adapter"] == "log"


def test_a_test_mail_says_what_the_server_said(asks, someone, people, post):
    tester = asks(someone(TEST_CHANNELS, subject=people[0]))
    sent = tester("POST", "/notices/test-mail", {}).json()
    assert (sent["target"], sent["message_id"]) == ("p***@example.org", post.received[0][1])
    post.answers = ["550 5.7.1 blocked"]
    refused = tester("POST", "/notices/test-mail", {"to": "b@example.org"}, **{"accept-language": "en"})
    assert refused.status_code == 503
    assert "blocked" in refused.json()["detail"]
    assert tester("POST", "/notices/test-mail", {"to": "a@b\r\nBcc: c@d"}).status_code == 422


def test_a_test_mail_without_any_address_is_refused(asks, someone, database):
    with database.write() as session:
        person = add_person(session, "无邮箱")
    assert asks(someone(TEST_CHANNELS, subject=person))("POST", "/notices/test-mail", {}).json()["code"] == (
        "no-mail-address"
    )


def test_an_announcement_is_previewed_sent_counted_and_taken_back(asks, someone, database, workers):
    with database.write() as session:
        bureau = add_department(session, "税务局")
        author = add_person(session, "沈若川", department=bureau)
        reader = add_person(session, "林晚", department=bureau)
    by = asks(someone(notices.BROADCAST, subject=author, department=bureau))
    audience = {"departments": [str(bureau)]}
    assert by("POST", "/notices/broadcasts/preview", {"audience": audience}).json() == {"people": 2}
    sent = by("POST", "/notices/broadcasts", {"title": "停电", "body": "明天", "audience": audience})
    assert (sent.status_code, sent.json()["state"], sent.json()["people"]) == (201, "sending", 2)
    workers.drain()
    asks(someone(subject=reader))("POST", "/notices/read", {})
    [row] = by("GET", "/notices/broadcasts").json()["items"]
    assert (row["state"], row["told"], row["read"], row["abilities"]) == ("sent", 2, 1, {"withdraw": True})
    taken = by("POST", f"/notices/broadcasts/{row['id']}/withdraw", {"reason": "误发"}).json()
    assert (taken["state"], taken["withdrawn_reason"], taken["abilities"]) == ("withdrawn", "误发", {"withdraw": False})
    assert by("GET", f"/notices/broadcasts/{row['id']}").json()["state"] == "withdrawn"
    assert asks(someone(subject=reader))("GET", "/notices").json()["items"] == []


def test_the_kinds_show_how_they_read(asks, someone, people):
    items = asks(someone(notices.ADMINISTER, subject=people[0]))("GET", "/notices/kinds").json()["items"]
    broadcast = next(one for one in items if one["kind"] == "notices.broadcast")
    assert broadcast["parameters"] == {"title": "text", "body": "lines", "sender": "text"}
    assert broadcast["example"]["title"]["zh"] == "明日停电检修"


def test_an_unknown_delivery_and_notice_are_not_found(asks, someone, people, database):
    by = asks(someone(notices.ADMINISTER, notices.BROADCAST, subject=people[0]))
    for method, path, code in (
        ("POST", f"/notices/deliveries/{new_id()}/retry", "delivery-not-found"),
        ("GET", f"/notices/{new_id()}/deliveries", "notice-not-found"),
        ("GET", f"/notices/broadcasts/{new_id()}", "broadcast-not-found"),
    ):
        answer = by(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    with database.read() as session:
        assert session.scalars(select(Delivery)).all() == []
