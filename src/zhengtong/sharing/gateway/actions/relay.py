"""Relay: the provider's own interface, called through the contract.

    decided ahead → the interface is called (only a configured one, at a checked address) → its answer fitted to the catalogue, masked
    → decided, counted and receipted by the committer → answered

Whatever the contract does not give is never asked twice: a refusal is receipted and the provider is not called. No redirects are followed,
no proxy of the environment is used; the address that was checked is the one that is connected to.
"""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpcore
import httpx
from sqlalchemy import select

from zhengtong.data import catalogue
from zhengtong.kernel import clock
from zhengtong.kernel.db import Database
from zhengtong.kernel.errors import Field as Fault
from zhengtong.sharing import agreements
from zhengtong.sharing.gateway import errors
from zhengtong.sharing.gateway.actions import copying
from zhengtong.sharing.gateway.actions.committing import Answer, Item, Message
from zhengtong.sharing.gateway.actions.committing.pending import masks_of
from zhengtong.sharing.gateway.actions.exchange.opening import resolved
from zhengtong.sharing.gateway.rules import Field, Stated, keys_of, masker, relaying
from zhengtong.sharing.gateway.rules.relaying import AnswerUnfit, Breaker
from zhengtong.sharing.gateway.settings import Gateway as GatewaySettings
from zhengtong.sharing.gateway.settings import Interface

BUSY = frozenset((429, 502, 503, 504))
PAUSE_S = 0.2


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the provider: key fields and their values; and which fields should come back (empty: all agreed)."""

    agreement: str
    item: str
    values: Mapping[str, str]
    fields: tuple[str, ...]
    purpose: str
    case_number: str


@dataclass(frozen=True, slots=True)
class Relayed:
    """A relayed call, ready for the committer."""

    request: agreements.CallRequest
    item: Item
    message: Message
    answer: Callable[[agreements.Decision], Answer]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a relay needs of the gateway: the decision ahead, pseudonyms and blind indexes."""

    decide: Callable[[agreements.CallRequest], agreements.Decision]
    agreed: Callable[[str, str], tuple[Mapping[str, str], int]]
    pseudonym: Callable[[str], Callable[[str], str]]
    subject: Callable[[str], str]


class Relays:
    """The interfaces that may be called, each with its breaker."""

    def __init__(self, database: Database, chosen: GatewaySettings) -> None:
        self._database = database
        self._interfaces = {one.item: one for one in chosen.relays}
        self._networks = chosen.networks
        self._breakers: dict[str, Breaker] = {}
        self._lock = threading.Lock()
        self._pause = threading.Event()

    def relayed(self, asked: Question, who: agreements.CallRequest, message: Message, ground: Ground) -> Relayed:
        """The call as the committer takes it; the provider has been asked, where the contract lets it be. Raises RelayUnknown,
        CallMalformed, ProviderAway, ProviderResting, ProviderAnsweredWrong."""
        interface = self._interfaces.get(asked.item)
        item, fields = self._item(asked)
        if interface is None or item is None:
            raise errors.RelayUnknown(item=asked.item)
        _check_keys(asked, fields)
        masks, most = ground.agreed(asked.agreement, item.id.hex if item.id else "")
        given = asked.fields or tuple(name for name, mask in masks.items() if mask != "omit")
        request = who._replace(item_id=item.id.hex if item.id else "", operation="relay", fields=given, keys=1)
        before = ground.decide(request)
        if not before.allowed:
            return Relayed(request, item, message, _never)
        out = clock.now()
        rows = self._asked(interface, asked, fields, most)
        back = clock.now()
        answer = _answer(asked, rows, fields, before, ground)
        return Relayed(request, item, message._replace(request_out=out, response_in=back), _checked(before, answer))

    def _item(self, asked: Question) -> tuple[Item | None, tuple[Field, ...]]:
        with self._database.read() as session:
            row = session.scalar(select(catalogue.Item).where(catalogue.Item.code == asked.item))
            source = copying.source_of(session, row.id) if row else None
            if row is None or source is None:
                return None, ()
            return Item(row.code, row.id, row.department_id), source.fields

    def _asked(self, interface: Interface, asked: Question, fields: Sequence[Field], most: int) -> list[list[Any]]:
        """The provider's rows, in the fields' order."""
        with self._lock:
            rests = self._breakers.get(interface.item, Breaker()).rests(time.monotonic())
        if rests:
            raise errors.ProviderResting(seconds=round(rests) or 1, retry_after_s=round(rests) or 1)
        try:
            document = self._called(interface, asked)
        except errors.ProviderAway:
            self._note(interface, well=False)
            raise
        self._note(interface, well=True)
        try:
            return relaying.fitted_rows(relaying.rows_of(document, interface.rows_at, most), fields, interface.names)
        except AnswerUnfit as unfit:
            raise errors.ProviderAnsweredWrong(why=unfit.why) from None

    def _note(self, interface: Interface, *, well: bool) -> None:
        with self._lock:
            breaker = self._breakers.get(interface.item, Breaker())
            self._breakers[interface.item] = breaker.went_well() if well else breaker.failed(time.monotonic())

    def _called(self, interface: Interface, asked: Question) -> Any:
        """The answer's JSON. Raises ProviderAway, AddressNotAllowed."""
        values = {interface.names.get(name, name): value for name, value in asked.values.items()}
        sent: dict[str, Any] = {"params": values} if interface.method == "GET" else {"json": values}
        reason = ""
        with _client(self._networks, interface) as http:
            for tried in range(interface.tries):
                if tried:
                    self._pause.wait(PAUSE_S * 2**tried)
                try:
                    with http.stream(interface.method, interface.url, **sent) as response:
                        if response.status_code not in BUSY:
                            return _document(response, interface)
                        reason = f"HTTP {response.status_code}"
                except httpx.TransportError as failure:
                    reason = type(failure).__name__
        raise errors.ProviderAway(reason=reason)


