"""The site: the rooms' routes, health, metrics and the built front end, behind one guard for ids, origins, sizes and headers."""

import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request, Response, params
from fastapi.responses import FileResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zhengtong.kernel import errors, logs
from zhengtong.kernel.db import new_id
from zhengtong.kernel.web import problems
from zhengtong.kernel.web.routes import Site, refused_at_the_door

LARGEST_MB, LARGEST_UPLOAD_MB = 4, 64
SAFE = ("GET", "HEAD", "OPTIONS")
METHODS = (*SAFE, "POST", "PUT", "PATCH", "DELETE")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
}
_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
log = logs.get("web")
REQUESTS = Counter("zhengtong_http_requests_total", "Requests answered", ["method", "route", "status"])
TOOK = Histogram("zhengtong_http_seconds", "Time to answer", ["method", "route"])


class Guard:
    """Gives each request an id, refuses what comes from another site or is too large, sets the headers, counts."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        hsts = [(b"strict-transport-security", b"max-age=31536000; includeSubDomains")] if secure else []
        self.headers = _HEADERS + hsts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        given = request.headers.get("x-request-id", "")
        reference = given if re.fullmatch(r"[\w-]{8,64}", given) else new_id().hex
        logs.request_id.set(reference)
        logs.subject_id.set("")
        started = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", []), *self.headers, (b"x-request-id", reference.encode())]
                message = {**message, "headers": headers}
            await send(message)

        try:
            if _is_cross_site(request):
                await problems.respond(request, problems.CrossSite())(scope, receive, answer)
            else:
                await self.app(scope, _limited(request, receive), answer)
        except Exception:
            log.exception("web.unexpected", path=request.url.path)
            if status:
                raise
            await problems.respond(request, problems.Unexpected())(scope, receive, answer)
        self._count(scope, status, time.perf_counter() - started)

    def _count(self, scope: Scope, status: int, took: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in METHODS else "other"
        REQUESTS.labels(method, route, status).inc()
        TOOK.labels(method, route).observe(took)
        level = log.info if status < 500 else log.error
        level("web.answered", method=method, route=route, status=status, ms=round(took * 1000, 1))


def _is_cross_site(request: Request) -> bool:
    """A browser's unsafe request must come from our own pages: Fetch Metadata, else Origin against Host."""
    if request.method in SAFE:
        return False
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def _limited(request: Request, receive: Receive) -> Receive:
    """The body, as far as its route takes one: a form with files may be long, all else is short."""
    length, read = request.headers.get("content-length", ""), 0
    announced = int(length) if length.isdigit() else 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        form = getattr(getattr(request.scope.get("route"), "body_field", None), "field_info", None)
        limit_mb = LARGEST_UPLOAD_MB if isinstance(form, params.Form) else LARGEST_MB
        if max(read, announced) > limit_mb * 2**20:
            raise problems.TooLarge(limit_mb=limit_mb)
        return message

    return limited


def make_app(
    site: Site, routers: Iterable[APIRouter], *, title: str, version: str, static: Path, secure: bool, **options: Any
) -> FastAPI:
    """The whole site as one ASGI app."""
    app = FastAPI(title=title, version=version, openapi_url=None, **options)
    app.state.site = site
    problems.install(app, refused_at_the_door)
    for router in routers:  # as they are: include_router would build each a second time, at the first request
        app.router.routes.extend(router.routes)
    app.include_router(_health(site))
    # In a thread, for the first takes seconds.
    app.get("/api/openapi.json", include_in_schema=False)(lambda: JSONResponse(app.openapi()))
    _front_end(app, static)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(Guard, secure=secure)
    return app


def _health(site: Site) -> APIRouter:
    router = APIRouter()

    @router.get("/api/health", include_in_schema=False, response_model=None)
    @router.get("/api/health/live", include_in_schema=False, response_model=None)
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/api/health/ready", include_in_schema=False, response_model=None)
    def ready() -> dict[str, str]:
        with site.database.read() as session:
            session.connection().exec_driver_sql("select 1")
        return {"status": "ready"}

    @router.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        if request.client is None or request.client.host not in ("127.0.0.1", "::1", "testclient"):
            raise problems.NoSuchAddress()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def _front_end(app: FastAPI, static: Path) -> None:
    index = static / "index.html"
    if (static / "assets").is_dir():
        app.mount("/assets", _Hashed(directory=static / "assets"), name="assets")

    @app.get("/{path:path}", include_in_schema=False)
    def page(path: str) -> Response:
        if path.startswith(("api/", "share/")):
            raise problems.NoSuchAddress()
        file = (static / path).resolve()
        if path and file.is_file() and file.is_relative_to(static.resolve()):
            return FileResponse(file, headers={"Cache-Control": "no-cache"})
        if not index.exists():
            raise FrontEndMissing()
        return FileResponse(index, headers={"Cache-Control": "no-cache"})


class _Hashed(StaticFiles):
    """Files whose names change with their content: a browser need never ask for them again."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class FrontEndMissing(errors.Unavailable):
    zh = "前端尚未构建；请运行 make web。"
    en = "The front end has not been built; run make web."
