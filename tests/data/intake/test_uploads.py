"""Files are sent in pieces over broken lines and restarts; whole only when every byte is there and its digest is right."""

import hashlib
import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import NOW, actor_with
from tests.data.intake import place
from tests.data.intake.site import client_of
from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import uploads
from zhengtong.data.intake.jobs import watching
from zhengtong.data.intake.permissions import READ, RUN
from zhengtong.data.intake.schemas.push import NewUpload
from zhengtong.data.intake.settings import Intake
from zhengtong.data.intake.tables import Upload, UploadState
from zhengtong.engines.crypto import Crypto
from zhengtong.kernel import clock, jobs

CSV = "uscc,name\r\n91990100M000000011,何记豆花店\r\n".encode() * 200
TYPE = {"content-type": "application/octet-stream"}


@pytest.fixture(autouse=True)
def _at_now(clock_at_now):
    """All of it on a fixed clock."""


@pytest.fixture
def city(database_url, tmp_path):
    opened = place.open_city(database_url, tmp_path, most_bytes=2**20, uploads_open=3)
    yield opened
    opened.database.close()


@pytest.fixture
def me():
    return actor_with(RUN)


@pytest.fixture
def client(city, me):
    return client_of(city, me)


def begin(client, name="firms.csv", content=CSV, **more):
    return client.post("/api/v1/intake/uploads", json={"name": name, "size": len(content), **more})


def send(client, upload, offset, piece, **headers):
    return client.patch(f"/api/v1/intake/uploads/{upload}?offset={offset}", content=piece, headers={**TYPE, **headers})


def digest_of(content):
    return hashlib.new("sm3", content).hexdigest()


def test_a_file_sent_in_pieces_is_whole_with_its_digest(client):
    upload = begin(client).json()
    assert (upload["state"], upload["received"]) == ("open", 0)
    for at in range(0, len(CSV), 3000):
        answer = send(client, upload["id"], at, CSV[at : at + 3000])
        assert answer.status_code == 200, answer.text
    whole = client.get(f"/api/v1/intake/uploads/{upload['id']}").json()
    assert (whole["state"], whole["received"], whole["digest"]) == ("whole", len(CSV), digest_of(CSV))


def test_a_piece_sent_again_or_too_early_is_told_where_to_go_on(client):
    upload = begin(client).json()["id"]
    assert send(client, upload, 0, CSV[:1000]).json()["received"] == 1000
    for offset in (0, 999, 1001, 5000):
        answer = send(client, upload, offset, CSV[offset : offset + 10])
        assert (answer.status_code, answer.json()["code"]) == (409, "upload-elsewhere")
        assert "1000" in answer.json()["detail"]
    assert send(client, upload, 1000, CSV[1000:]).json()["state"] == "whole"


def test_more_than_was_announced_is_refused(client):
    upload = begin(client).json()["id"]
    assert send(client, upload, 0, CSV + b"x").status_code == 409


def test_sending_goes_on_after_the_program_was_started_again(client, database_url, tmp_path, me):
    upload = begin(client).json()["id"]
    send(client, upload, 0, CSV[:4000])
    other = client_of(place.open_city(database_url, tmp_path), me)
    assert other.get("/api/v1/intake/uploads").json()["items"][0]["received"] == 4000
    assert send(other, upload, 4000, CSV[4000:]).json()["digest"] == digest_of(CSV)


def test_bytes_that_a_kill_left_beyond_what_was_told_are_written_over(client, city, tmp_path):
    upload = begin(client).json()["id"]
    send(client, upload, 0, CSV[:4000])
    path = tmp_path / "data" / "intake" / "uploads" / upload.replace("-", "")
    with path.open("ab") as file:
        file.write(b"torn")
    assert send(client, upload, 4000, CSV[4000:]).json()["digest"] == digest_of(CSV)
    assert path.read_bytes() == CSV


