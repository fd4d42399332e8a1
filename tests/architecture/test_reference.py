"""The reference pages are written by the code they describe, and leave nothing out."""

import pytest

from tools import reference
from zhengtong.app import CAPABILITIES, load_settings
from zhengtong.kernel.actor import Permission

PAGES = reference.pages()
ROUTES = [(room, route) for room in CAPABILITIES if room.routes for route in room.routes.router.routes]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_kept_page_is_what_the_code_says(name: str) -> None:
    kept = reference.FOLDER / name
    assert kept.exists(), "run: make reference"
    assert kept.read_text("utf-8") == PAGES[name], "run: make reference"


@pytest.mark.parametrize("suffix", [".md", ".en.md"])
def test_every_setting_permission_event_and_route_is_on_its_page(suffix: str) -> None:
    told = load_settings(file=reference.ROOT / "build" / "none.toml").told()
    permissions: list[Permission] = [one for room in CAPABILITIES for one in room.permissions]
    expected = {
        "settings": {f"`{one.key}`" for one in told} | {f"`[{one.section}]`" for one in told},
        "permissions": {f"`{one.name}`" for one in permissions},
        "events": {f"`{kind.type}`" for room in CAPABILITIES for kind in room.events},
        "api": {f"`{route.path}`" for _, route in ROUTES},
    }
    assert all(expected.values())
    missing = {page: [word for word in words if word not in PAGES[page + suffix]] for page, words in expected.items()}
    assert missing == {page: [] for page in expected}
