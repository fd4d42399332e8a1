"""The whole site over one city, where every request is one actor's."""

from dataclasses import replace

from fastapi.testclient import TestClient

from zhengtong import app


def client_of(city, actor):
    """A client of the city, signed in as the actor (None: nobody)."""
    site = replace(city.site, sign_in=lambda session, request, now: actor)
    made = app.create_app(replace(city, site=site), work=False)
    made.state.site = site
    return TestClient(made, raise_server_exceptions=False)
