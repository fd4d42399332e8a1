"""DCAT-AP out, validated by shapes; foreign feeds in, as drafts, without reaching where one must not."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import NOW, actor_with
from tests.data.catalogue.conftest import ITEM, Bureaus
from zhengtong.data.catalogue import errors
from zhengtong.data.catalogue.jobs import harvest
from zhengtong.data.catalogue.rules import dcat
from zhengtong.data.catalogue.settings import CatalogueSettings
from zhengtong.kernel import clock
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.settings import Settings

BASE = "/api/v1/catalogue"
SHAPES = Path(__file__).with_name("dcat_shapes.ttl")
Clients = Callable[..., TestClient]
FEED = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
<https://other.city/c> a dcat:Catalog ; dcat:dataset <https://other.city/1>, <https://other.city/2> .
<https://other.city/1> a dcat:Dataset ; dct:title "公共厕所"@zh, "Public toilets"@en ; dct:description "位置和开放时间" ;
  dct:publisher [ a foaf:Agent ; foaf:name "邻市城管局" ] ; dcat:keyword "厕所", "便民" ;
  dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/MONTHLY> .
<https://other.city/2> a dcat:Dataset ; dct:title "Bus stops" .
"""


@pytest.fixture
def live(desk: TestClient, reviewer: TestClient, bureaus: Bureaus) -> list[Any]:
    """Two published items and a draft."""
    made = []
    for name in ("企业纳税信息", "个人纳税信息", "草稿"):
        made.append(
            desk.post(f"{BASE}/items", json={**ITEM, "name_zh": name, "department_id": str(bureaus.tax)}).json()
        )
    for one in made[:2]:
        desk.post(f"{BASE}/items/{one['id']}/submit", json={})
        version = desk.get(f"{BASE}/items/{one['id']}").json()["version"]
        answer = reviewer.post(f"{BASE}/items/{one['id']}/publish", headers={"If-Match": str(version)})
        assert answer.status_code == 200, answer.text
    return made


@pytest.mark.parametrize("form", ["turtle", "json-ld", "xml"])
def test_the_export_conforms_in_each_form_and_pages_on(desk: TestClient, live: list[Any], form: Any) -> None:
    import pyshacl
    from rdflib import DCAT, RDF, Graph

    answer = desk.get(f"{BASE}/dcat", params={"form": form, "limit": 1})
    assert answer.headers["content-type"].startswith(dcat.MEDIA[form])
    graph = Graph().parse(data=answer.text, format=form)
    conforms, _, report = pyshacl.validate(graph, shacl_graph=Graph().parse(SHAPES), advanced=False)
    assert conforms, report
    assert len(list(graph.subjects(RDF.type, DCAT.Dataset))) == 1
    found, following = dcat.read_feed(answer.content, form)
    assert following
    rest, last = dcat.read_feed(desk.get(following.partition("8600")[2]).content, form)
    assert {one.title.zh for one in (*found, *rest)} == {"企业纳税信息", "个人纳税信息"}
    assert last is None
    assert found[0].cycle == "day"


def test_the_shapes_refuse_a_catalogue_that_lacks_what_is_mandatory() -> None:
    import pyshacl
    from rdflib import Graph

    conforms, _, _ = pyshacl.validate(Graph().parse(data=FEED), shacl_graph=Graph().parse(SHAPES))
    assert not conforms


def test_only_who_may_see_the_catalogue_gets_it(client_for: Clients, live: list[Any], other: Actor) -> None:
    assert client_for(actor_with()).get(f"{BASE}/dcat").status_code == 403
    assert "草稿" not in client_for(other).get(f"{BASE}/dcat").text
    assert client_for(actor_with()).get(f"{BASE}/harvests").status_code == 403


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"not turtle at all <", "turtle"),
        (b"<a> <b> <c> .", "turtle"),
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>', "xml"),
        (b'{"@context": "http://10.0.0.1/context", "@type": "x"}', "json-ld"),
        (b'[{"a": {"@context": ["http://10.0.0.1/c"]}}]', "json-ld"),
        (b'{"@context": {"@import": "http://10.0.0.1/c"}}', "json-ld"),
        (b"{", "json-ld"),
        (b"[" * 100_000, "json-ld"),
    ],
)
def test_what_is_no_feed_or_points_elsewhere_is_refused(content: bytes, form: Any) -> None:
    with pytest.raises(dcat.FeedNotRead) as refused:
        dcat.read_feed(content, form)
    assert refused.value.reason


