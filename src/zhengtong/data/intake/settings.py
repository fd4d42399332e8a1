"""How much intake takes at a time."""

from ipaddress import ip_network
from pathlib import Path

from pydantic import Field as Setting
from pydantic import field_validator

from zhengtong.kernel.settings import Section


class Intake(Section):
    """Sizes and pauses of runs."""

    at_once: int = Setting(
        0,
        ge=0,
        le=64,
        description="同时运行的接入数，0 为后台线程数减一 | runs at once; 0: one less than the job threads",
    )
    slice_s: float = Setting(
        10.0,
        gt=0,
        le=600,
        description="每次占用后台线程的秒数 | seconds a run keeps a job thread before others have their turn",
    )
    batch_rows: int = Setting(
        524_288, ge=1, le=4_000_000, description="每批最多行数 | most rows of a batch, which land together"
    )
    batch_mb: int = Setting(128, ge=1, le=2_000, description="每批最多读入 MB | most MB read for one batch")
    tries: int = Setting(
        8, ge=0, le=100, description="数据源不可用时的重试次数 | tries of a source that is away, before the run fails"
    )
    retry_s: float = Setting(
        30.0,
        gt=0,
        le=3600,
        description="首次重试前等待秒数，之后逐次加倍 | seconds before the first retry; doubled each time",
    )
    free_mb: int = Setting(
        500,
        ge=0,
        description="数据湖所在磁盘至少留出的 MB，不足时暂停接入 | MB to be left free on the lake's disk; runs wait below",
    )
    upload_hours: int = Setting(
        72, ge=1, le=720, description="未完成的上传保留小时数 | hours an unfinished upload is kept"
    )
    folders: tuple[Path, ...] = Setting(
        default=(),
        description="可以读取文件和 SQLite 库的目录 | folders whose files and SQLite databases may be read",
    )
    networks: tuple[str, ...] = Setting(
        default=(),
        description="另外允许访问的网段，如本机 127.0.0.0/8 | networks that may be called beside the usual, such as 127.0.0.0/8",
    )
    steady_s: float = Setting(
        default=2.0,
        ge=0,
        le=600,
        description="投放的文件多少秒不变才算到齐 | seconds a dropped file must stand still to have arrived",
    )
    push_mb: int = Setting(4, ge=1, le=4, description="一次推送的上限（MB）| largest push, MB")
    push_rows: int = Setting(20_000, ge=1, le=1_000_000, description="一次推送的行数上限 | most rows of a push")
    pushes_waiting: int = Setting(
        1_000, ge=1, le=1_000_000, description="每个数据源最多积压的推送数 | most pushes of a source that wait to land"
    )
    answer_mb: int = Setting(
        32, ge=1, le=1_000, description="接口一次答复的上限（MB）| largest answer of an interface, MB"
    )
    uploads_open: int = Setting(
        20, ge=1, le=1_000, description="每人同时未完成的上传数 | open uploads a person may have"
    )

    @field_validator("networks")
    @classmethod
    def _are_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            ip_network(network, strict=False)
        return networks
