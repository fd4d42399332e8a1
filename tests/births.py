"""Processes to be killed, forked from one that has imported what they need: a birth takes milliseconds, not a second.

    hearing, telling = births.Pipe(duplex=False)
    child = births.Process(target=work, args=(…, telling), daemon=True)

The targets stand in modules of their own, which no test is in.
"""

import multiprocessing

births = multiprocessing.get_context("forkserver")
births.set_forkserver_preload(
    [
        "tests.kernel.killed",
        "tests.engines.broker.reader",
        "tests.cli.called",
        "confluent_kafka",
        *(
            f"zhengtong.cli.{one}"
            for one in ("commands", "demonstrating", "doctoring", "running", "telling", "taking_in")
        ),
    ]
)
