"""The list of capabilities, and the city they make together: database, engines, workers, web. Nothing else."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_type_hints

from fastapi import FastAPI
from starlette.middleware import Middleware

import zhengtong
from zhengtong import engines
from zhengtong.data import catalogue, entities, intake, quality, standards
from zhengtong.engines.chain import ChainSettings
from zhengtong.engines.crypto import Crypto, CryptoSettings
from zhengtong.engines.serving import ServingSettings
from zhengtong.insight import home, thread, tour
from zhengtong.kernel import capability, events, jobs, settings, telemetry, web
from zhengtong.kernel.capability import Capability
from zhengtong.kernel.db import Database
from zhengtong.kernel.wake import Wake
from zhengtong.office import deadlines, identity, notices, operations
from zhengtong.sharing import agreements, gateway, ledger

CAPABILITIES: tuple[Capability, ...] = (
    identity.capability,
    notices.capability,
    deadlines.capability,
    operations.capability,
    standards.capability,
    catalogue.capability,
    intake.capability,
    quality.capability,
    entities.capability,
    ledger.capability,
    agreements.capability,
    gateway.capability,
    thread.capability,
    home.capability,
    tour.capability,
)
STATIC = Path(__file__).parent / "static"


def load_settings(
    *,
    file: Path | None = None,
    given: Mapping[str, Mapping[str, Any]] | None = None,
    environment: Mapping[str, str] | None = None,
) -> settings.Settings:
    """The checked settings of the kernel, the engines and every room. Raises SettingsWrong."""
    sections = {room.name: room.settings for room in CAPABILITIES if room.settings}
    return settings.load({**engines.SECTIONS, **sections}, file=file, given=given, environment=environment)


@dataclass(frozen=True, slots=True)
class City:
    """One open installation. `start` its workers with a serving process; `close` it at the end."""

    settings: settings.Settings
    database: Database
    engines: engines.Engines
    wake: Wake
    workers: jobs.Workers
    site: web.Site
    watch: gateway.HeadWatch | None
    gateway: gateway.Gateway

    def start(self) -> None:
        self.wake.start()
        self.workers.start()
        self.follow()

    def follow(self) -> None:
        """This will keep the gateway's head fresh, where several validators decide on it."""
        if self.watch:
            self.watch.start()

    def close(self) -> None:
        self.workers.stop()
        if self.watch:
            self.watch.stop()
        self.gateway.close()
        self.engines.close()
        self.wake.stop()
        self.database.close()


def open_city(chosen: settings.Settings) -> City:
    """This will open the database and the engines and wire the rooms to them; nothing runs yet."""
    database = Database(chosen.kernel.database_url)
    database.listeners = events.by_type(listener for room in CAPABILITIES for listener in room.listeners)
    wake = Wake(database)
    opened = engines.open_engines(chosen, database, wake)
    givens: dict[type[Any], Any] = {settings.Settings: chosen, Wake: wake, Database: database}
    givens |= {kind: getattr(opened, name) for name, kind in get_type_hints(engines.Engines).items()}
    workers = jobs.Workers(
        database, capability.registry(CAPABILITIES), wake, givens=givens, threads=chosen.kernel.workers
    )
    givens[jobs.Workers] = workers
    door = gateway.Gateway(database, wake, chosen, crypto=opened.crypto, keyring=opened.keyring, serving=opened.serving)
    givens[gateway.Gateway] = door
    watch = _watch(chosen, database, opened)
    if watch:
        door.watch = watch
    givens[tour.Curtain] = tour.Curtain()
    site = web.Site(database=database, wake=wake, sign_in=identity.actor_of, givens=givens)
    return City(chosen, database, opened, wake, workers, site, watch, door)


@contextmanager
def reading_gateway(chosen: settings.Settings, *, began: datetime) -> Iterator[tuple[gateway.Gateway, Crypto]]:
    """A gateway of an open city for another process, to read and believe, never to commit. `began`: when the city's own was opened."""
    database, crypto = Database(chosen.kernel.database_url), engines.open_crypto(chosen.of(CryptoSettings))
    copies = engines.open_serving(chosen.of(ServingSettings), database, chosen.kernel.data)
    keyring = engines.open_keyring(chosen, crypto)
    reading = gateway.Gateway(database, Wake(database), chosen, crypto=crypto, keyring=keyring, serving=copies)
    reading.began = began
    try:
        yield reading, crypto
    finally:
        reading.close()
        copies.close()
        database.close()


def _watch(chosen: settings.Settings, database: Database, opened: engines.Engines) -> gateway.HeadWatch | None:
    """With a chain of validators the gateway serves only while its head is fresh; our own log always is."""
    if chosen.of(ChainSettings).engine == "local_log":
        return None
    within_s = chosen.of(gateway.GatewaySettings).head_within_s
    return gateway.HeadWatch(database, opened.chain, within_s=within_s)


def create_app(city: City, *, work: bool = True) -> FastAPI:
    """The city as an ASGI app; with `work` its jobs run in this process."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        if work:
            city.start()
        city.follow()
        yield
        if tracing:
            tracing.shutdown()
        city.close()

    app = web.make_app(
        city.site,
        [room.routes.router for room in CAPABILITIES if room.routes],
        title="政通 Zhengtong",
        version=zhengtong.__version__,
        static=STATIC,
        secure=city.settings.kernel.address.startswith("https"),
        lifespan=life,
        middleware=[Middleware(identity.BodyDigest)],
    )
    app.add_middleware(gateway.Door, gateway=lambda: city.gateway)
    if city.settings.kernel.demo:
        app.add_middleware(tour.CityDate)
    app.state.city = city
    url = city.settings.kernel.telemetry_url
    tracing = telemetry.trace(app, city.database, url=url, service="zhengtong") if url else None
    return app
