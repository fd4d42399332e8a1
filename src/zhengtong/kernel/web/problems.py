"""Problems as RFC 9457 problem+json, in the reader's language, with a reference that finds the log line."""

import json
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolEmpty
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from zhengtong.kernel import errors, logs


class ChangedMeanwhile(errors.Conflict):
    status = 412
    zh = "这条记录刚刚被别人改过，请刷新后再改。"
    en = "Somebody has just changed this; reload and make your change again."


class TooLarge(errors.Invalid):
    status = 413
    zh = "内容太大，最多 {limit_mb} MB；请拆分后再传。"
    en = "That is too large, {limit_mb} MB at most; split it and send again."


class WrongMediaType(errors.Invalid):
    status = 415
    zh = "不支持的内容类型。"
    en = "That content type is not supported."


class TwiceAtOnce(errors.Conflict):
    zh = "同样的内容刚刚已被别人登记，请刷新后再试。"
    en = "Somebody has just registered the same; reload and try again."


class DatabaseAway(errors.Unavailable):
    zh = "数据库暂时不可用，这次操作没有保存任何内容。请稍后再试；若仍不行，请把编号告诉管理员。"
    en = "The database is away for the moment and nothing of this was kept. Try again soon; if it stays, give the reference to your administrator."


class CrossSite(errors.Refused):
    zh = "请求来自别的网站，已拒绝；请从本站页面操作。"
    en = "The request came from another site and was refused; use this site's own pages."


class NoSuchAddress(errors.NotFound):
    zh = "没有这个地址；请核对链接。"
    en = "There is nothing at this address; check the link."


class WrongMethod(errors.Invalid):
    status = 405
    zh = "这个地址不支持该操作。"
    en = "This address does not take that method."


class Unexpected(errors.Problem):
    zh = "系统出错了，已记录。请稍后再试；若仍不行，请把编号告诉管理员。"
    en = "Something broke and has been recorded. Try again; if it stays, give the reference to your administrator."


RETRY_AFTER_S = 5
AWAY = ("disk is full", "disk i/o", "readonly database", "unable to open", "database is locked")
VALIDATION = {
    "missing": ("必填。", "This is required."),
    "string_too_short": ("太短，至少 {min_length} 个字。", "Too short: at least {min_length} characters."),
    "string_too_long": ("太长，最多 {max_length} 个字。", "Too long: at most {max_length} characters."),
    "string_pattern_mismatch": ("格式不对。", "The form is not right."),
    "greater_than_equal": ("不能小于 {ge}。", "Must be at least {ge}."),
    "less_than_equal": ("不能大于 {le}。", "Must be at most {le}."),
    "extra_forbidden": ("不认识这一项。", "This field is not known."),
    "enum": ("只能是 {expected}。", "Must be one of {expected}."),
    "literal_error": ("只能是 {expected}。", "Must be one of {expected}."),
    "json_invalid": ("不是有效的 JSON。", "Not valid JSON."),
    "uuid_parsing": ("编号格式不对。", "Not a valid id."),
    "int_parsing": ("应为整数。", "Must be a whole number."),
    "date_from_datetime_parsing": ("应为日期，如 2026-03-05。", "Must be a date such as 2026-03-05."),
    "datetime_from_date_parsing": ("应为时间，如 2026-03-05T09:00:00Z。", "A time such as 2026-03-05T09:00:00Z."),
}


def language_of(request: Request) -> errors.Language:
    """`en` when the reader prefers English to Chinese (Accept-Language), else `zh`."""
    header = request.headers.get("accept-language", "").lower()
    en, zh = header.find("en"), header.find("zh")
    return "en" if en >= 0 and (zh < 0 or en < zh) else "zh"


def respond(request: Request, problem: errors.Problem) -> Response:
    """The problem as a response."""
    language = language_of(request)
    detail = problem.say(language)
    body: dict[str, Any] = {
        "type": f"urn:zhengtong:problem:{problem.code()}",
        "title": detail,
        "status": problem.status,
        "detail": detail,
        "code": problem.code(),
        "reference": logs.request_id.get(),
    }
    if problem.fields:
        body["fields"] = [{"name": field.name, "message": field.say(language)} for field in problem.fields]
    headers = {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "no-store"}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(problem.retry_after_s)
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, problem.status, headers, media_type="application/problem+json")


def _invalid(wrong: RequestValidationError) -> errors.Invalid:
    fields = []
    for one in wrong.errors():
        place = [str(part) for part in one["loc"]]
        name = ".".join(place[1:]) or place[0]
        zh, en = VALIDATION.get(one["type"], ("填写有误：{msg}", "{msg}"))
        facts = {"msg": one["msg"], **one.get("ctx", {})}
        fields.append(errors.Field(name, zh.format_map(_Loose(facts)), en.format_map(_Loose(facts))))
    return errors.Invalid(fields=fields)


def is_away(failure: DBAPIError) -> bool:
    """True where the database is gone or full; false where the statement was wrong, which is a bug."""
    if "sqlite" in type(failure.orig).__module__:
        return any(sign in str(failure.orig).lower() for sign in AWAY)
    return failure.connection_invalidated or isinstance(failure, OperationalError)


class _Loose(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def install(app: FastAPI, refused_first: Callable[[Request], errors.Problem | None]) -> None:
    """This will answer every failure of the app as a problem; a wrong form only to whom `refused_first` lets in."""

    @app.exception_handler(errors.Problem)
    async def anticipated(request: Request, problem: errors.Problem) -> Response:
        return respond(request, problem)

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, wrong: RequestValidationError) -> Response:
        return respond(request, refused_first(request) or _invalid(wrong))

    @app.exception_handler(StaleDataError)
    async def changed_meanwhile(request: Request, _: StaleDataError) -> Response:
        return respond(request, ChangedMeanwhile())

    @app.exception_handler(PoolEmpty)
    @app.exception_handler(DBAPIError)
    async def database_refused(request: Request, failure: DBAPIError | PoolEmpty) -> Response:
        if isinstance(failure, IntegrityError) and "unique" in str(failure.orig).lower():
            return respond(request, TwiceAtOnce())
        if isinstance(failure, DBAPIError) and not is_away(failure):
            raise failure
        logs.get("web").error("web.database_away", why=str(getattr(failure, "orig", failure)).splitlines()[0])
        return respond(request, DatabaseAway(retry_after_s=RETRY_AFTER_S))

    @app.exception_handler(HTTPException)
    async def framework(request: Request, wrong: HTTPException) -> Response:
        if isinstance(wrong.__cause__, errors.Problem):
            return respond(request, wrong.__cause__)
        kinds: dict[int, errors.Problem] = {404: NoSuchAddress(), 405: WrongMethod(), 415: WrongMediaType()}
        return respond(request, kinds.get(wrong.status_code, errors.Invalid()))
