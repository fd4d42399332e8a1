"""What a room declares is whole: routes say what they need, permissions and errors speak both languages, events are frozen."""

import json
import re
import string
from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest
from fastapi.routing import APIRoute

from tests.architecture import tree
from tools import golden, reference
from zhengtong.app import CAPABILITIES, load_settings
from zhengtong.kernel import errors, web
from zhengtong.kernel.actor import Permission
from zhengtong.kernel.settings import Told

T = TypeVar("T")
HAN = re.compile(r"[\u4e00-\u9fff]")
ROUTES = [(room.name, route) for room in CAPABILITIES if room.routes for route in room.routes.router.routes]
PROBLEMS = sorted(reference.problems(), key=lambda kind: kind.__qualname__)
TERMS = ("国密",)  # said so in English as well
PERMISSIONS = [permission for room in CAPABILITIES for permission in room.permissions]


def _without(many: Iterable[T], holds: Callable[[T], object], name: Callable[[T], str]) -> list[str]:
    """The names of those of which it does not hold: a thousand small things are one test that names what is wrong."""
    return [name(one) for one in many if not holds(one)]


def _path(route: APIRoute) -> str:
    return f"{sorted(route.methods)} {route.path}"


def test_a_route_says_what_it_needs_and_its_docstring_what_it_does() -> None:
    needs = {web.PUBLIC.value, web.SIGNED_IN.value, *(permission.name for permission in PERMISSIONS)}
    routes = [route for _, route in ROUTES]
    assert routes
    assert not _without(routes, lambda route: (route.openapi_extra or {}).get("x-needs") in needs, _path)
    assert not _without(routes, lambda route: route.summary, _path)


def test_routes_are_named_once_and_live_under_one_version() -> None:
    names = [route.operation_id for _, route in ROUTES]
    assert sorted(set(names)) == sorted(names)
    assert all(route.path.startswith(("/api/v1/", "/share/v1/")) for _, route in ROUTES)


def test_a_route_exists_only_by_the_kernels_declaration() -> None:
    found = [
        tree.name(file)
        for group in tree.GROUPS
        for file in tree.python_files(f"src/zhengtong/{group}")
        if re.search(r"\bAPIRouter\(|\bFastAPI\(|add_api_route\(", file.read_text("utf-8"))
    ]
    assert not found


def test_a_permission_has_a_label_in_both_languages() -> None:
    def labelled(permission: Permission) -> bool:
        english = permission.en and not HAN.search(permission.en)
        named = re.fullmatch(r"[a-z_]+(\.[a-z_]+){1,3}", permission.name)
        return bool(HAN.search(permission.zh) and english and named)

    assert PERMISSIONS
    assert not _without(PERMISSIONS, labelled, lambda permission: permission.name)


def test_permissions_are_named_once_and_begin_with_their_room() -> None:
    names = [permission.name for permission in PERMISSIONS]
    assert len(set(names)) == len(names)
    assert all(one.name.startswith(f"{room.name}.") for room in CAPABILITIES for one in room.permissions)


def test_an_error_says_the_same_in_both_languages() -> None:
    def says_the_same(kind: type[errors.Problem]) -> bool:
        languages = HAN.search(kind.zh) and not HAN.search(_without_terms(kind.en))
        return bool(languages and _holes(kind.zh) == _holes(kind.en))

    assert PROBLEMS
    assert not _without(PROBLEMS, says_the_same, lambda kind: kind.__qualname__)


def test_an_error_of_a_room_is_of_one_of_the_seven_families() -> None:
    def of_a_family(kind: type[errors.Problem]) -> bool:
        return issubclass(kind, errors.FAMILIES) or kind.__module__.startswith("zhengtong.kernel.")

    assert not _without(PROBLEMS, of_a_family, lambda kind: kind.__qualname__)


def _holes(sentence: str) -> set[str]:
    """The facts it asks for; `why_zh` and `why_en` are one fact in two languages."""
    return {re.sub(r"_(zh|en)$", "", name) for _, name, _, _ in string.Formatter().parse(sentence) if name}


def _without_terms(sentence: str) -> str:
    for term in TERMS:
        sentence = sentence.replace(term, "")
    return sentence


def test_error_codes_are_told_apart() -> None:
    codes = [kind.code() for kind in PROBLEMS]
    assert sorted(set(codes)) == sorted(codes)


def test_every_event_is_listed_by_its_room() -> None:
    assert {kind.type for kind in golden.defined()} == set(golden.listed())


@pytest.mark.parametrize("kind", sorted(golden.listed()))
def test_an_event_keeps_its_frozen_shape(kind: str) -> None:
    file = golden.FOLDER / f"{kind}.json"
    assert file.exists(), "run: python -m tools.golden"
    assert json.loads(file.read_text("utf-8")) == golden.shape(golden.listed()[kind]), "never edit an event; add @2"


def test_no_frozen_event_is_forgotten() -> None:
    assert {file.stem for file in golden.FOLDER.glob("*.json")} <= set(golden.listed())


SETTINGS = load_settings(file=tree.ROOT / "build" / "none.toml").told()


def test_a_setting_is_described_in_both_languages() -> None:
    def described(setting: Told) -> bool:
        zh, _, en = (half.strip() for half in setting.description.partition("|"))
        return bool(HAN.search(zh) and en and not HAN.search(_without_terms(en)))

    assert SETTINGS
    assert not _without(SETTINGS, described, lambda setting: f"{setting.section}.{setting.key}")