def test_a_file_damaged_on_the_way_is_dropped(client):
    upload = begin(client, digest=digest_of(CSV)).json()["id"]
    answer = send(client, upload, 0, b"X" + CSV[1:])
    assert (answer.status_code, answer.json()["code"]) == (409, "upload-broken")
    assert client.get(f"/api/v1/intake/uploads/{upload}").status_code == 404


NAMES = {
    "../../etc/cron.csv": "cron.csv",
    "C:\\data\\企业.xlsx": "企业.xlsx",
    "a b'; drop table--.csv": "a b'; drop table--.csv",
}


def test_a_name_is_only_a_name(client):
    assert [begin(client, name=name).json()["name"] for name in NAMES] == list(NAMES.values())


def test_other_files_are_refused(client):
    for name in ("x.exe", "x", "x.csv.zip", "", "x\n.csv", "x\x00.csv", "x" * 300 + ".csv"):
        assert begin(client, name=name).status_code == 422, name


def test_what_is_too_large_or_too_much_is_refused(client):
    large = client.post("/api/v1/intake/uploads", json={"name": "x.csv", "size": (1 << 20) + 1})
    assert large.json()["code"] == "upload-too-large"
    assert [begin(client).status_code for _ in range(4)] == [201, 201, 201, 429]
    upload = client.get("/api/v1/intake/uploads").json()["items"][0]["id"]
    assert send(client, upload, 0, b"x" * ((2 << 20) + 1)).status_code == 413
    assert send(client, upload, 0, CSV, **{"content-type": "text/plain"}).status_code == 415
    assert client.delete(f"/api/v1/intake/uploads/{upload}").status_code == 204
    assert begin(client).status_code == 201


def test_only_who_may_run_sources_uploads_and_only_one_s_own_is_seen(client, city):
    upload = begin(client).json()["id"]
    assert begin(client_of(city, None)).status_code == 401
    assert begin(client_of(city, actor_with(READ))).status_code == 403
    stranger = client_of(city, actor_with(RUN))
    for answer in (
        stranger.get(f"/api/v1/intake/uploads/{upload}"),
        send(stranger, upload, 0, CSV),
        stranger.delete(f"/api/v1/intake/uploads/{upload}"),
    ):
        assert answer.status_code == 404
    assert stranger.get("/api/v1/intake/uploads").json()["items"] == []


def test_an_unfinished_upload_expires_and_its_bytes_are_swept(client, city, me, tmp_path):
    upload = begin(client).json()["id"]
    send(client, upload, 0, CSV[:1000])
    folder = tmp_path / "data" / "intake" / "uploads"
    assert list(folder.glob("*"))
    with clock.fixed(NOW + timedelta(days=4)):
        assert client.get(f"/api/v1/intake/uploads/{upload}").status_code == 404
        with city.database.write() as session:
            jobs.enqueue(session, watching.SWEEP)
        city.workers.drain()
    assert list(folder.glob("*")) == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 5000), max_size=6), again=st.integers(0, 5))
def test_however_it_is_cut_the_file_is_what_was_sent(tmp_path_factory, city, me, cuts, again):
    content, data, now = CSV[:5000], tmp_path_factory.mktemp("data"), NOW
    crypto = city.workers.givens[Crypto]
    new = NewUpload(name="x.csv", size=len(content), digest=digest_of(content))
    told = {"data": data, "limits": Intake(free_mb=0), "most_bytes": 10_000}
    with city.database.write() as session:
        upload = uploads.begin(session, me, new, **told, now=now).id
    edges = sorted({0, len(content), *cuts})
    for at, (begins, ends) in enumerate(itertools.pairwise(edges)):
        piece = {"offset": begins, "piece": content[begins:ends], "data": data, "crypto": crypto, "now": now}
        kept = uploads.add_piece(city.database, me, upload, **piece)
        if at == again:
            with pytest.raises(errors.UploadElsewhere):
                uploads.add_piece(city.database, me, upload, **piece)
    assert kept.state is UploadState.WHOLE
    assert uploads.path_of(data, upload).read_bytes() == content
    with city.database.write() as session:
        session.get_one(Upload, upload).state = UploadState.USED
