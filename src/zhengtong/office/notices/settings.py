"""How this city's notices go out."""

from pydantic import Field as Setting

from zhengtong.kernel.settings import Section


class Notices(Section):
    """Notices: letters' origin, live streams, how long things are kept."""

    mail_domain: str = Setting(
        "",
        pattern=r"^([a-z0-9-]+(\.[a-z0-9-]+)*)?$",
        description="邮件编号所用域名，空则取对外网址的主机名 | domain of the Message-IDs; empty: the host of the public address",
    )
    heartbeat_s: float = Setting(
        15, ge=1, le=120, description="实时消息心跳间隔（秒）| seconds between heartbeats of a live stream"
    )
    streams_per_person: int = Setting(
        12, ge=1, le=100, description="每人同时打开的实时连接上限 | live streams one person may hold at once"
    )
    keep_days: int = Setting(
        1095, ge=30, description="已读消息保留天数 | days a read notice and its delivery record are kept"
    )
    digest_items: int = Setting(
        50, ge=1, le=500, description="摘要邮件最多列出的消息数 | notices a digest lists at most"
    )
