"""The doctor's checks: each looks at one thing and says how it stands."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from zhengtong import app, engines
from zhengtong.cli import data_checks, holding, opening, schema, serving
from zhengtong.cli.errors import PortTaken
from zhengtong.cli.findings import Finding, note, ok, wrong
from zhengtong.engines.crypto import Crypto, CryptoSettings
from zhengtong.engines.mail import MailSettings
from zhengtong.engines.sms import SmsSettings
from zhengtong.kernel import clock
from zhengtong.kernel.audit import Audit
from zhengtong.kernel.db import Database
from zhengtong.kernel.settings import Settings
from zhengtong.office import deadlines

Check = Callable[[Settings], Finding]
OLDEST_PYTHON = (3, 11)
RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
LEAST_FREE_GIB, WISE_FREE_GIB = 1, 5
MOST_SKEW = timedelta(seconds=5)
SHANGHAI = ZoneInfo("Asia/Shanghai")
_FIRST_START = "首次启动时建立。 | Made at first start."


def python() -> Finding:
    """Is Python new enough?"""
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return ok(found)
    return wrong(found, "请安装 Python 3.11 或更新版本。 | Install Python 3.11 or newer.")


def settings_read(settings: Settings) -> Finding:
    """How many settings there are, and how many differ from their defaults."""
    told = settings.told()
    changed = sum(one.source != "default" for one in told)
    return ok(f"{len(told)} 项，{changed} 项非默认 | {len(told)}, {changed} not at their default")


def crypto(settings: Settings) -> Finding:
    """Does the 国密 engine compute the standards' vectors?"""
    return by_vectors(engines.open_crypto(settings.of(CryptoSettings), tested=False))


def by_vectors(engine: Crypto) -> Finding:
    """How an engine stands by the standards' vectors, with the names of those it fails."""
    checked = engines.crypto_checks(engine)
    name = f"{engine.features.engine} {engine.features.version}"
    failed = ", ".join(vector for vector, passed in checked if not passed)
    if failed:
        return wrong(f"{name}: {failed}", "不得使用，请更换 libcrypto。 | It must not be used; replace libcrypto.")
    return ok(f"{name}，{len(checked)} 个标准算例 | {name}, {len(checked)} vectors of the standards")


def root_key(settings: Settings) -> Finding:
    """Is the root key there, readable by its owner alone, and outside the data folder?"""
    path, data = engines.root_key_of(settings), settings.kernel.data.absolute()
    if path.absolute().is_relative_to(data):
        return wrong(
            str(path), "请移出数据目录（crypto.root_key）。 | Move it out of the data folder (crypto.root_key)."
        )
    if not path.exists():
        return note(str(path), "首次启动时生成，请另外保管。 | Made at first start; keep a copy apart.")
    if path.stat().st_mode & 0o077:
        return wrong(str(path), f"chmod 600 {path}")
    return ok(str(path))


def disk(settings: Settings) -> Finding:
    """Can the data folder be written, and is there room?"""
    folder = opening.data_folder(settings.kernel)
    free = shutil.disk_usage(folder).free / 2**30
    found = f"{folder} 可写，剩余 {free:.1f} GiB | {folder} can be written, {free:.1f} GiB free"
    if free < LEAST_FREE_GIB:
        return wrong(found, "请腾出空间。 | Make room.")
    return ok(found) if free >= WISE_FREE_GIB else note(found, "不足 5 GiB，请留意。 | Below 5 GiB; watch it.")


def database(settings: Settings) -> Finding:
    """Is the database reached, and does SQLite keep its journal as it must?"""
    with _database(settings) as opened:
        if opened is None:
            return note("SQLite，尚未建立 | SQLite, not there yet", _FIRST_START)
        with opened.engine.connect() as connection:
            if not opened.is_sqlite:
                return ok(f"PostgreSQL {connection.scalar(text('show server_version'))}")
            mode = str(connection.scalar(text("PRAGMA journal_mode"))).upper()
            found = f"SQLite {connection.scalar(text('select sqlite_version()'))}, {mode}"
    if mode == "WAL":
        return ok(found)
    return wrong(
        found, "该文件系统不支持 WAL，请把数据目录放到本地磁盘。 | No WAL on this file system; use a local disk."
    )


def tables(settings: Settings) -> Finding:
    """Are the tables at their newest?"""
    with _database(settings) as opened:
        if opened is None:
            return note("无 | none", _FIRST_START)
        shape = schema.shape(opened)
    if shape.is_newest:
        return ok(shape.head)
    return wrong(f"{shape.current or '-'} < {shape.head}", "zhengtong migrate")


def processes(settings: Settings) -> Finding:
    """Who holds the data: with SQLite one process may."""
    holder = holding.holder(settings.kernel.data)
    if not holding.is_sqlite(settings.kernel):
        return ok("PostgreSQL：可有多个进程 | PostgreSQL: as many as you like")
    return ok(
        f"SQLite：由一个进程使用（{holder}） | SQLite: used by one process ({holder})"
        if holder
        else "SQLite：只供一个进程，现在空闲 | SQLite: for one process, free now"
    )


