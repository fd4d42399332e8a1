"""A governed load of a CSV — read, judged by ten rules with both check digits, bad rows quarantined, hashed, into Delta — beside bare Polars
from the same CSV to Delta, each in a process of its own, in turns. Aims: at least 0.33 of Polars' pace; under 2 GB.

`python -m benchmarks.governed_load [ROWS]` (5,000,000).
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import _machine

ROWS, TURNS, SEED, BAD_EVERY = 5_000_000, 3, 20260305, 100
AT_ONCE = 500_000
FIELDS = ("统一社会信用代码", "公民身份号码")
LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "firms.csv"
        write(file, rows)
        pairs = []
        for turn in range(TURNS):
            bare = child("polars", file, Path(folder) / f"bare-{turn}")
            ours = child("ours", file, Path(folder) / f"ours-{turn}")
            assert ours["read"] == rows, ours
            assert ours["landed"] + ours["quarantined"] == rows, ours
            pairs.append((ours, bare))
        figures = {
            "rows": rows,
            "file_mb": round(file.stat().st_size / 2**20),
            "rules": pairs[0][0]["rules"],
            "quarantined": pairs[0][0]["quarantined"],
            "ours_s": [one["seconds"] for one, _ in pairs],
            "polars_s": [one["seconds"] for _, one in pairs],
            "ours_rows_per_second": round(rows / statistics.median(one["seconds"] for one, _ in pairs)),
            "ratio": round(statistics.median(bare["seconds"] / ours["seconds"] for ours, bare in pairs), 3),
            "ours_peak_mb": max(one["peak_mb"] for one, _ in pairs),
            "polars_peak_mb": max(one["peak_mb"] for _, one in pairs),
            "aim": {"ratio": 0.33, "ours_peak_mb": 2048},
        }
    _machine.keep("governed_load", figures)


def child(what: str, file: Path, folder: Path) -> dict[str, Any]:
    """What the process says that did it."""
    command = [sys.executable, "-m", "benchmarks.governed_load", what, str(file), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def write(file: Path, rows: int) -> None:
    """The same firms for the same number of rows; one in a hundred breaks a rule."""
    import numpy
    import polars

    dice = numpy.random.default_rng(SEED)
    with file.open("wb") as out:
        for first in range(0, rows, AT_ONCE):
            frame = polars.DataFrame(firms(dice, first, min(AT_ONCE, rows - first)))
            frame.write_csv(out, include_header=first == 0)


def firms(dice: Any, first: int, count: int) -> dict[str, Any]:
    """Columns of `count` firms from number `first` on."""
    import numpy

    number = numpy.arange(first, first + count)
    bad = number % BAD_EVERY == 7
    kind = (number // BAD_EVERY) % 5
    uscc, person = social_codes(number), id_numbers(dice, count)
    name = numpy.char.add("云溪企业有限公司", number.astype(str))
    day = numpy.datetime64("2000-01-01") + dice.integers(0, 9000, count)
    return {
        "uscc": numpy.where(bad & (kind == 0), numpy.char.add("9", uscc.astype("U17")), uscc),
        "name": numpy.where(bad & (kind == 1), "", name),
        "legal_person_id": numpy.where(bad & (kind == 2), numpy.char.add(person.astype("U17"), "?"), person),
        "capital": (dice.integers(1, 10**9, count) / 100).astype("U14"),
        "registered_on": numpy.where(bad & (kind == 3), "2026-02-30", day.astype(str)),
        "status": numpy.where(bad & (kind == 4), "9", dice.integers(1, 4, count).astype(str)),
        "staff": dice.integers(1, 5000, count).astype(str),
        "phone": numpy.char.add("138", dice.integers(10**7, 10**8, count).astype(str)),
    }


def social_codes(number: Any) -> Any:
    """统一社会信用代码 with right check digits, a whole array at once."""
    import numpy

    text = numpy.char.add("91990100M", numpy.char.zfill(number.astype(str), 8)).astype("U17")
    letters = numpy.array(list(LETTERS))
    values = {letter: place for place, letter in enumerate(LETTERS)}
    table = numpy.zeros(128, int)
    for letter, value in values.items():
        table[ord(letter)] = value
    weights = numpy.array([3**place % 31 for place in range(17)])
    points = text.view(numpy.uint32).reshape(len(text), 17)
    check = (31 - (table[points] * weights).sum(1) % 31) % 31
    return numpy.char.add(text, letters[check])


def id_numbers(dice: Any, count: int) -> Any:
    """公民身份号码 of area 990100 with right check digits."""
    import numpy

    day = (numpy.datetime64("1950-01-01") + dice.integers(0, 18_000, count)).astype(str)
    born = numpy.char.replace(day, "-", "")
    serial = numpy.char.zfill(dice.integers(0, 1000, count).astype(str), 3)
    text = numpy.char.add(numpy.char.add("990100", born), serial).astype("U17")
    weights = numpy.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
    digits = text.view(numpy.uint32).reshape(count, 17).astype(int) - ord("0")
    return numpy.char.add(text, numpy.array(list("10X98765432"))[(digits * weights).sum(1) % 11])


def bare(file: Path, folder: Path) -> dict[str, Any]:
    """Polars alone: CSV to Delta, nothing looked at."""
    import polars

    begun = time.perf_counter()
    polars.read_csv(file, infer_schema_length=0).write_delta(str(folder))
    return {"seconds": round(time.perf_counter() - begun, 2)}


def ours(file: Path, folder: Path) -> dict[str, Any]:
    """The same through intake, as `zhengtong intake load` does it."""
    from sqlalchemy import select

    from zhengtong import app
    from zhengtong.data import catalogue, intake, standards
    from zhengtong.kernel import clock
    from zhengtong.kernel.actor import SYSTEM
    from zhengtong.kernel.db import Base

    given = {
        "kernel": {"data": folder / "data"},
        "crypto": {"root_key": folder / "root.key"},
        "files": {"max_bytes": 10**10},
    }
    city = app.open_city(app.load_settings(file=folder / "none.toml", given=given))
    city.database.listeners = {}
    Base.metadata.create_all(city.database.engine)
    item = furnish(city)
    begun = time.perf_counter()
    run = intake.load_file(
        city.database, SYSTEM, file, intake.Into(item, intake.Mode.APPEND), city.site.givens, now=clock.now()
    )
    city.workers.drain()
    seconds = time.perf_counter() - begun
    with city.database.read() as session:
        run = session.get_one(intake.Run, run.id)
        assert run.state is intake.RunState.LANDED, run.reason
        found = catalogue.item_by_code(session, item)
        assert found
        definitions = [catalogue.definition_of_field(session, one) for one in catalogue.fields_of(session, found.id)]
        rules = sum(len(standards.field_rules(one, codes=frozenset("123"))) for one in definitions) + 2
        batches = len(session.scalars(select(intake.Batch.id)).all())
    return {
        "seconds": round(seconds, 2),
        "read": run.rows_read,
        "landed": run.rows_landed,
        "quarantined": run.rows_quarantined,
        "batches": batches,
        "rules": rules,
    }


def furnish(city: Any) -> str:
    """An item whose fields have ten rules and more, two of them check digits; its code."""
    from sqlalchemy import select

    from zhengtong.data import catalogue, standards
    from zhengtong.kernel import clock
    from zhengtong.kernel.actor import SYSTEM
    from zhengtong.kernel.db import new_id
    from zhengtong.office import identity

    field, now = catalogue.FieldContent, clock.now()
    with city.database.write() as session:
        bureau = identity.Department(
            id=new_id(), name_zh="市场监督管理局", level=identity.Level.CITY, kind=identity.Kind.BUREAU, created_at=now
        )
        session.add(bureau)
        standards.put_bundled(session, SYSTEM, "national", now=now)
        elements = {one.name_zh: one.code for one in session.scalars(select(standards.Element))}
        status = standards.CodeRow("1", "存续"), standards.CodeRow("2", "注销"), standards.CodeRow("3", "吊销")
        listed = standards.CodeList(
            id=new_id(), key="firm-status", name_zh="企业状态", name_en="", spelling="", source="", changed_at=now
        )
        session.add(listed)
        session.flush()
        standards.load_codes(session, SYSTEM, "firm-status", status, now=now)
        fields = (
            field(
                "uscc", "统一社会信用代码", "C", "general_1", length=18, is_key=True, element_code=elements[FIELDS[0]]
            ),
            field("name", "企业名称", "C", "general_1", length=60, required=True),
            field("legal_person_id", "法定代表人证件号", "C", "general_4", length=18, element_code=elements[FIELDS[1]]),
            field("capital", "注册资本", "N", "general_1", length=18, precision=2),
            field("registered_on", "成立日期", "D", "general_1"),
            field("status", "状态", "C", "general_1", length=1, code_list="firm-status"),
            field("staff", "从业人数", "N", "general_1", length=8),
            field("phone", "电话", "C", "general_2", length=20),
        )
        content = catalogue.Content(name_zh="企业登记信息", abstract="测速", class_code="3070100101", fields=fields)
        return catalogue.register_item(session, SYSTEM, content, catalogue.Registration(bureau.id), now=now).code


if __name__ == "__main__":
    if sys.argv[1:2] in (["polars"], ["ours"]):
        told = {"polars": bare, "ours": ours}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**told, "peak_mb": round(peak)}))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
