"""A state small enough to be checked by hand: how many entries, and the sum of those that are numbers."""

import json


def apply(state: bytes, entry: bytes) -> bytes:
    """Refuses what begins with `no`; `boom` is a bug."""
    if entry.startswith(b"no"):
        raise ValueError("it said no")
    if entry == b"boom":
        raise KeyError("a bug")
    held = json.loads(state or b'{"entries": 0, "sum": 0}')
    held["entries"] += 1
    held["sum"] += int(entry) if entry.isdigit() else 0
    return json.dumps(held, sort_keys=True).encode()


def once_per_word(state: bytes, entry: bytes) -> bytes:
    """Entries `open X` and `close X`: what is not open cannot be closed."""
    held = set(json.loads(state or b"[]"))
    verb, _, word = entry.decode().partition(" ")
    if verb == "close" and word not in held:
        raise ValueError(f"{word} is not open")
    held = held | {word} if verb == "open" else held - {word}
    return json.dumps(sorted(held)).encode()
