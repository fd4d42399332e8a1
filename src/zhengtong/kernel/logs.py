"""Structured logs: JSON for machines, pretty for people; every line carries the request and the person by id, never by name."""

import logging
import re
import sys
from contextvars import ContextVar
from typing import Any, Literal

import structlog

request_id: ContextVar[str] = ContextVar("request_id", default="")
subject_id: ContextVar[str] = ContextVar("subject_id", default="")

_SECRET = re.compile(r"(?i)password|secret|token|cookie|authorization|private|totp|recovery")
_PERSONAL = re.compile(r"(?<!\d)(?:\d{6}(?:18|19|20)\d{9}[\dXx]|1[3-9]\d{9})(?!\d)")
_ROW = re.compile(r"(?ms)^(DETAIL|CONTEXT):.*?(?=^(?:HINT|LINE|\[SQL|\(Background|The above|During|Traceback)|\Z)")


def mask(value: str) -> str:
    """Identity numbers and mobile numbers within a text, and the rows PostgreSQL quotes in its errors, hidden.

    >>> mask("id 11010519491231002X, call 13800138000")
    'id 1101**************, call 138********'
    """
    return _PERSONAL.sub(lambda found: _hidden(found.group()), _ROW.sub(r"\1: ***\n", value))


def _hidden(number: str) -> str:
    keep = 4 if len(number) == 18 else 3
    return number[:keep] + "*" * (len(number) - keep)


def _guard(_: Any, __: str, entry: dict[str, Any]) -> dict[str, Any]:
    for name, value in entry.items():
        if _SECRET.search(name):
            entry[name] = "***"
        elif isinstance(value, str):
            entry[name] = mask(value)
    return entry


def _context(_: Any, __: str, entry: dict[str, Any]) -> dict[str, Any]:
    told = {"request": request_id.get(), "subject": subject_id.get()}
    return entry | {name: value for name, value in told.items() if value}


def set_up(shape: Literal["json", "pretty"], level: str = "INFO") -> None:
    """This will send all logs, the libraries' too, to standard error in the given shape."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _context,
        structlog.processors.format_exc_info,
        _guard,
    ]
    last = structlog.processors.JSONRenderer(ensure_ascii=False) if shape == "json" else _pretty()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn.access", "httpx", "httpcore", "py4j"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _pretty() -> Any:
    """Tracebacks without the values of variables, which may be anybody's."""
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


def get(name: str) -> structlog.stdlib.BoundLogger:
    """The room's logger: `log.info("intake.landed", rows=12)`; values by name, never built into the sentence."""
    return structlog.stdlib.get_logger(name)
