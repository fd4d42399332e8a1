"""Whatever is sent to the API, of any form, it never breaks: schemathesis over our own description."""

import os
import re

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.journeys.test_authorisation import ROUTES, STREAMS, actor, first_permissions
from zhengtong.kernel import clock
from zhengtong.office.identity.tables import Person

OPERATIONS = [(method, re.sub(r":\w+\}", "}", path)) for method, path, _ in ROUTES if path not in STREAMS]
EXAMPLES = int(os.environ.get("ZT_TEST_EXAMPLES", "4"))
MANY = int(os.environ.get("ZT_TEST_EXAMPLES", "16"))
PACE = {
    "phases": [Phase.generate],
    "database": None,
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}


@pytest.fixture(scope="module")
def api(tmp_path_factory, sqlite_template):
    """The site, asked by an administrator of a city that has just been founded."""
    import shutil
    from dataclasses import replace

    from zhengtong import app
    from zhengtong.kernel.db import Database

    folder = tmp_path_factory.mktemp("api") / "data"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "zhengtong.sqlite")
    database = Database(f"sqlite:///{folder / 'zhengtong.sqlite'}")
    who = actor(first_permissions(database)["administrator"])
    with database.write() as session:
        session.add(Person(id=who.subject, name="周启明", login="zhouqiming", created_at=clock.now()))
    database.close()
    given = {"kernel": {"data": folder, "workers": 0}, "crypto": {"root_key": folder.with_name("root.key")}}
    city = app.open_city(app.load_settings(file=folder / "none.toml", given=given))
    site = replace(city.site, sign_in=lambda session, request, now: who)
    made = app.create_app(replace(city, site=site), work=False)
    made.state.site = site
    made.openapi()  # takes seconds, for which the loader does not wait
    yield schemathesis.openapi.from_asgi("/api/openapi.json", made)
    city.database.close()


def ask_often(api, method: str, path: str, examples: int) -> None:
    @settings(max_examples=examples, **PACE)
    @given(api[path][method].as_strategy())
    def ask(case):
        answer = case.call()
        assert answer.status_code != 500, case.as_curl_command()

    ask()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_request_breaks_the_api(api, method, path):
    ask_often(api, method, path, EXAMPLES)


@pytest.mark.soak
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_request_of_many_breaks_the_api(api, method, path):
    ask_often(api, method, path, MANY)
