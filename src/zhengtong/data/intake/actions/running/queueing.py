"""A run's place in the queue of jobs: runs of one source one after another, each in slices that let others have their turn."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data.intake.tables import Run
from zhengtong.kernel import jobs

NAME = "intake.run"
KILLS = 100
_PLACE = jobs.Job(NAME, lambda **_: None, retries=KILLS, pause_s=2.0, steps=True)


def key_of(source_id: UUID) -> str:
    """Under which key the runs of a source queue."""
    return f"intake:{source_id}"


def pass_on(session: Session, run: Run, *, at: datetime | None = None) -> None:
    """This will have the run worked on (again): only the job put here may, whatever older ones are still about."""
    run.turn += 1
    args: dict[str, Any] = {"run_id": str(run.id), "turn": run.turn}
    jobs.enqueue(session, _PLACE, at=at, key=key_of(run.source_id), **args)
