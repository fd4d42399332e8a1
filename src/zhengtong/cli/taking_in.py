"""What `intake load | run | status | divisions` do. Where a city serves, they put the work in its queue and follow it; else they do it themselves."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from zhengtong import app
from zhengtong.cli import holding, opening, words
from zhengtong.cli.errors import MappingMisread, ModeUnknown, NoSuchDepartment, SourceUnknown
from zhengtong.data import catalogue, intake
from zhengtong.kernel import clock
from zhengtong.kernel.actor import SYSTEM
from zhengtong.office import identity

LOOK_S, WIDTH = 0.3, 24
STATES = {
    intake.RunState.WAITING: ("等待", "waiting"),
    intake.RunState.RUNNING: ("运行中", "running"),
    intake.RunState.PAUSED: ("已暂停", "paused"),
    intake.RunState.LANDED: ("已完成", "landed"),
    intake.RunState.FAILED: ("失败", "failed"),
    intake.RunState.CANCELLED: ("已取消", "cancelled"),
}
LIVE = (intake.RunState.WAITING, intake.RunState.RUNNING)


def load(
    config: Path | None, given: Mapping[str, Any], file: Path, item: str, *, mode: str | None, mapped: list[str]
) -> int:
    """This will bring the file into the item and follow it; 0 once all has landed. Raises ModeUnknown, MappingMisread."""
    if mode is not None and mode not in list(intake.Mode):
        raise ModeUnknown(mode=mode)
    if wrong := [one for one in mapped if "=" not in one]:
        raise MappingMisread(given=wrong[0])
    pairs = tuple((field, column) for field, _, column in (one.partition("=") for one in mapped))
    into = intake.Into(item, intake.Mode(mode) if mode else None, pairs)
    with _city(config, given) as city:
        givens = city.site.givens
        return _follow(city, intake.load_file(city.database, SYSTEM, file, into, givens, now=clock.now()).id)


def run(config: Path | None, given: Mapping[str, Any], code: str) -> int:
    """This will run the source and follow it; 0 once all has landed. Raises SourceUnknown."""
    with _city(config, given) as city:
        with city.database.write() as session:
            source = session.scalar(select(intake.Source).where(intake.Source.code == code))
            if source is None:
                raise SourceUnknown(code=code)
            begun = intake.start_run(session, SYSTEM, source.id, now=clock.now())
        return _follow(city, begun.id)


def divisions(config: Path | None, given: Mapping[str, Any], department: str) -> int:
    """This will bring the bundled divisions through intake into an item, and publish them as a code list; 0 once it stands.

    `department`: name or code of the one that keeps the item, the topmost when empty. Raises NoSuchDepartment.
    """
    with _city(config, given) as city:
        givens = city.site.givens
        with city.database.read() as session:
            keeper = _department(session, department)
        run = intake.load_divisions(city.database, SYSTEM, keeper, givens, now=clock.now())
        if code := _follow(city, run.id):
            return code
        edition = intake.publish_divisions(city.database, SYSTEM, givens, now=clock.now())
        words.tell(
            f"已发布为代码表 gbt-2260 第 {edition} 版。", f"Published as edition {edition} of the code list gbt-2260."
        )
    return 0


def _department(session: Session, named: str) -> UUID:
    table = identity.Department
    wanted = or_(table.name_zh == named, table.code == named) if named else table.parent_id.is_(None)
    found = session.scalar(select(table.id).where(wanted, table.closed_on.is_(None)).order_by(table.id).limit(1))
    if found is None:
        raise NoSuchDepartment(name=named)
    return found


def status(config: Path | None, given: Mapping[str, Any], *, as_json: bool) -> None:
    """This will print each source with its last run."""
    with _city(config, given, works=False) as city, city.database.read() as session:
        rows = []
        for source in session.scalars(select(intake.Source).order_by(intake.Source.code)):
            last = select(intake.Run).where(intake.Run.source_id == source.id).order_by(intake.Run.number.desc())
            item = session.get(catalogue.Item, source.item_id) if source.item_id else None
            rows.append(_row(source, item, session.scalar(last.limit(1))))
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        words.tell(
            "还没有数据源。用 zhengtong intake load 文件 --item 代码 开始。",
            "No sources yet. Begin with: zhengtong intake load FILE --item CODE",
        )
    for row in rows:
        print(f"{row['source']:<24} {row['item']:<22} {row['told']}", flush=True)


def _row(source: intake.Source, item: catalogue.Item | None, run: intake.Run | None) -> dict[str, Any]:
    told = words.say("还没有运行", "not run yet")
    if run is not None:
        state = words.say(*STATES[run.state])
        counts = words.say(
            f"落湖 {run.rows_landed:,}，隔离 {run.rows_quarantined:,}",
            f"{run.rows_landed:,} landed, {run.rows_quarantined:,} quarantined",
        )
        told = f"#{run.number} {state}  {counts}" + (
            f"  {words.say(run.reason['zh'], run.reason['en'])}" if run.reason else ""
        )
    return {
        "source": source.code,
        "name": source.name_zh,
        "item": (item.number or item.code) if item else "",
        "state": source.state.value,
        "run": run.number if run else None,
        "run_state": run.state.value if run else None,
        "rows_landed": run.rows_landed if run else 0,
        "rows_quarantined": run.rows_quarantined if run else 0,
        "told": told,
    }


@contextmanager
def _city(config: Path | None, given: Mapping[str, Any], *, works: bool = True) -> Iterator[app.City]:
    """The city: beside the process that serves it, or alone and then working itself."""
    settings = opening.chosen(config, given)
    if holding.is_sqlite(settings.kernel) and holding.holder(settings.kernel.data):
        city = app.open_city(settings)
        try:
            yield city
        finally:
            city.database.close()
        return
    with opening.opened(settings) as city:
        if works:
            city.start()
        yield city


def _follow(city: app.City, run_id: UUID) -> int:
    """This will show the run until it is over or waits for a person; 0 when all has landed. Progress goes to standard error, where a
    person reads it; what came of it to standard output."""
    width, shown = 0, sys.stderr.isatty()
    while True:
        with city.database.read() as session:
            run = session.get_one(intake.Run, run_id)
        line = _line(run)
        if shown:
            print(f"\r{line}{' ' * max(0, width - len(line))}", end="", file=sys.stderr, flush=True)
            width = len(line)
        if run.state not in LIVE:
            break
        time.sleep(LOOK_S)
    if shown:
        print(f"\r{' ' * width}\r", end="", file=sys.stderr, flush=True)
    print(line, flush=True)
    if run.reason:
        words.complain(words.say(run.reason["zh"], run.reason["en"]))
    return 0 if run.state is intake.RunState.LANDED else 1


def _line(run: intake.Run) -> str:
    """One line: bar, share, rows, pace, what is left."""
    how = intake.progress(run)
    share = how.share or 0.0
    bar = "█" * int(share * WIDTH) + "░" * (WIDTH - int(share * WIDTH))
    percent = f"{share:4.0%}" if how.share is not None else "  — "
    state = words.say(*STATES[run.state])
    counts = words.say(
        f"读入 {how.rows:,}  落湖 {run.rows_landed:,}  隔离 {run.rows_quarantined:,}  {how.rows_per_second:,.0f} 行/秒",
        f"{how.rows:,} read  {run.rows_landed:,} landed  {run.rows_quarantined:,} quarantined  {how.rows_per_second:,.0f} rows/s",
    )
    left = (
        words.say(f"  剩余约 {how.seconds_left:,.0f} 秒", f"  about {how.seconds_left:,.0f} s left")
        if how.seconds_left
        else ""
    )
    return f"{percent} {bar} {state}  {counts}{left}"
