"""The clients: one that waits, one that does not. Both ask the same questions."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Required, Self, TypedDict, Unpack
from uuid import uuid4

import httpx

from zhengtong_client import calling
from zhengtong_client.answers import Answer
from zhengtong_client.calling import Retrying, Send, Trying
from zhengtong_client.errors import ReceiptPending
from zhengtong_client.receipts import Receipt
from zhengtong_client.signing import Account, ServiceAuth

AGENT = "zhengtong-client/0.1"
RETRYING = Retrying()
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
Where = Sequence[Mapping[str, Any]]
"""Conditions: `[{"field": "region", "op": "eq", "value": "350802"}]`."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A call that is to be made: made anew, and so signed anew, for each try."""

    client: "httpx.Client | httpx.AsyncClient"
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    number: str = field(default_factory=lambda: uuid4().hex)
    """The same for each try, so that the city's record shows a repeated call as one message."""

    def request(self) -> httpx.Request:
        return self.client.build_request(
            self.method, self.path, headers={**self.headers, "X-Request-Id": self.number}, content=self.content
        )


class Said(TypedDict, total=False):
    """What a call says: its purpose, and where the agreement asks for it the case, the member of your staff who sits at your system
    (login or staff number), and when they showed it a second factor (aware)."""

    purpose: Required[str]
    case: str
    person: str
    factor_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Use:
    """An item, used under an agreement for a purpose, perhaps at somebody's hand."""

    agreement: str
    item: str
    purpose: str
    case: str = ""
    person: str = ""
    factor_at: datetime | None = None

    def question(
        self, client: "httpx.Client | httpx.AsyncClient", operation: str, asked: Mapping[str, Any]
    ) -> _Question:
        path = calling.path_of(self.agreement, self.item, operation)
        headers = calling.headers_of(self.purpose, self.case, self.person, self.factor_at)
        return _Question(client, "POST", path, headers, calling.body_of(asked))


def _page(where: Where, fields: Sequence[str] | None, size: int | None, after: str | None) -> dict[str, Any]:
    return {"where": list(where), "fields": fields, "limit": size, "after": after}


class Client:
    """Asks a city, and waits for each answer. Threads may share it."""

    def __init__(
        self, city: str, account: Account, *, origin: str = "", retrying: Retrying = RETRYING, verify: Any = True
    ) -> None:
        """`city`: its address; `origin`: the public address it knows itself by, where that differs. Raises AddressWrong."""
        address = calling.checked(city)
        auth = ServiceAuth(account, address, origin=origin)
        self._retrying = retrying
        self._http = httpx.Client(
            base_url=address, auth=auth, timeout=TIMEOUT, verify=verify, headers={"User-Agent": AGENT}
        )

    def item(self, agreement: str, item: str, **said: Unpack[Said]) -> "Item":
        """An item under an agreement, and what every call on it says."""
        return Item(self, _Use(agreement, item, **said))

    def receipt(self, answer: Answer) -> Receipt:
        """The receipt of an answer, to verify and to keep. The account needs the permission “See data services” (gateway.read)."""
        return self.receipt_of(answer.receipt_id)

    def receipt_of(self, receipt_id: str) -> Receipt:
        """The receipt with this number."""
        return _receipt(self.send(_Question(self._http, "GET", f"/api/v1/share/receipts/{receipt_id}")))

    def fetch_file(self, file_id: str) -> bytes:
        """A sealed file that was made for this account; open it with `open_file`."""
        return self.send(_Question(self._http, "POST", f"/api/v1/sent-files/{file_id}/content")).content

    def send(self, question: _Question) -> httpx.Response:
        """The answer, tried as `retrying` says. Raises Unreachable and the errors of what is refused."""
        return _driven(calling.trying(question.request, self._retrying), self._http)

    @property
    def http(self) -> httpx.Client:
        return self._http

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class Item:
    """An item of a city, under an agreement."""

    def __init__(self, client: Client, use: _Use) -> None:
        self._client, self._use = client, use

    def lookup(self, key: Mapping[str, Any], *, fields: Sequence[str] | None = None) -> Answer:
        """The row of this key: `lookup({"uscc": "91…"})`."""
        return self._asked("lookup", {"key": dict(key), "fields": fields})

    def batch(self, key: str, values: Sequence[Any], *, fields: Sequence[str] | None = None) -> Answer:
        """The rows of these keys, in one call."""
        return self._asked("batch", {"key": key, "values": list(values), "fields": fields})

    def count(self, where: Where = ()) -> Answer:
        """How many rows fit the conditions."""
        return self._asked("count", {"where": list(where)})

    def page(
        self,
        where: Where = (),
        *,
        fields: Sequence[str] | None = None,
        size: int | None = None,
        after: str | None = None,
    ) -> Answer:
        """One page; `answer.next` says where the next one begins."""
        return self._asked("rows", _page(where, fields, size, after))

    def pages(
        self, where: Where = (), *, fields: Sequence[str] | None = None, size: int | None = None
    ) -> Iterator[Answer]:
        """Page after page, to the end. Raises Answered (409 copy-changed) when the data were renewed in between."""
        after = None
        while True:
            answer = self.page(where, fields=fields, size=size, after=after)
            yield answer
            after = answer.next
            if after is None:
                return

    def relay(self, question: Mapping[str, Any], *, fields: Sequence[str] | None = None) -> Answer:
        """What the provider's own interface answers, passed through the contract."""
        return self._asked("relay", {"question": dict(question), "fields": fields})

    def _asked(self, operation: str, asked: Mapping[str, Any]) -> Answer:
        return Answer.of(self._client.send(self._use.question(self._client.http, operation, asked)))