def note(desk: TestClient, bureaus: Bureaus, **facts: Any) -> Any:
    answer = desk.post(f"{BASE}/harvests", json={"name": "邻市", "department_id": str(bureaus.tax), **facts})
    assert answer.status_code == 201, answer.text
    return answer.json()


def bring(desk: TestClient, one: Any, feed: str) -> Any:
    answer = desk.post(f"{BASE}/harvests/{one['id']}/file", files={"file": ("f.ttl", feed.encode(), "text/turtle")})
    assert answer.status_code == 200, answer.text
    return {name: answer.json()[name] for name in ("added", "changed", "unchanged", "refused", "gone")}


def test_a_feed_becomes_drafts_once_and_its_changes_are_told(desk: TestClient, bureaus: Bureaus, still: Any) -> None:
    one = note(desk, bureaus)
    nothing = {"added": 0, "changed": 0, "unchanged": 0, "refused": 0, "gone": 0}
    assert bring(desk, one, FEED) == {**nothing, "added": 2}
    assert bring(desk, one, FEED) == {**nothing, "unchanged": 2}
    found = desk.get(f"{BASE}/search", params={"origin": "external", "q": "厕所"}).json()["items"]
    assert [(it["name_zh"], it["update_cycle"], it["state"]) for it in found] == [("公共厕所", "month", "created")]
    assert bring(desk, one, FEED.replace("开放时间", "无障碍设施")) == {**nothing, "changed": 1, "unchanged": 1}
    item = desk.get(f"{BASE}/items/{found[0]['id']}").json()
    assert "无障碍设施" in item["abstract"]
    assert item["proposed"]["external"]["publisher"] == "邻市城管局"
    with clock.fixed(NOW.replace(hour=5)):
        fewer = FEED.replace(", <https://other.city/2>", "").replace(
            '<https://other.city/2> a dcat:Dataset ; dct:title "Bus stops" .', ""
        )
        assert bring(desk, one, fewer)["gone"] == 1
    lines = desk.get(f"{BASE}/harvests/{one['id']}/datasets", params={"state": "gone"}).json()["items"]
    assert [line["title"] for line in lines] == ["Bus stops"]


def test_a_secrets_mark_refuses_its_dataset_alone(desk: TestClient, bureaus: Bureaus) -> None:
    one = note(desk, bureaus)
    told = bring(desk, one, FEED.replace("位置和开放时间", "机密★10年 位置"))
    assert (told["added"], told["refused"]) == (1, 1)
    lines = desk.get(f"{BASE}/harvests/{one['id']}/datasets", params={"state": "refused"}).json()["items"]
    assert "机密★" in lines[0]["said"]
    wrong = desk.post(f"{BASE}/harvests/{one['id']}/file", files={"file": ("f", b"<a> <b> <c> .", "text/turtle")})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "dcat-feed-wrong")


def test_a_foreign_catalogue_belongs_to_its_department(
    desk: TestClient, bureaus: Bureaus, other: Actor, client_for: Clients
) -> None:
    one = note(desk, bureaus)
    market = client_for(other)
    assert market.get(f"{BASE}/harvests").json()["items"] == []
    assert market.post(f"{BASE}/harvests/{one['id']}/run").status_code == 404
    assert market.post(f"{BASE}/harvests/{one['id']}/file", files={"file": ("f", b"", "x")}).status_code == 404
    assert market.get(f"{BASE}/harvests/{one['id']}/datasets").status_code == 404
    assert market.get(f"{BASE}/harvests/{one['id']}").status_code == 404
    assert market.delete(f"{BASE}/harvests/{one['id']}").status_code == 404
    theirs = {"name": "x", "department_id": str(bureaus.tax)}
    assert market.post(f"{BASE}/harvests", json=theirs).status_code == 403
    assert desk.post(f"{BASE}/harvests", json={"name": "邻市", "department_id": str(bureaus.tax)}).status_code == 409
    assert desk.post(f"{BASE}/harvests/{one['id']}/run").status_code == 409, "it has no address"


