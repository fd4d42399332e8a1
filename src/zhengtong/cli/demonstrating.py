"""`demo`: the sample city of Yunxi, loaded on the first start and kept afterwards; its accounts work on this machine only."""

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import select

import zhengtong
from zhengtong import app
from zhengtong.cli import (
    accounts,
    agreeing,
    bureaus,
    furnishing,
    holding,
    living,
    loading,
    opening,
    serving,
    witness_beside,
    words,
)
from zhengtong.cli.errors import DataInUse, DemoOnLoopbackOnly, NoSuchSize, NotADemo, ResetByHand
from zhengtong.cli.sample import sample_city
from zhengtong.insight import tour
from zhengtong.kernel import clock
from zhengtong.kernel.settings import Kernel, Settings
from zhengtong.office import identity

FOLDER = Path("data-demo")


def demo(config: Path | None, where: Mapping[str, Any], *, size: str) -> None:
    """This will serve the demo city; on its first start, or when that was cut short, it is loaded."""
    settings = _settings(config, where)
    kernel, sizes = settings.kernel, sample_city().SIZES
    if size not in sizes:
        raise NoSuchSize(size=size, known=", ".join(sizes))
    if kernel.host not in accounts.LOOPBACK:
        raise DemoOnLoopbackOnly(host=kernel.host)
    listening = serving.bound(kernel)
    cut_short = accounts.kept(kernel.data)
    if cut_short and cut_short.state == "loading":
        words.tell("上次载入没有完成，重新开始。", "The last load was cut short; beginning anew.")
        _remove(kernel)
    fallen = threading.Event()
    with opening.opened(settings) as city:
        kept = accounts.kept(kernel.data) or _load(city, size, cut_short.password if cut_short else "")
        with tour.following(city.database, city.wake), _life(city, kept.size, lambda: _welcome(kernel, kept)) as begin:
            _hang(city, fallen)
            serving.serve(city, listening, ready=begin)
    if fallen.is_set():
        _begin_anew(kernel, kept)


def code(config: Path | None, where: Mapping[str, Any], *, name: str) -> None:
    """This will print the account's one-time code and how long it is shown."""
    kept = accounts.must_be_kept(folder(config, where))
    account = kept.account(name)
    shown, left = accounts.code_now(account, now=clock.now())
    print(shown)
    words.tell(f"{account.name} 的验证码，还有 {left} 秒换新。", f"for {account.name_en}, changes in {left} s.")


def folder(config: Path | None, where: Mapping[str, Any]) -> Path:
    """The folder of the demo's data."""
    return _settings(config, where).kernel.data


def reset(config: Path | None, where: Mapping[str, Any]) -> None:
    """This will delete the demo's folder and its root key. Raises NotADemo, DataInUse, ResetByHand."""
    kernel = _settings(config, where).kernel
    if not kernel.data.exists():
        words.tell("没有演示数据。", "There are no demo data.")
        return
    if accounts.kept(kernel.data) is None:
        raise NotADemo(folder=kernel.data)
    _remove(kernel)
    words.tell("演示数据已清空。", "The demo data are gone.")


def _settings(config: Path | None, where: Mapping[str, Any]) -> Settings:
    quiet = {"log": "pretty", "log_level": "WARNING", "data": FOLDER, "city_code": "990100"}
    return opening.chosen(config, {**where, "demo": True}, unless_set=quiet, also=_bureaus_allowed)


def _bureaus_allowed(kernel: Kernel) -> Mapping[str, Any]:
    """The demo's bureaus keep their data in the demo's folder and answer on this machine."""
    return {"intake": {"folders": [str(_bureaus(kernel))], "networks": ["127.0.0.0/8"]}}


def _bureaus(kernel: Kernel) -> Path:
    return kernel.data.absolute() / "bureaus"


def _hang(city: app.City, fallen: threading.Event) -> None:
    """The page's button to begin anew stops the serving; what lies in PostgreSQL is left to a person's hand."""

    def fall() -> None:
        fallen.set()
        os.kill(os.getpid(), signal.SIGTERM)

    if holding.is_sqlite(city.settings.kernel):
        city.site.givens[tour.Curtain].fall = fall


