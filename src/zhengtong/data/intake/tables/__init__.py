"""What is kept: sources, their runs and batches, the rows that did not land, what has arrived and waits."""

from zhengtong.data.intake.tables.arrivals import Push, SeenFile, Upload, UploadState
from zhengtong.data.intake.tables.quarantine import QuarantinedRow
from zhengtong.data.intake.tables.runs import Batch, Run
from zhengtong.data.intake.tables.sources import Source

__all__ = ["Batch", "Push", "QuarantinedRow", "Run", "SeenFile", "Source", "Upload", "UploadState"]