def test_a_foreign_catalogue_is_dropped_and_what_came_of_it_stays(desk: TestClient, bureaus: Bureaus) -> None:
    one = note(desk, bureaus)
    assert bring(desk, one, FEED)["added"] == 2
    lines = desk.get(f"{BASE}/harvests/{one['id']}/datasets").json()["items"]
    assert all(line["draft"] and line["item_code"] for line in lines)
    told = desk.post(f"{BASE}/reviews/submit", json={"items": [line["item_id"] for line in lines]}).json()
    assert (told["done"], all("字段" in each["zh"] or "补" in each["zh"] for each in told["items"])) == (0, True)
    assert desk.delete(f"{BASE}/harvests/{one['id']}").status_code == 204
    assert desk.get(f"{BASE}/harvests/{one['id']}").status_code == 404
    assert desk.get(f"{BASE}/items/{lines[0]['item_id']}").json()["origin"] == "external"


@pytest.fixture
def server() -> Iterator[tuple[str, dict[str, bytes | str]]]:
    """A real server on loopback: path → content, or where to go."""
    served: dict[str, bytes | str] = {}

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = served.get(self.path)
            self.send_response(404 if told is None else 302 if isinstance(told, str) else 200)
            if isinstance(told, str):
                self.send_header("Location", told)
            self.end_headers()
            self.wfile.write(told if isinstance(told, bytes) else b"")

        def log_message(self, *_: Any) -> None:
            return

    running = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}", served
    running.shutdown()
    running.server_close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8600/",
        "http://[::1]/",
        "http://169.254.169.254/latest",
        "http://10.1.2.3/",
        "http://0.0.0.0/",
        "http://[::ffff:192.168.0.1]/",
        "http://2130706433/",
    ],
)
def test_private_addresses_are_not_fetched(url: str) -> None:
    with pytest.raises(errors.FeedAddressRefused):
        harvest.fetch(url, CatalogueSettings())


def test_a_fetch_has_a_limit_and_follows_few_redirects(server: Any) -> None:
    address, served = server
    chosen = CatalogueSettings(harvest_private=True, harvest_limit_mb=1)
    served.update({"/ok": b"x", "/there": "/ok", "/round": "/round", "/large": b"x" * 1_100_000})
    assert harvest.fetch(f"{address}/there", chosen) == b"x"
    for path, failure in (
        ("round", errors.FeedUnreachable),
        ("large", errors.FeedTooLarge),
        ("no", errors.FeedUnreachable),
    ):
        with pytest.raises(failure):
            harvest.fetch(f"{address}/{path}", chosen)


def test_a_feed_is_fetched_page_by_page_in_the_background(
    desk: TestClient, bureaus: Bureaus, server: Any, clock_at_now: Any
) -> None:
    address, served = server
    paged = f"@prefix hydra: <http://www.w3.org/ns/hydra/core#> . <https://other.city/v> hydra:next <{address}/2> ."
    served["/1"] = (FEED + paged).encode()
    served["/2"] = FEED.replace("other.city/1", "other.city/3").replace("other.city/2", "other.city/4").encode()
    one = note(desk, bureaus, url=f"{address}/1")
    city = desk.app.state.city  # type: ignore[attr-defined]
    assert desk.post(f"{BASE}/harvests/{one['id']}/run").json()["running"] is True
    city.workers.drain()
    refused = desk.get(f"{BASE}/harvests").json()["items"][0]
    assert (refused["added"], refused["running"], "127.0.0.1" in refused["failure"]) == (0, False, True)
    city.workers.givens[Settings] = _with(city.settings, CatalogueSettings(harvest_private=True))
    desk.post(f"{BASE}/harvests/{one['id']}/run")
    city.workers.drain()
    done = desk.get(f"{BASE}/harvests").json()["items"][0]
    assert (done["added"], done["failure"], done["gone"]) == (4, "", 0)


def _with(settings: Settings, section: CatalogueSettings) -> Any:
    class Changed:
        def of(self, kind: Any) -> Any:
            return section if kind is CatalogueSettings else settings.of(kind)

    return Changed()
