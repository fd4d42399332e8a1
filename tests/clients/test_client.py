"""The client asks a served city: rows, pages, counts, receipts; what is refused is told; what is cut off is tried again."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.clients.conftest import Served, aside
from tests.sharing.gateway.place import FIRMS, NUMBER
from zhengtong_client import (
    Answered,
    AsyncClient,
    Client,
    Denied,
    Item,
    QuotaUsed,
    ReceiptWrong,
    Retrying,
    Unreachable,
    ZhengtongError,
)
from zhengtong_client.errors import AddressWrong

CASE = "稳岗〔2026〕12号"


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[Client]:
    with Client(served.address, served.caller()) as made:
        yield made


@pytest.fixture(scope="module")
def taxes(served: Served, client: Client) -> Item:
    return client.item(NUMBER, served.place.code, purpose="job_subsidy", case=CASE)


def test_a_look_up_gives_the_agreed_row(taxes: Item) -> None:
    answer = taxes.lookup({"uscc": FIRMS[0]})
    assert answer.row
    assert (answer.row["uscc"], answer.row["name"]) == (FIRMS[0], "甲**")
    assert answer.data_at
    assert taxes.lookup({"uscc": "91350100M000100Y4X"}).row is None


def test_batches_pages_and_counts(taxes: Item) -> None:
    assert [row["uscc"] for row in taxes.batch("uscc", FIRMS[:2], fields=["uscc"]).rows] == list(FIRMS[:2])
    assert taxes.count([{"field": "paid_on", "op": "ge", "value": "2026-03-02"}]).count == 2
    pages = list(taxes.pages(size=2, fields=["uscc"]))
    assert [len(page.rows) for page in pages] == [2, 1]
    assert [row["uscc"] for page in pages for row in page.rows] == list(FIRMS)


def test_rows_become_frames(taxes: Item) -> None:
    answer = taxes.page(fields=["uscc", "owed_fen"])
    assert list(answer.to_pandas()["uscc"]) == list(FIRMS)
    assert answer.to_polars().columns == ["uscc", "owed_fen"]


def test_each_answer_has_a_receipt_that_its_reader_verifies_alone(client: Client, taxes: Item) -> None:
    answer, other = taxes.lookup({"uscc": FIRMS[0]}), taxes.lookup({"uscc": FIRMS[1]})
    receipt = client.receipt(answer)
    proved = receipt.verify(receipt.bundle["keys"])
    answer.check(proved)
    assert proved.body["purpose"] == "job_subsidy"
    assert FIRMS[0] not in json.dumps(dict(receipt.bundle))
    with pytest.raises(ReceiptWrong):
        other.check(proved)


@pytest.mark.parametrize(("purpose", "item", "condition"), [("planning", "", "purpose"), ("job_subsidy", "SJ-0", "")])
def test_a_refusal_says_why_and_is_not_tried_again(
    served: Served, client: Client, purpose: str, item: str, condition: str
) -> None:
    wrong = client.item(NUMBER, item or served.place.code, purpose=purpose, case=CASE)
    with pytest.raises(Answered) as told:
        wrong.lookup({"uscc": FIRMS[0]})
    assert told.value.status in (403, 404)
    assert told.value.problem.get("condition", "") == condition or item
    assert isinstance(told.value, Denied) or item


def test_the_same_without_blocking(served: Served) -> None:
    account = served.caller()

    async def ask() -> list[str]:
        async with AsyncClient(served.address, account) as city:
            taxes = city.item(NUMBER, served.place.code, purpose="job_subsidy", case=CASE)
            answers = await asyncio.gather(*(taxes.lookup({"uscc": one}) for one in FIRMS))
            paged = [page async for page in taxes.pages(size=2, fields=["uscc"])]
            proved = (await city.receipt(answers[0])).bundle["format"]
            return [answer.row["uscc"] for answer in answers if answer.row] + [proved, str(len(paged))]

    assert aside(ask()) == [*FIRMS, "zhengtong-receipt@1", "2"]


@pytest.mark.parametrize("address", ["http://zt.example", "ftp://localhost", "zt.example"])
def test_signed_calls_go_over_tls_or_stay_on_this_machine(served: Served, address: str) -> None:
    with pytest.raises(AddressWrong):
        Client(address, served.caller())


class Rough:
    """A city's network that fails so often, in its own way, before it lets calls through."""

    def __init__(self, served: Served, fails: list[int | type[httpx.TransportError]]) -> None:
        self.fails, self.seen = list(fails), []
        self.seen: list[httpx.Request]
        self._through = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/share"):
            self.seen.append(request)
            if self.fails:
                how = self.fails.pop(0)
                if isinstance(how, int):
                    return httpx.Response(how, headers={"retry-after": "0"}, json={"detail": "忙"})
                raise how("cut")
        return self._through.handle_request(request)


def rough(served: Served, *fails: int | type[httpx.TransportError]) -> tuple[Item, Rough]:
    network = Rough(served, list(fails))
    client = Client(served.address, served.caller(), retrying=Retrying(tries=3, pause_s=0.001))
    transport = httpx.MockTransport(network.handle_request)
    client.http._transport = transport
    return client.item(NUMBER, served.place.code, purpose="job_subsidy", case=CASE), network


@pytest.mark.parametrize("fails", [(503,), (429, 502), (httpx.ConnectError, httpx.ReadError)])
def test_what_is_busy_or_cut_off_is_tried_again_signed_anew_with_one_number(
    served: Served, fails: tuple[int, ...]
) -> None:
    taxes, network = rough(served, *fails)
    assert taxes.lookup({"uscc": FIRMS[0]}).row
    assert len({one.headers["x-request-id"] for one in network.seen}) == 1
    assert len({one.headers["authorization"] for one in network.seen}) == len(fails) + 1


@pytest.mark.parametrize(
    ("fails", "error"),
    [((429, 429, 429), QuotaUsed), ((httpx.ConnectError,) * 3, Unreachable), ((503, 503, 503), Answered)],
)
def test_what_stays_away_is_told(served: Served, fails: tuple[int, ...], error: type[ZhengtongError]) -> None:
    taxes, network = rough(served, *fails)
    with pytest.raises(error):
        taxes.lookup({"uscc": FIRMS[0]})
    assert len(network.seen) == 3
