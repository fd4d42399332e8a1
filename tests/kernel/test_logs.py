import json
import logging

import pytest

from zhengtong.kernel import logs


@pytest.fixture
def lines(logged_as):
    written = logged_as("json")
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_carries_the_request_and_the_subject(lines):
    token = logs.request_id.set("r-1")
    logs.get("test").info("test.done", rows=3)
    logs.request_id.reset(token)
    assert lines()[-1] | {"event": "test.done", "request": "r-1", "rows": 3} == lines()[-1]


def test_identity_numbers_phones_and_secrets_never_stand_in_a_line(lines):
    logs.get("test").warning("test.odd", text="11010519491231002X 13800138000", password="hunter2", api_token="t")
    logging.getLogger("library").warning("someone 13800138000 called")
    try:
        raise ValueError("110105194912310021")
    except ValueError:
        logs.get("test").exception("test.broke")
    told = json.dumps(lines())
    for secret in ("11010519491231002X", "13800138000", "hunter2", "110105194912310021"):
        assert secret not in told
    assert "138********" in told


def test_a_statement_s_values_never_stand_in_its_error(database):
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    with pytest.raises(DBAPIError) as told, database.write() as session:
        session.execute(text("insert into nowhere (phone) values (:phone)"), {"phone": "13800138000"})
    assert "13800138000" not in str(told.value)


def test_a_pretty_traceback_shows_no_values(logged_as):
    written = logged_as("pretty")
    try:
        password = "hunter2" * 2
        raise ValueError(len(password))
    except ValueError:
        logs.get("test").exception("test.broke")
    assert "ValueError" in written.getvalue()
    assert "hunter2hunter2" not in written.getvalue()


def test_the_rows_that_a_database_quotes_never_stand_in_a_line(database, lines):
    from sqlalchemy import text
    from sqlalchemy.exc import IntegrityError

    add = text("insert into guest values (:name, :mark)")
    with database.write() as session:
        session.execute(text("create temporary table guest (name text not null, mark text unique)"))
        session.execute(add, {"name": "沈若川", "mark": "甲-7781"})
        for row in ({"name": "何小满", "mark": "甲-7781"}, {"name": None, "mark": "云溪路 12 号\n乙-9902"}):
            try:
                with session.begin_nested():
                    session.execute(add, row)
            except IntegrityError:
                logs.get("test").exception("test.broke")
    told = json.dumps(lines(), ensure_ascii=False)
    assert told.count("IntegrityError") >= 2
    assert ("DETAIL: ***" in told) == (database.url.get_backend_name() == "postgresql")
    for value in ("何小满", "7781", "云溪路", "9902"):
        assert value not in told
