"""`zhengtong keys`: listed, rotated and retired from the command line, while nobody and while somebody serves."""

import json

import pytest

from .conftest import Command, Start


def test_before_the_first_start_there_are_none_and_none_are_made(command: Command) -> None:
    done = command("keys", "list", "--lang", "en")
    assert done.code == 1
    assert "made at first start" in done.err


@pytest.mark.soak
def test_a_rotation_beside_a_serving_city_and_the_end_of_the_old_key(start: Start, command: Command) -> None:
    start("run").wait()
    (only,) = json.loads(command("keys", "list", "--json").out)
    assert (only["seals"], only["indexes"]) == (True, True)
    refused = command("keys", "retire", only["key"], "--yes", "--lang", "en")
    assert (refused.code, "still in use" in refused.err) == (1, True)
    done = command("keys", "rotate", "--index", "--lang", "en")
    assert done.code == 0, done.err
    assert f"zhengtong keys retire {only['key']}" in done.out
    new, old = json.loads(command("keys", "list", "--json").out)
    assert (new["seals"], new["indexes"], old["key"]) == (True, True, only["key"])
    assert command("keys", "retire", old["key"], stdin="n\n").code == 1
    assert command("keys", "retire", old["key"], "--yes").code == 0
    assert [one["key"] for one in json.loads(command("keys", "list", "--json").out)] == [new["key"]]
    unknown = command("keys", "retire", "00" * 8, "--yes", "--lang", "en")
    assert (unknown.code, "There is no root key" in unknown.err) == (1, True)
