"""Batches made ready to land: sealed and judged, side by side, in a thread of their own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from zhengtong.data.intake.actions.landing import replaying
from zhengtong.data.intake.actions.landing.ahead import Ahead
from zhengtong.data.intake.actions.landing.collecting import Cut, Keys, Opened, RawBatch, Step
from zhengtong.data.intake.actions.landing.judging import Judged, by_field, judge
from zhengtong.data.intake.actions.landing.planning import Plan
from zhengtong.data.intake.actions.landing.sealing import Seal, Sealing
from zhengtong.data.intake.rules import merkle
from zhengtong.engines.compute import Compute

THREADS = 2


@dataclass(frozen=True, slots=True)
class Ready:
    """A batch that has been read, sealed and judged."""

    raw: RawBatch
    seal: Seal
    judged: Judged


def make_ready(
    steps: Ahead[Step], plan: Plan, compute: Compute, digest: merkle.Digest
) -> Iterator[Opened | Ready | Keys | Cut]:
    """What was read, each batch sealed and judged."""
    with ThreadPoolExecutor(THREADS, thread_name_prefix="intake-seal") as pool:
        for step in steps:
            yield _ready(step, plan, compute, digest, pool) if isinstance(step, RawBatch) else step


def _ready(raw: RawBatch, plan: Plan, compute: Compute, digest: merkle.Digest, pool: ThreadPoolExecutor) -> Ready:
    sealing = Sealing(raw.rows, [line.raw for line in raw.bad], digest, pool)
    with compute.session() as work:
        judged = judge(work, by_field(raw.rows, plan), plan)
        if plan.replay:
            judged = replaying.without_overtaken(work, raw, judged, plan)
    return Ready(raw, sealing.seal(), judged)
