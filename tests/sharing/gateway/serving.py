"""Processes that commit calls without end and write down each answer they gave: to be killed. `python -m tests.sharing.gateway.serving`.

The program is loaded once; for each line that comes in, a process of its own is forked, which opens the city and serves.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from tests.orphans import end_with_the_test
from tests.sharing.gateway.place import NUMBER
from zhengtong import app
from zhengtong.kernel import clock
from zhengtong.office import identity
from zhengtong.sharing import agreements, gateway
from zhengtong.sharing.agreements.tables import Agreement


def main(told: str, given: str, folder: str) -> None:
    """A process for each line of the input; its number is printed."""
    end_with_the_test()
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            serve(told, given, folder)
            signal.pause()
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


def serve(told: str, given: str, folder: str) -> None:
    """Calls in four threads, each answer's receipt on a line of `given` as soon as it is released."""
    kernel = json.loads(told)
    keys = {"root_key": str(Path(folder) / "keys" / "root.key")}
    settings = app.load_settings(file=Path(folder) / "none.toml", given={"kernel": kernel, "crypto": keys})
    city = app.open_city(settings)
    with city.database.read() as session:
        agreement = session.scalars(select(Agreement)).one()
        system = session.scalars(select(identity.System.id)).one()
    facts = (agreement.item_id, agreement.department_id, system)
    line = [threading.Thread(target=ask, args=(city, facts, given)) for _ in range(4)]
    for one in line:
        one.start()


def ask(city: app.City, facts: tuple[UUID, UUID, UUID], given: str) -> None:
    item, department, system = facts
    with Path(given).open("ab", buffering=0) as file:
        while True:
            request = agreements.CallRequest(
                agreement=NUMBER,
                item_id=item.hex,
                operation="lookup",
                fields=("uscc",),
                purpose="job_subsidy",
                department_id=department.hex,
                system_id=system.hex,
                at=clock.now(),
                case_number="12",
            )
            message = gateway.Message("m", clock.now(), 2)
            answer = gateway.Answer(b"{}", 1, "1.1")
            one = gateway.Wanted(request, gateway.Item("x", item), message, lambda _, answer=answer: answer)
            (outcome,) = city.gateway.settle([one])
            if outcome.answer is not None:
                file.write(f"{outcome.receipt_id}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