def _begin_anew(kernel: Kernel, kept: accounts.Demo) -> None:
    """This will wipe the demo out and start the same command again, in a clean process of the same number; the password stays."""
    words.tell("按页面上的要求清空演示，从头载入。", "Wiped out as asked on the page; loading anew.")
    _remove(kernel)
    kernel.data.mkdir(parents=True)
    accounts.keep(kernel.data, accounts.Demo("loading", kept.size, kept.password))
    command = [sys.executable, "-m", "zhengtong", *sys.argv[1:]]
    os.execv(sys.executable, command)  # noqa: S606 - our own program, as it was called


@contextmanager
def _life(city: app.City, size: str, first: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """What goes on in the city while it is served. It begins, after `first`, with the call of what is given: once it answers."""

    def begin() -> None:
        first()
        _begin(going, city, size)

    with ExitStack() as going:
        beginning = threading.Thread(target=begin, name="life", daemon=True)
        try:
            yield beginning.start
        finally:
            if beginning.ident:
                beginning.join()


def _begin(going: ExitStack, city: app.City, size: str) -> None:
    """The witnesses and the bureaus at work, and the rest of the catalogue being listed."""
    sample, data = sample_city(), city.settings.kernel.data
    going.enter_context(witness_beside.going(city, data.absolute() / "witnesses"))
    if found := bureaus.kept(_bureaus(city.settings.kernel)):
        going.enter_context(bureaus.going(found, city.engines.broker, sample, size))
        going.enter_context(living.going(city, sample, size))
        going.enter_context(furnishing.other_items(city, sample, data))


def _load(city: app.City, size: str, password: str) -> accounts.Demo:
    with city.database.read() as session:
        if session.scalar(select(identity.Person.id).limit(1)):
            raise NotADemo(folder=city.settings.kernel.data)
    began, data, sample = time.monotonic(), city.settings.kernel.data, sample_city()
    words.tell("首次启动，载入虚构的云溪市：", "First start: loading the fictional city of Yunxi:")
    accounts.keep(data, accounts.Demo("loading", size, password))
    people = loading.load(city, sample, size)
    _furnish(city, sample, size)
    made = accounts.make(city, sample, people, size, password=password)
    accounts.keep(data, made)
    took = time.monotonic() - began
    words.tell(f"  载入完成，用时 {took:.1f} 秒。", f"  loaded in {took:.1f} s.")
    return made


def _furnish(city: app.City, sample: ModuleType, size: str) -> None:
    words.tell("  四个委办局的系统与目录", "  four bureaus' systems and the catalogue")
    folder, port = _bureaus(city.settings.kernel), serving.free_port()
    found = bureaus.prepare(folder, city.engines.broker, sample, size, port=port)
    items = furnishing.first_items(city, sample)
    furnishing.register(city)
    furnishing.connect(city, sample, found, items)
    agreeing.agree(city)


def _remove(kernel: Kernel) -> None:
    if not holding.is_sqlite(kernel):
        raise ResetByHand(url=kernel.database_url.rpartition("@")[2])
    if found := holding.holder(kernel.data):
        raise DataInUse(holder=found)
    shutil.rmtree(kernel.data)
    kernel.data.with_name(f"{kernel.data.name}.root.key").unlink(missing_ok=True)


def _welcome(kernel: Kernel, kept: accounts.Demo) -> None:
    from rich.console import Console
    from rich.table import Table

    version = zhengtong.__version__
    words.tell(
        f"\n政通 {version} · 云溪市演示 · 数据 {kernel.data}",
        f"\nZhengtong {version} · demo of Yunxi · data {kernel.data}",
    )
    print(f"\n  {kernel.address}\n")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("登录名 | login", "姓名 | name", "在哪里做什么 | where", "角色 | role"):
        table.add_column(words.half(heading))
    for one in kept.accounts:
        table.add_row(one.login, words.say(one.name, one.name_en), words.half(one.place), words.half(one.role))
    Console().print(table)
    words.tell(f"\n  密码    {kept.password}", f"\n  password  {kept.password}")
    words.tell("  验证码  zhengtong demo code 登录名", "  code      zhengtong demo code LOGIN")
    words.tell(
        "  重来    zhengtong demo reset        停止  Ctrl-C\n", "  anew      zhengtong demo reset        stop  Ctrl-C\n"
    )
