"""What the front is asked to do."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Asked:
    """Where it listens, where it forwards to, with which certificate; `clients`: the CA whose certificates callers must show."""

    host: str
    port: int
    to_host: str
    to_port: int
    key: Path
    chain: Path
    clients: Path | None = None
    revoked: Path | None = None
    connections: int = 1_000
    body_mb: int = 64
    idle_s: int = 75
