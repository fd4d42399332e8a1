"""Signing in through the city's identity provider: out by a redirect, back by a redirect."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from zhengtong.kernel import clock, errors
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import PUBLIC, Given
from zhengtong.office.identity.actions import oidc
from zhengtong.office.identity.queries import actors
from zhengtong.office.identity.routes import browser
from zhengtong.office.identity.routes.room import routes
from zhengtong.office.identity.settings import IdentitySettings

SEE_OTHER = 303


@routes.get("/sign-in/oidc", needs=PUBLIC, status=SEE_OTHER)
def begin_oidc(
    database: Database,
    settings: Given[Settings],
    next: Annotated[str, Query(max_length=500, description="path to go on to")] = "/",
    step_up: Annotated[bool, Query(description="verify again, for a sensitive action")] = False,
) -> Response:
    """Go to the city's identity provider."""
    own = settings.of(IdentitySettings)
    try:
        visit = oidc.begin_visit(
            database, own, public_url=settings.kernel.address, next_path=next, step_up=step_up, now=clock.now()
        )
    except errors.Problem as problem:
        return _back(problem)
    response = _to(visit.address)
    browser.set_cookie(response, settings, actors.FLOW_COOKIE, visit.flow, max_age_s=600)
    return response


@routes.get("/sign-in/oidc/callback", needs=PUBLIC, status=SEE_OTHER)
def finish_oidc(database: Database, request: Request, settings: Given[Settings]) -> Response:
    """Come back from the city's identity provider."""
    caller = browser.caller_of(request, settings)
    try:
        issued, path = oidc.finish_visit(
            database,
            settings.of(IdentitySettings),
            dict(request.query_params),
            caller,
            public_url=settings.kernel.address,
            limits=browser.limits_of(settings),
            now=clock.now(),
        )
    except errors.Problem as problem:
        response = _back(problem)
    else:
        response = browser.with_cookies(_to(path), issued, settings)
    browser.drop_cookie(response, settings, actors.FLOW_COOKIE)
    return response


def _to(address: str) -> Response:
    return RedirectResponse(address, SEE_OTHER, headers={"Cache-Control": "no-store"})


def _back(problem: errors.Problem) -> Response:
    return _to(f"/sign-in?problem={quote(problem.code())}")
