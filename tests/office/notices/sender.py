"""A program that sends letters until it is killed: `python -m tests.office.notices.sender URL PORT`."""

import sys
import threading

from tests.office.notices.conftest import chosen_with
from zhengtong.engines import mail
from zhengtong.engines.mail.smtp import open_smtp
from zhengtong.kernel import jobs, settings
from zhengtong.kernel.db import Database
from zhengtong.kernel.wake import Wake
from zhengtong.office import notices


def main(url: str, port: int) -> None:
    database = Database(url)
    chosen = chosen_with(port)
    givens = {settings.Settings: chosen, mail.Mail: open_smtp(chosen.of(mail.MailSettings))}
    registry = jobs.Registry({job.name: job for job in notices.capability.jobs}, {})
    workers = jobs.Workers(database, registry, Wake(database), givens=givens, threads=1)
    workers.start()
    print("started", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
