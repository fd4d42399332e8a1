"""The start does only what a start needs: forms are worked out when first asked for, and can be, every one."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from zhengtong import app
from zhengtong.kernel.capability import Capability

COUNTED = """
import json
from pydantic import BaseModel
from zhengtong import app
from zhengtong.kernel.capability import Capability
def below(kind):
    for one in kind.__subclasses__():
        yield one
        yield from below(one)
routes = [route for room in app.CAPABILITIES if room.routes for route in room.routes.router.routes]
forms = [one for one in below(BaseModel) if one.__module__.startswith("zhengtong.")]
built = [sum("dependant" in vars(route) for route in routes), sum(one.__pydantic_complete__ for one in forms)]
print(json.dumps({"routes": [len(routes), built[0]], "forms": [len(forms), built[1]]}))
"""


def _below(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


@pytest.mark.slow
def test_a_start_works_out_no_route_and_few_forms() -> None:
    done = subprocess.run([sys.executable, "-c", COUNTED], capture_output=True, text=True, check=True)
    counted = json.loads(done.stdout)
    (routes, built), (forms, complete) = counted["routes"], counted["forms"]
    assert (routes > 300, built) == (True, 0)
    assert complete < forms / 5


@pytest.mark.parametrize("room", app.CAPABILITIES, ids=lambda room: room.name)
def test_every_route_of_a_room_can_be_worked_out(room: Capability) -> None:
    for route in room.routes.router.routes if room.routes else ():
        assert route.dependant.call is route.endpoint


def test_every_form_can_be_worked_out() -> None:
    forms = {one for one in _below(BaseModel) if one.__module__.startswith("zhengtong.")}
    assert len(forms) > 300
    for form in forms:
        form.model_rebuild()
    assert not [form for form in forms if not form.__pydantic_complete__]
