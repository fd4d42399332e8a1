"""When operations raises an alarm."""

from pydantic import Field as Setting

from zhengtong.kernel.settings import Section


class Operations(Section):
    """Thresholds of the administrator's alarms."""

    queue_age_s: int = Setting(
        300, ge=1, description="任务等待超过多少秒报警 | seconds a due job may wait before an alarm"
    )
    disk_free_share: float = Setting(
        0.1, ge=0, le=1, description="磁盘剩余低于此比例报警 | least share of the disk that should be free"
    )
    wal_mb: int = Setting(256, ge=1, description="SQLite 日志超过多少 MB 报警 | MB the SQLite log may grow to")
    dead_letter_minutes: int = Setting(
        60, ge=5, description="失败任务通知的最短间隔（分钟）| minutes between two notices of dead letters, at least"
    )
