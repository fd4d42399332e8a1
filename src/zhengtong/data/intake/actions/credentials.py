"""A source's secrets: sealed at rest (SM4-GCM under the city's key), opened for a reader, never shown."""

import json
from collections.abc import Mapping

from zhengtong.data.intake.rules import SourceConfig
from zhengtong.data.intake.tables import Run, Source
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


def reseal(source: Source, keyring: Keyring) -> None:
    """This will seal them under the present key, after a rotation."""
    if source.sealed is not None:
        source.sealed = keyring.reseal(Purpose.CREDENTIALS, source.sealed, source.id.bytes)


def config_of(source: Source, keyring: Keyring, run: Run | None = None) -> SourceConfig:
    """What the source's reader is told."""
    return SourceConfig(
        kind=source.kind,
        settings={**source.settings, "kind": source.kind.value},
        secrets=secrets_of(source, keyring),
        what=run.what if run else {},
        code=source.code,
    )
