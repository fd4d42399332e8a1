"""A program that sends letters until it is killed: `python -m tests.office.notices.sender URL PORT`.

For each line it reads it forks a sender, and answers with its process id; the test kills that.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.orphans import end_with_the_test, nursery
from zhengtong.engines import mail, sms
from zhengtong.engines.mail.smtp import open_smtp
from zhengtong.kernel import jobs, logs, settings
from zhengtong.kernel.db import Database
from zhengtong.kernel.wake import Wake
from zhengtong.office import notices

ROOT = Path(__file__).parents[3]


def chosen_with(port: int, **more: dict[str, Any]) -> settings.Settings:
    """Settings whose mail goes to the test's server."""
    return settings.load(
        {"notices": notices.Notices, "mail": mail.MailSettings, "sms": sms.SmsSettings},
        environment={},
        given={
            "mail": {"engine": "smtp", "host": "127.0.0.1", "port": port, "security": "none", "timeout_s": 3},
            "notices": {"mail_domain": "yunxi.example"},
            "kernel": {"public_url": "https://zt.example.org"},
            **more,
        },
    )


@contextmanager
def nursery_of(database: Database, post: Any) -> Iterator[Callable[[], int]]:
    """Begins a program that forks senders; within the block each call has it fork one, and returns its process id."""
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.office.notices.sender", url, str(post.port)]
    with nursery(command, cwd=ROOT) as program:
        assert program.stdin
        assert program.stdout

        def born() -> int:
            print(file=program.stdin, flush=True)
            return int(program.stdout.readline())

        yield born


def send(url: str, port: int) -> None:
    """Sends what is due until the process dies."""
    database = Database(url)
    chosen = chosen_with(port)
    givens = {settings.Settings: chosen, mail.Mail: open_smtp(chosen.of(mail.MailSettings))}
    registry = jobs.Registry({job.name: job for job in notices.capability.jobs}, {})
    workers = jobs.Workers(database, registry, Wake(database), givens=givens, threads=1)
    workers.start()
    threading.Event().wait()


def main(url: str, port: int) -> None:
    end_with_the_test()
    logs.set_up("json", "ERROR")
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            send(url, port)
        print(child, flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
