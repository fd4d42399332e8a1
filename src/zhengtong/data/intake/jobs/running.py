"""The job that works on runs."""

from zhengtong.data.intake.actions.running import queueing
from zhengtong.data.intake.actions.running.slices import run_slice
from zhengtong.kernel import jobs

RUN = jobs.Job(queueing.NAME, run_slice, retries=queueing.KILLS, pause_s=2.0, steps=True)