def clock_is_sane(settings: Settings) -> Finding:
    """Is the clock behind the program's release, the last thing written, or the database's own clock?"""
    now, remedy = clock.now(), "请校准系统时间（NTP）。 | Set the system's time (NTP)."
    found = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    with _database(settings) as opened:
        if opened is None or not schema.shape(opened).is_newest:
            return ok(found) if now > RELEASED else wrong(found, remedy)
        with opened.read() as session:
            last = session.scalar(select(func.max(Audit.at))) or RELEASED
            skew = abs(_their_now(session, now) - now)
    if now < RELEASED or now < last - MOST_SKEW:
        return wrong(f"{found} < {last:%Y-%m-%d %H:%M:%S}", remedy)
    return ok(found) if skew <= MOST_SKEW else wrong(f"{found}, ±{skew.total_seconds():.0f} s", remedy)


def calendar(settings: Settings) -> Finding:
    """Are the holidays of this year known, and of the next once they are published?"""
    with _database(settings) as opened:
        if opened is None or not schema.shape(opened).is_newest:
            return note("- | -", _FIRST_START)
        today = clock.now().astimezone(SHANGHAI).date()
        with opened.read() as session:
            years = deadlines.calendar(session).known_years
            missing = sorted(deadlines.years_to_load(session, on=today))
    found = f"{years[0]}–{years[-1]}" if years else "-"
    if not missing:
        return ok(found)
    said = "、".join(str(year) for year in missing)
    finding = wrong if today.year in missing else note
    return finding(
        f"{found}，缺 {said} | {found}, {said} missing", "在“时限与日历”页载入。 | Load it on the page of deadlines."
    )


def outside(settings: Settings) -> Finding:
    """Do the mail server and the SMS gateway answer, where they are set?"""
    mail, sms = settings.of(MailSettings), settings.of(SmsSettings)
    gateway = urlsplit(sms.url)
    wanted = [("mail", mail.host, mail.port)] if mail.engine == "smtp" else []
    if sms.engine == "http":
        wanted.append(("sms", gateway.hostname or "", gateway.port or {"https": 443}.get(gateway.scheme, 80)))
    for name, host, port in wanted:
        if why := data_checks.silence(host, port):
            remedy = f"请检查 [{name}] 的设置与网络。 | Check the section [{name}] and the network."
            return wrong(f"{name} {host}:{port}: {why}", remedy)
    named = f"mail {mail.engine}, sms {sms.engine}"
    return (
        ok(named) if len(wanted) == 2 else ok(f"{named}（内嵌的不外发） | {named} (what is embedded sends to nobody)")
    )


def port(settings: Settings) -> Finding:
    """Is the port free, or used by this very city?"""
    kernel = settings.kernel
    try:
        with closing(serving.bound(kernel)):
            return ok(f"{kernel.host}:{kernel.port} 空闲 | {kernel.host}:{kernel.port} is free")
    except PortTaken:
        if holding.holder(kernel.data):
            return ok(f"{kernel.host}:{kernel.port} 本城正在使用 | {kernel.host}:{kernel.port} is used by this city")
        raise


def pages(_: Settings) -> Finding:
    """Are the pages built?"""
    if (app.STATIC / "index.html").exists():
        return ok("已构建 | built")
    return note("未构建，只有接口可用 | not built; only the API answers", "make run")


@contextmanager
def _database(settings: Settings) -> Iterator[Database | None]:
    """The database if there is one; a SQLite that is not there yet is not made by looking."""
    url = settings.kernel.database_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        yield None
        return
    opened = Database(url)
    try:
        opened.check()
        yield opened
    finally:
        opened.close()


def _their_now(session: Session, now: datetime) -> datetime:
    """PostgreSQL's clock; SQLite has none of its own."""
    if session.get_bind().dialect.name == "sqlite":
        return now
    told = session.scalar(select(func.clock_timestamp()))
    return told if isinstance(told, datetime) else now


CHECKS: dict[str, Check] = {
    "国密算法 | SM2 SM3 SM4": crypto,
    "根密钥 | root key": root_key,
    "磁盘 | disk": disk,
    "数据库 | database": database,
    "数据库结构 | tables": tables,
    "进程 | processes": processes,
    "时钟 | clock": clock_is_sane,
    "工作日历 | calendar": calendar,
    "数据湖 | lake": data_checks.lake,
    "计算 | compute": data_checks.compute,
    "主题消息 | topics": data_checks.broker,
    "联盟链 | chain": data_checks.chain,
    "邮件与短信 | mail and SMS": outside,
    "端口 | port": port,
    "页面 | pages": pages,
}
