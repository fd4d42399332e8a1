"""Foreign catalogues fetched page by page and taken in as drafts."""

import ipaddress
import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID

from zhengtong.data.catalogue import errors
from zhengtong.data.catalogue.actions import exchange, harvesting
from zhengtong.data.catalogue.rules import dcat
from zhengtong.data.catalogue.settings import CatalogueSettings
from zhengtong.data.catalogue.tables.exchange import Harvest
from zhengtong.kernel.actor import SYSTEM
from zhengtong.kernel.errors import Problem
from zhengtong.kernel.jobs import Job, Run, Stopping
from zhengtong.kernel.settings import Settings

PAGES, REDIRECTS, TIMEOUT_S, STEP = 1000, 3, 30.0, 100


def harvest(run: Run, harvest_id: str) -> None:
    """This will fetch the feed's pages and take them in, a hundred datasets a step; begun again, it goes on at its page."""
    chosen = run.given(Settings).of(CatalogueSettings)
    with run.read() as session:
        kept = session.get(Harvest, UUID(harvest_id))
    if kept is None:  # taken off the list meanwhile
        return
    run.kept.setdefault("began", run.now().isoformat())
    url = run.kept.setdefault("url", kept.url)
    failure = ""
    try:
        for _ in range(PAGES):
            found, following = dcat.read_feed(fetch(url, chosen), kept.form)  # type: ignore[arg-type]
            for at in range(0, len(found), STEP):
                with run.write() as session:
                    if (told := session.get(Harvest, kept.id)) is None:
                        return
                    exchange.take_in(session, SYSTEM, told, found[at : at + STEP], now=run.now())
                if run.stopping:
                    raise Stopping
            if not following or following == url:
                break
            url = run.kept["url"] = urljoin(url, following)
    except dcat.FeedNotRead as wrong:
        failure = wrong.reason
    except Problem as wrong:
        failure = wrong.say()
    with run.write() as session:
        if told := session.get(Harvest, kept.id):
            began = datetime.fromisoformat(run.kept["began"])
            exchange.end_harvest(session, told, began=began, now=run.now(), failure=failure)


def fetch(url: str, chosen: CatalogueSettings) -> bytes:
    """The document at the address. Raises FeedAddressRefused, FeedUnreachable, FeedTooLarge.

    The name is looked up once and that very address is connected to, so that it cannot change between check and use.
    """
    import httpx

    limit = chosen.harvest_limit_mb * 1024 * 1024
    for _ in range(REDIRECTS + 1):
        parts = urlsplit(url)
        address = _checked(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), chosen)
        try:
            with httpx.Client(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False) as client:
                request = client.build_request(
                    "GET", _at(url, address), headers={"Host": parts.netloc.rpartition("@")[2]}
                )
                request.extensions["sni_hostname"] = parts.hostname
                answer = client.send(request, stream=True)
                if answer.is_redirect:
                    url = urljoin(url, answer.headers["location"])
                    answer.close()
                    continue
                answer.raise_for_status()
                return _read(answer.iter_bytes(), limit, chosen)
        except httpx.HTTPError as wrong:
            raise errors.FeedUnreachable(reason=str(wrong)[:200] or type(wrong).__name__) from wrong
    raise errors.FeedUnreachable(reason="太多跳转 | too many redirects")


def _read(chunks: Iterator[bytes], limit: int, chosen: CatalogueSettings) -> bytes:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        if len(held) > limit:
            raise errors.FeedTooLarge(limit=chosen.harvest_limit_mb)
    return bytes(held)


def _checked(host: str, port: int, chosen: CatalogueSettings) -> str:
    try:
        found: list[Any] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as wrong:
        raise errors.FeedUnreachable(reason=str(wrong)[:200]) from wrong
    addresses = [str(one[4][0]).partition("%")[0] for one in found]
    if not chosen.harvest_private and not all(_is_public(one) for one in addresses):
        raise errors.FeedAddressRefused(host=host)
    return addresses[0]


def _is_public(address: str) -> bool:
    """True for an address of the open internet, also when it is an IPv4 one in an IPv6 coat.

    >>> [_is_public(one) for one in ("8.8.8.8", "10.0.0.1", "::ffff:127.0.0.1", "169.254.169.254")]
    [True, False, False, False]
    """
    one = ipaddress.ip_address(address)
    one = getattr(one, "ipv4_mapped", None) or getattr(one, "sixtofour", None) or one
    return one.is_global and not one.is_multicast


def _at(url: str, address: str) -> str:
    parts = urlsplit(url)
    host = f"[{address}]" if ":" in address else address
    netloc = f"{host}:{parts.port}" if parts.port else host
    return parts._replace(netloc=netloc, fragment="").geturl()


HARVEST = Job(harvesting.NAME, harvest, retries=3, pause_s=10.0, steps=True)
JOBS = (HARVEST,)
