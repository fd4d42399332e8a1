"""What every result says of the machine it was measured on, and where results are kept."""

import json
import os
import platform
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """Processors, memory in GiB, system, Python, SQLite, the load before, and the fsyncs a second of this disk."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processors": os.cpu_count(),
        "memory_gib": round(memory),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load_before": round(os.getloadavg()[0], 2),
        "fsyncs_per_second": round(fsyncs_per_second()),
    }


def fsyncs_per_second(seconds: float = 0.5) -> float:
    """How often this disk makes one page durable; a machine that answers too fast flatters every durable figure."""
    with tempfile.NamedTemporaryFile() as file:
        begun, count = time.perf_counter(), 0
        while time.perf_counter() - begun < seconds:
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            count += 1
        return count / (time.perf_counter() - begun)


def keep(name: str, figures: dict[str, Any]) -> None:
    """This will print the figures and keep them in results/NAME-DATE.json with the machine's."""
    facts = {"machine": machine(), "figures": figures}
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(facts, ensure_ascii=False, indent=1)
    (RESULTS / f"{name}-{facts['machine']['date']}.json").write_text(text + "\n", "utf-8")
    print(text)
