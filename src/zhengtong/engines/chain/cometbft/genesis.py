"""The first document of a chain, alike on every node: its name, when it begins, who votes. CometBFT's own defaults for the rest."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from zhengtong.engines.chain import VoterKeyWrong

KEY_BYTES = 32


def document(chain_id: str, voters: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
    """As CometBFT reads it. `voters`: each department's name and its key as `cometbft show-validator` prints it (its `value`).

    Raises VoterKeyWrong.
    """
    for name, key in voters.items():
        if list(voters.values()).count(key) > 1 or not _is_key(key):
            raise VoterKeyWrong(name=name, key=key)
    return {
        "genesis_time": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "chain_id": chain_id,
        "initial_height": "1",
        "validators": [
            {"pub_key": {"type": "tendermint/PubKeyEd25519", "value": key}, "power": "1", "name": name}
            for name, key in voters.items()
        ],
        "app_hash": "",
    }


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == KEY_BYTES
    except binascii.Error:
        return False
