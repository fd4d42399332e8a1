"""How fast a run goes, how long it still takes, how long to wait for a source that is away. Pure."""

LONGEST_PAUSE_S = 3600.0


def rows_per_second(rows: int, seconds: float) -> float:
    """Rows a second, 0 while nothing can be said."""
    return rows / seconds if seconds > 0 else 0.0


def seconds_left(rows: int, total: int | None, seconds: float) -> float | None:
    """How long the rest takes at the pace so far; None while it cannot be known.

    >>> seconds_left(250, 1000, 5.0)
    15.0
    """
    pace = rows_per_second(rows, seconds)
    return (max(0, total - rows) / pace) if total is not None and pace > 0 else None


def share_done(rows: int, total: int | None) -> float | None:
    """0 to 1; None where the whole is not known.

    >>> share_done(30, 40), share_done(50, 40), share_done(5, None)
    (0.75, 1.0, None)
    """
    if total is None:
        return None
    return min(1.0, rows / total) if total else 1.0


def pause_s(tries: int, first_s: float, jitter: float) -> float:
    """How long to wait before try number `tries` + 1; `jitter` from 0 to 1 spreads those that failed together.

    >>> [pause_s(tries, 30, 0.5) for tries in (1, 2, 9)]
    [30.0, 60.0, 3600.0]
    """
    return min(first_s * 2.0 ** (tries - 1), LONGEST_PAUSE_S) * (0.75 + 0.5 * jitter)
