"""A route in a room: declared with what it needs, run in one transaction, answered as JSON.

    @routes.get("/departments", needs=READ)
    def list_departments(session: Session, actor: Actor, page: web.PageArgs) -> web.Page[DepartmentOut]: ...

The wrapper does in one thread what FastAPI would spread over several: it opens the transaction (GET: a read, else a
write), finds the actor, asks for the permission, calls, commits, serialises. So a change is kept before it is answered.
An endpoint that takes `database: Database` instead of `session` opens its own short transactions (slow work, network).
"""

import hashlib
import inspect
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cache, partial
from typing import Annotated, Any, Protocol, get_args
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column
from starlette.routing import Match, compile_path
from starlette.types import Scope

from zhengtong.kernel import clock, errors, given, logs
from zhengtong.kernel.actor import Actor, Permission, require
from zhengtong.kernel.db import Base, Database
from zhengtong.kernel.wake import Wake
from zhengtong.kernel.web.problems import ChangedMeanwhile


class Open(Enum):
    """What a route may need beside a permission."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"


OURS = (Session, Actor, Database, Wake, Request)
VERBS, NAMED = ("GET", "POST", "PUT", "PATCH", "DELETE"), inspect.Parameter.KEYWORD_ONLY
PUBLIC, SIGNED_IN = Open.PUBLIC, Open.SIGNED_IN
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=100, description="the ETag that was read")]
Dump = Callable[[], Callable[[Any], bytes]]
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=100)]


class SignIn(Protocol):
    """Who is it that asks? None when nobody is signed in."""

    def __call__(self, session: Session, request: Request, *, now: datetime) -> Actor | None: ...


@dataclass(frozen=True, slots=True)
class Site:
    """What every request needs; the app puts it together."""

    database: Database
    wake: Wake
    sign_in: SignIn
    givens: given.Givens = field(default_factory=dict)


class Answered(Base):
    """The answer to a POST that carried an Idempotency-Key; the same key and content get it again.

    An answer that no cache may keep (a link, codes, an identity number) is not kept here either: status 0 says so.
    """

    __tablename__ = "answered"

    subject: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str]
    status: Mapped[int]
    body: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


class KeyUsedDifferently(errors.Conflict):
    zh = "这个 Idempotency-Key 已用于不同的内容，请换一个。"
    en = "This Idempotency-Key was used with other content; take a new one."


class AnswerShownOnce(errors.Conflict):
    zh = "这个请求已经办过；它的答复含有保密内容，只显示一次。"
    en = "This request was carried out already; its answer holds a secret and was shown that once."


def check_version(version: int, if_match: str | None) -> None:
    """Raises ChangedMeanwhile unless the reader's ETag is the present version's."""
    if if_match is None or if_match.strip().removeprefix("W/").strip('"') != str(version):
        raise ChangedMeanwhile()


_WORKING_OUT = threading.RLock()


class _Late(APIRoute):
    """A route whose forms are worked out when it is first asked for: all at once they took a quarter of the start."""

    def __init__(self, path: str, *, methods: list[str], **told: Any) -> None:
        self.path, self.methods, self._told, self._begins = path, set(methods), told, path.partition("{")[0]
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As its own; but of some four hundred routes a request is for one, and most are told apart by how they begin."""
        begins = scope.get("root_path") or scope["path"].startswith(self._begins)
        return super().matches(scope) if begins else (Match.NONE, {})

    def __getattr__(self, name: str) -> Any:
        with _WORKING_OUT:
            if told := self.__dict__.pop("_told", None):
                super().__init__(self.path, methods=self.methods, **told)
        return self.__getattribute__(name)


class Routes:
    """The routes of one room."""

    def __init__(self, name: str, *, group: str) -> None:
        self.name, self.router = name, APIRouter(prefix="/api/v1", tags=[f"{group}/{name}"], route_class=_Late)

    def _add(self, method: str, path: str, *, needs: Permission | Open, **options: Any) -> Callable[[Any], Any]:
        def decorate(endpoint: Callable[..., Any]) -> Callable[..., Any]:
            returns = inspect.signature(endpoint, eval_str=True).return_annotation
            status = options.pop("status", 204 if returns is None else 200)
            once = options.pop("shown_once", False)
            self.router.add_api_route(
                path,
                _call(endpoint, method, needs, status, returns, once=once),
                methods=[method],
                status_code=status,
                response_model=None if _is_response(returns) or returns is None else returns,
                operation_id=f"{self.name}.{endpoint.__name__}",
                openapi_extra={"x-needs": needs.name if isinstance(needs, Permission) else needs.value},
                **{"summary": (endpoint.__doc__ or "").strip().split("\n")[0] or None, **options},
            )
            return endpoint

        return decorate

    def __getattr__(self, verb: str) -> Callable[..., Callable[[Any], Any]]:
        """`get`, `post`, `put`, `patch`, `delete`."""
        if verb.upper() not in VERBS:
            raise AttributeError(verb)
        return partial(self._add, verb.upper())


