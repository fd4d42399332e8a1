"""The application of the test's nodes, in a process of its own: `python -m tests.engines.chain.app --home X --listen host:port`."""

import argparse
import signal
import threading
from pathlib import Path

from tests.engines.chain import counting
from zhengtong.engines import open_chain_application


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--home", type=Path, required=True)
    asked.add_argument("--listen", required=True)
    asked.add_argument("--snapshot-every", type=int, default=5)
    asked.add_argument("--rule", default="apply")
    given = asked.parse_args()
    host, _, port = given.listen.partition(":")
    server = open_chain_application(
        getattr(counting, given.rule), given.home, host=host, port=int(port), snapshot_every=given.snapshot_every
    )
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
    server.serve_forever()
    server.server_close()
    if server.failed is not None:
        raise server.failed


if __name__ == "__main__":
    main()