def _document(response: httpx.Response, interface: Interface) -> Any:
    if response.status_code == 404:
        return []
    if not response.is_success:
        raise errors.ProviderAway(reason=f"HTTP {response.status_code}")
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > interface.answer_mb * 2**20:
            raise errors.ProviderAway(reason=f"> {interface.answer_mb} MB")
        parts.append(part)
    try:
        return json.loads(b"".join(parts), parse_float=str)
    except ValueError:
        raise errors.ProviderAway(reason="not JSON") from None


def _check_keys(asked: Question, fields: Sequence[Field]) -> None:
    """A provider is asked by key fields alone."""
    for name in asked.values:
        if name not in keys_of(fields):
            said = "只能按关键字段查询。", "Only key fields can be asked by."
            raise errors.CallMalformed(fields=[Fault(f"question.{name}"[:80], *said)])


def _answer(
    asked: Question,
    rows: Sequence[Sequence[Any]],
    fields: Sequence[Field],
    decision: agreements.Decision,
    ground: Ground,
) -> Answer:
    names = [one.name for one in fields]
    passed = [row for row in rows if relaying.kept(dict(zip(names, row, strict=True)), decision.rows)]
    make = masker(fields, masks_of(decision), ground.pseudonym(asked.agreement))
    body = {"item": asked.item, "version": None, "fresh": {"data_at": None, "copied_at": None}}
    told = {**body, "relayed_at": clock.now().isoformat().replace("+00:00", "Z"), "rows": [make(row) for row in passed]}
    places = [place for place, one in enumerate(fields) if one.subject]
    named = {ground.subject(row[place]) for row in passed for place in places if row[place]}
    data = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(data, len(passed), "relay", tuple(sorted(named)))


def _checked(before: agreements.Decision, answer: Answer) -> Callable[[agreements.Decision], Answer]:
    def given(decision: agreements.Decision) -> Answer:
        if (decision.fields, decision.bands, decision.rows) != (before.fields, before.bands, before.rows):
            raise errors.ContractChanged()
        return answer

    return given


def _never(_: agreements.Decision) -> Answer:
    """The contract refused ahead and allows now: it has changed in between."""
    raise errors.ContractChanged()


class _Guarded(httpcore.SyncBackend):
    """Connects to checked addresses only, so that a name cannot change its meaning between the look and the call."""

    def __init__(self, networks: Sequence[str]) -> None:
        super().__init__()
        self._networks = networks

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            address = resolved(host, port, self._networks)
        except errors.TargetAway as unknown:
            raise httpcore.ConnectError(str(unknown)) from None
        return super().connect_tcp(address, port, timeout, local_address, socket_options)

    def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore.NetworkStream:
        raise errors.AddressNotAllowed(host=path)


class _Transport(httpx.HTTPTransport):
    def __init__(self, networks: Sequence[str]) -> None:
        super().__init__()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(), network_backend=_Guarded(networks), max_connections=4
        )


def _client(networks: Sequence[str], interface: Interface) -> httpx.Client:
    headers = {"User-Agent": "zhengtong-relay", "Accept": "application/json"}
    if interface.header:
        headers[interface.header] = interface.secret.get_secret_value()
    return httpx.Client(
        transport=_Transport(networks),
        timeout=httpx.Timeout(interface.timeout_s, connect=min(interface.timeout_s, 5)),
        follow_redirects=False,
        trust_env=False,
        headers=headers,
    )


def read_question(place: tuple[str, str], said: Stated, body: bytes) -> Question:
    """The question of a relayed call: {"question": {"uscc": "91…"}, "fields": […]}. Raises CallMalformed."""
    try:
        told = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        told = None
    values = told.get("question") if isinstance(told, dict) else None
    fields = told.get("fields", []) if isinstance(told, dict) else None
    if not isinstance(values, dict) or not 1 <= len(values) <= 20 or set(told) - {"question", "fields"}:
        raise _wrong("question", '应为 {"question": {"字段": 值}}。', 'Expected {"question": {"field": value}}.')
    if not isinstance(fields, list) or not all(isinstance(one, str) and len(one) < 64 for one in fields):
        raise _wrong("fields", "应为字段名的列表。", "A list of field names is expected.")
    if not all(isinstance(one, str | int) and len(str(one)) <= 200 for one in values.values()):
        raise _wrong("question", "值应为文字或整数。", "Values are text or whole numbers.")
    texts = {str(name)[:64]: str(value) for name, value in values.items()}
    return Question(*place, texts, tuple(dict.fromkeys(fields)), said.purpose, said.case_number)


def _wrong(name: str, zh: str, en: str) -> errors.CallMalformed:
    return errors.CallMalformed(fields=[Fault(name, zh, en)])


def asker(asked: Question, who: Mapping[str, Any], *, now: datetime) -> agreements.CallRequest:
    """Who asks, before it is known what the item is. `who`: the request's words for the caller."""
    return agreements.CallRequest(
        agreement=asked.agreement,
        item_id="",
        operation="relay",
        fields=(),
        purpose=asked.purpose,
        at=now,
        case_number=asked.case_number,
        **who,
    )