class AsyncClient:
    """As Client, without blocking."""

    def __init__(
        self, city: str, account: Account, *, origin: str = "", retrying: Retrying = RETRYING, verify: Any = True
    ) -> None:
        address = calling.checked(city)
        auth = ServiceAuth(account, address, origin=origin)
        self._retrying = retrying
        self._http = httpx.AsyncClient(
            base_url=address, auth=auth, timeout=TIMEOUT, verify=verify, headers={"User-Agent": AGENT}
        )

    def item(self, agreement: str, item: str, **said: Unpack[Said]) -> "AsyncItem":
        return AsyncItem(self, _Use(agreement, item, **said))

    async def receipt(self, answer: Answer) -> Receipt:
        return await self.receipt_of(answer.receipt_id)

    async def receipt_of(self, receipt_id: str) -> Receipt:
        return _receipt(await self.send(_Question(self._http, "GET", f"/api/v1/share/receipts/{receipt_id}")))

    async def fetch_file(self, file_id: str) -> bytes:
        return (await self.send(_Question(self._http, "POST", f"/api/v1/sent-files/{file_id}/content"))).content

    async def send(self, question: _Question) -> httpx.Response:
        return await _driven_async(calling.trying(question.request, self._retrying), self._http)

    @property
    def http(self) -> httpx.AsyncClient:
        return self._http

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()


class AsyncItem:
    """As Item, without blocking."""

    def __init__(self, client: AsyncClient, use: _Use) -> None:
        self._client, self._use = client, use

    async def lookup(self, key: Mapping[str, Any], *, fields: Sequence[str] | None = None) -> Answer:
        return await self._asked("lookup", {"key": dict(key), "fields": fields})

    async def batch(self, key: str, values: Sequence[Any], *, fields: Sequence[str] | None = None) -> Answer:
        return await self._asked("batch", {"key": key, "values": list(values), "fields": fields})

    async def count(self, where: Where = ()) -> Answer:
        return await self._asked("count", {"where": list(where)})

    async def page(
        self,
        where: Where = (),
        *,
        fields: Sequence[str] | None = None,
        size: int | None = None,
        after: str | None = None,
    ) -> Answer:
        return await self._asked("rows", _page(where, fields, size, after))

    async def pages(
        self, where: Where = (), *, fields: Sequence[str] | None = None, size: int | None = None
    ) -> AsyncIterator[Answer]:
        after = None
        while True:
            answer = await self.page(where, fields=fields, size=size, after=after)
            yield answer
            after = answer.next
            if after is None:
                return

    async def relay(self, question: Mapping[str, Any], *, fields: Sequence[str] | None = None) -> Answer:
        return await self._asked("relay", {"question": dict(question), "fields": fields})

    async def _asked(self, operation: str, asked: Mapping[str, Any]) -> Answer:
        return Answer.of(await self._client.send(self._use.question(self._client.http, operation, asked)))


def _receipt(response: httpx.Response) -> Receipt:
    bundle = response.json()["bundle"]
    if bundle is None:
        raise ReceiptPending
    return Receipt(bundle)


def _driven(steps: Trying, http: httpx.Client) -> httpx.Response:
    got: Any = None
    while True:
        try:
            step = steps.send(got)
        except StopIteration as ended:
            response: httpx.Response = ended.value
            return response
        got = None
        if isinstance(step, Send):
            try:
                got = http.send(step.request)
            except httpx.TransportError as failure:
                got = failure
        else:
            time.sleep(step.seconds)


async def _driven_async(steps: Trying, http: httpx.AsyncClient) -> httpx.Response:
    got: Any = None
    while True:
        try:
            step = steps.send(got)
        except StopIteration as ended:
            response: httpx.Response = ended.value
            return response
        got = None
        if isinstance(step, Send):
            try:
                got = await http.send(step.request)
            except httpx.TransportError as failure:
                got = failure
        else:
            await asyncio.sleep(step.seconds)
