"""What the kernel's tests share."""

import io
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from zhengtong.kernel import logs


@pytest.fixture
def logged_as(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., io.StringIO]]:
    """`logged_as("json")`: sets the logs up, and gives what they write; the way of logging is as it was afterwards."""
    root, way = logging.getLogger(), structlog.get_config()
    before = root.handlers[:], root.level

    def set_up(shape: str) -> io.StringIO:
        out = io.StringIO()
        monkeypatch.setattr("sys.stderr", out)
        logs.set_up(shape)  # type: ignore[arg-type]
        return out

    yield set_up
    root.handlers[:], root.level = before[0], before[1]
    structlog.configure(**way)
