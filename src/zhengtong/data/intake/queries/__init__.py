"""What can be asked of intake."""

from zhengtong.data.intake.queries.quarantine import (
    chosen_rows,
    find_rows,
    get_row,
    row_line,
    shown_fields,
    summary,
    visible_rows,
)
from zhengtong.data.intake.queries.reasons import reasons_of
from zhengtong.data.intake.queries.runs import (
    batch_out,
    batches_of,
    batches_seen,
    find_runs,
    get_run,
    progress,
    run_line,
    run_out,
    status,
    visible_batches,
)
from zhengtong.data.intake.queries.sources import (
    find_sources,
    get_source,
    item_ref,
    source_line,
    source_out,
    visible_sources,
)

__all__ = [
    "batch_out",
    "batches_of",
    "batches_seen",
    "chosen_rows",
    "find_rows",
    "find_runs",
    "find_sources",
    "get_row",
    "get_run",
    "get_source",
    "item_ref",
    "progress",
    "reasons_of",
    "row_line",
    "run_line",
    "run_out",
    "shown_fields",
    "source_line",
    "source_out",
    "status",
    "summary",
    "visible_batches",
    "visible_rows",
    "visible_sources",
]
