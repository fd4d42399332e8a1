"""Nonces are drawn many at once, and none is used twice: not by two threads, not after a fork."""

import os
import threading

import pytest

from zhengtong.engines.crypto import NONCE, libcrypto

COUNT = 3 * libcrypto.NONCES_AT_ONCE


def drawn(count: int) -> list[bytes]:
    return [libcrypto._nonce() for _ in range(count)]


def test_threads_never_share_a_nonce() -> None:
    found: list[list[bytes]] = []
    threads = [threading.Thread(target=lambda: found.append(drawn(COUNT))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    nonces = [one for some in found for one in some]
    assert len(set(nonces)) == len(nonces) == 4 * COUNT
    assert {len(one) for one in nonces} == {NONCE}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_the_child_of_a_fork_draws_its_own() -> None:
    drawn(1)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"".join(drawn(100)))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    theirs = {told[at : at + NONCE] for at in range(0, len(told), NONCE)}
    assert len(theirs) == 100
    assert not theirs & set(drawn(libcrypto.NONCES_AT_ONCE))
