"""A source's secrets: sealed at rest (SM4-GCM under the city's key), opened for a reader, never shown."""

import json
from collections.abc import Mapping
from typing import Any

from zhengtong.data.intake.rules import SourceConfig
from zhengtong.data.intake.tables import Source
from zhengtong.engines.crypto import Keyring, Purpose


def seal(source: Source, secrets: Mapping[str, str], keyring: Keyring) -> None:
    """This will keep these secrets in place of the former ones."""
    told = {name: value for name, value in secrets.items() if value}
    source.secret_names = sorted(told)
    source.sealed = keyring.seal(Purpose.CREDENTIALS, json.dumps(told).encode(), source.id.bytes) if told else None


def secrets_of(source: Source, keyring: Keyring) -> dict[str, str]:
    """The secrets in clear, for the reader alone."""
    if source.sealed is None:
        return {}
    told: dict[str, str] = json.loads(keyring.open(Purpose.CREDENTIALS, source.sealed, source.id.bytes))
    return told


def config_of(source: Source, keyring: Keyring, what: Mapping[str, Any]) -> SourceConfig:
    """What the source's reader is told; `what`: the file or push it reads."""
    return SourceConfig(
        kind=source.kind,
        settings={**source.settings, "kind": source.kind.value},
        secrets=secrets_of(source, keyring),
        what=what,
        code=source.code,
    )
