"""`run` and `work`: a real city, served until it is told to stop."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import zhengtong
from zhengtong import app
from zhengtong.cli import accounts, holding, opening, serving, words
from zhengtong.cli.errors import DemoByItsCommand, WorkNeedsPostgres
from zhengtong.insight import tour
from zhengtong.kernel import clock
from zhengtong.kernel.settings import Kernel
from zhengtong.office import identity


def run(config: Path | None, given: Mapping[str, Any]) -> None:
    """This will serve the city of the settings; an empty one prints the link for its first administrator."""
    settings = opening.chosen(config, given)
    if settings.kernel.demo and accounts.kept(settings.kernel.data) is None:
        raise DemoByItsCommand()
    accounts.refuse_outside(settings.kernel)
    listening = serving.bound(settings.kernel)
    with opening.opened(settings) as city:
        with city.database.write() as session:
            link = identity.first_administrator_link(session, now=clock.now())
        opened = link.address(settings.kernel.address) if link else ""
        with _hands(city):
            serving.serve(city, listening, ready=lambda: _welcome(settings.kernel, opened))


def work(config: Path | None) -> None:
    """This will work the jobs beside a serving process. Raises WorkNeedsPostgres on SQLite."""
    settings = opening.chosen(config, {})
    if holding.is_sqlite(settings.kernel):
        raise WorkNeedsPostgres()
    with opening.opened(settings) as city:
        words.tell("后台任务已开始；Ctrl-C 停止。", "Working the jobs; Ctrl-C stops.")
        with _hands(city):
            serving.work(city)


def _hands(city: app.City) -> AbstractContextManager[None]:
    """A demo's clock may be moved on, by whichever of its processes."""
    return tour.following(city.database, city.wake) if city.settings.kernel.demo else nullcontext()


def _welcome(kernel: Kernel, link: str) -> None:
    name, version = words.say(kernel.city, kernel.city_en), zhengtong.__version__
    words.tell(f"政通 {version} · {name}", f"Zhengtong {version} · {name}")
    words.tell(f"  网址  {kernel.address}", f"  open  {kernel.address}")
    words.tell(f"  数据  {kernel.data.resolve()}", f"  data  {kernel.data.resolve()}")
    if link:
        words.tell(
            "还没有管理员。请打开这个一次性链接，建立第一位管理员：",
            "There is no administrator yet. Open this one-time link to create the first:",
        )
        print(f"  {link}", flush=True)
    if not (app.STATIC / "index.html").exists():
        words.tell(
            "提醒：页面尚未构建，只有接口可用（在源码目录执行 make run）。",
            "Note: the pages are not built, only the API answers (make run in the checkout builds them).",
        )
    words.tell("按 Ctrl-C 停止。", "Ctrl-C stops.")
