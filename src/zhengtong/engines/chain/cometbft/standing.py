"""How the chain stands: who answers, who signed the newest block, how far we are behind, whether it is halted."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zhengtong.engines.chain import Status, Validator
from zhengtong.engines.chain.cometbft.rpc import Node, Silent, Unknown

NAME, SIGNED, PAGE = "cometbft", 2, 100


@dataclass(frozen=True, slots=True)
class Seen:
    """A node that answers. `count`: the entries its application holds."""

    node: Node
    name: str
    address: str
    height: int
    at: datetime | None
    app_hash: str
    catching_up: bool
    count: int


def look(nodes: Sequence[Node], *, count: int, waiting: int, late: bool) -> Status:
    """All nodes are asked at once. `late`: something waits for longer than it should."""
    seen = answering(nodes)
    best = max(seen, key=lambda one: one.height, default=None)
    validators = _validators(best, seen, nodes) if best else ()
    power, alive = sum(one.power for one in validators), sum(one.power for one in validators if one.alive)
    return Status(
        engine=NAME,
        count=count,
        behind=max(0, (best.count if best else count) - count),
        waiting=waiting,
        height=best.height if best else None,
        at=best.at if best else None,
        app_hash=best.app_hash if best else "",
        validators=validators,
        halted=late or 3 * alive <= 2 * power,
    )


def answering(nodes: Sequence[Node]) -> list[Seen]:
    """The nodes that answer now, in the order of the settings."""
    with ThreadPoolExecutor(max_workers=8) as many:
        return [one for one in many.map(ask, nodes) if one is not None]


def moment(told: str) -> datetime | None:
    """A time of CometBFT (nanoseconds, Z); None for the one that means never.

    >>> moment("2026-03-05T01:00:00.123456789Z").isoformat()
    '2026-03-05T01:00:00.123456+00:00'
    """
    if told.startswith(("0001-", "1970-01-01T00:00:00Z")):
        return None
    whole, _, rest = told.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{rest[:6].ljust(6, '0')}+00:00")


def ask(node: Node) -> Seen | None:
    """What the node says of itself; None where it is silent."""
    try:
        told = node.ask("status")
        held = json.loads(node.query("/head"))
    except (Silent, Unknown):
        return None
    sync, own = told["sync_info"], told["validator_info"]
    node.address = own["address"]
    return Seen(
        node,
        told["node_info"]["moniker"],
        own["address"],
        int(sync["latest_block_height"]),
        moment(sync["latest_block_time"]),
        sync["latest_app_hash"].lower(),
        bool(sync["catching_up"]),
        int(held["count"]),
    )


def _validators(best: Seen, seen: Sequence[Seen], nodes: Sequence[Node]) -> tuple[Validator, ...]:
    """Those of the newest block. One whose node we can ask is alive when it answers; of another, its last signature tells."""
    ours = {one.address: one for one in seen}
    told = list(_pages(best.node))
    all_asked = len(nodes) >= len(told)
    silent = {node.address for node in nodes} - ours.keys()
    signed = set() if all_asked else _signed(best) - silent
    return tuple(
        Validator(
            ours[one["address"]].name if one["address"] in ours else one["address"][:8].lower(),
            one["address"],
            int(one["voting_power"]),
            not ours[one["address"]].catching_up if one["address"] in ours else one["address"] in signed,
        )
        for one in told
    )


def _pages(node: Node) -> Iterator[Mapping[str, Any]]:
    page = got = 0
    while True:
        page += 1
        try:
            told = node.ask("validators", page=page, per_page=PAGE)
        except (Silent, Unknown):
            return
        yield from told["validators"]
        got += len(told["validators"])
        if got >= int(told["total"]) or not told["validators"]:
            return


def _signed(best: Seen) -> set[str]:
    """Whose signature is under the newest block."""
    try:
        told = best.node.ask("commit")
    except (Silent, Unknown):
        return set()
    signatures = told["signed_header"]["commit"]["signatures"]
    return {one["validator_address"] for one in signatures if one["block_id_flag"] == SIGNED}