def _call(
    endpoint: Callable[..., Any], method: str, needs: Permission | Open, status: int, returns: Any, *, once: bool
) -> Callable[..., Response]:
    signature = inspect.signature(endpoint, eval_str=True)
    own = {"session", "actor", "database", "wake", "request"} & set(signature.parameters)
    asked = [p for p in signature.parameters.values() if p.name not in own and not given.is_given(p.annotation)]
    by_itself = "database" in own
    if by_itself and "session" in own:
        raise TypeError(f"{endpoint.__name__} takes a session or opens its own by database, not both")
    keyed = method == "POST" and not by_itself
    for kind in (part for p in asked for part in get_args(p.annotation)):
        if inspect.isclass(kind) and issubclass(kind, BaseModel):
            kind.model_rebuild()  # a model whose fields are parameters has to know them now
    dumps = returns is not None and not _is_response(returns)
    dump = cache(lambda: TypeAdapter(returns).dump_json) if dumps else None

    def call(request: Request, idempotency_key: str | None = None, **arguments: Any) -> Response:
        site: Site = request.app.state.site
        opened = site.database.read if method == "GET" or by_itself else site.database.write
        with opened() as session:
            actor = _actor(site, session, request, needs)
            provided: dict[str, Any] = {"session": session, "actor": actor, "request": request}
            provided |= {"database": site.database, "wake": site.wake}
            arguments |= {name: provided[name] for name in own} | given.fill(endpoint, site.givens)
            if not by_itself:
                content = _content(request, arguments) if keyed and idempotency_key and actor else ""
                if content and (before := _answered(session, actor, idempotency_key, content)):
                    return Response(before.body, before.status, media_type="application/json")
                response = _respond(endpoint(**arguments), request, status, dump)
                if once:
                    response.headers["Cache-Control"] = "no-store"
                if content:
                    _keep_answer(session, actor, idempotency_key, content, response)
                return response
        return _respond(endpoint(**arguments), request, status, dump)

    parameters = [inspect.Parameter("request", NAMED, annotation=Request)]
    if keyed:
        parameters.append(inspect.Parameter("idempotency_key", NAMED, annotation=IdempotencyKey, default=None))
    parameters += [p.replace(kind=NAMED) for p in asked]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__name__, call.__doc__ = endpoint.__name__, endpoint.__doc__
    call.needs = needs  # type: ignore[attr-defined]
    return call


def refused_at_the_door(request: Request) -> errors.Problem | None:
    """What a request of a wrong form is told first when it has no business here: to sign in, or that it may not."""
    site: Site = request.app.state.site
    try:
        with site.database.read() as session:
            _actor(site, session, request, getattr(request.scope.get("endpoint"), "needs", PUBLIC))
    except errors.Problem as refused:
        return refused
    return None


def _is_response(returns: Any) -> bool:
    return inspect.isclass(returns) and issubclass(returns, Response)


def _actor(site: Site, session: Session, request: Request, needs: Permission | Open) -> Actor | None:
    actor = site.sign_in(session, request, now=clock.now())
    if actor:
        logs.subject_id.set(str(actor.subject))
        request.scope["actor"] = actor
    if actor is None and needs is not PUBLIC:
        raise errors.SignInNeeded()
    if actor and isinstance(needs, Permission):
        require(actor, needs, now=clock.now())
    return actor


def _respond(result: Any, request: Request, status: int, dump: Dump | None) -> Response:
    if isinstance(result, Response):
        return result
    if dump is None or result is None:
        return Response(status_code=204)
    body = dump()(result)
    version = getattr(result, "version", None)
    etag = f'"{version}"' if version is not None else f'W/"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if request.method == "GET" and request.headers.get("if-none-match") == etag and version is None:
        return Response(status_code=304, headers=headers)
    return Response(body, status, headers, media_type="application/json")


def _content(request: Request, arguments: dict[str, Any]) -> str:
    said = {name: value for name, value in arguments.items() if not isinstance(value, OURS)}
    told = to_json([request.url.path, str(request.url.query), said], fallback=lambda _: None)
    return hashlib.blake2b(told, digest_size=16).hexdigest()


def _answered(session: Session, actor: Actor | None, key: str | None, content: str) -> Answered | None:
    assert actor
    before = session.scalar(select(Answered).where(Answered.subject == actor.subject, Answered.key == key))
    if before and (before.content != content or not before.status):
        raise AnswerShownOnce() if before.content == content else KeyUsedDifferently()
    return before


def _keep_answer(session: Session, actor: Actor | None, key: str | None, content: str, response: Response) -> None:
    assert actor
    secret = response.headers.get("cache-control") == "no-store"
    status, body = (0, "") if secret else (response.status_code, bytes(response.body).decode())
    session.add(Answered(subject=actor.subject, key=key, content=content, status=status, body=body, at=clock.now()))
