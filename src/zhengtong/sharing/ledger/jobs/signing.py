"""Checkpoints are made every ten minutes; every minute the witnesses are reminded of the newest one."""

from zhengtong.kernel.jobs import Timer
from zhengtong.sharing.ledger.actions.rounds import CHECKPOINT, COSIGN, REMIND

JOBS = (CHECKPOINT, COSIGN, REMIND)
TIMERS = (
    Timer("ledger.checkpoint", CHECKPOINT, every="10m"),
    Timer("ledger.remind", REMIND, every="1m"),
)
