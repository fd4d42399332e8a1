"""How the gateway serves."""

from ipaddress import ip_network

from pydantic import Field as Setting
from pydantic import field_validator

from zhengtong.kernel.settings import Section


class Gateway(Section):
    """Governed calls of data."""

    group: int = Setting(
        64, ge=1, le=512, description="一次提交最多合并的调用数 | calls that are committed together at most"
    )
    queue: int = Setting(
        5000, ge=10, le=100_000, description="等待提交的调用上限，超出即回 503 | calls that may wait; beyond: 503"
    )
    page: int = Setting(100, ge=1, le=500, description="分页查询默认每页行数 | rows of a page unless asked otherwise")
    batch: int = Setting(100, ge=1, le=1000, description="一次批量查询的键数上限 | keys of one batch look-up at most")
    head_within_s: float = Setting(
        5.0,
        gt=0,
        le=3600,
        description="共识链：超过此秒数未见新状态即停止服务 | with a chain of validators: refuse once its head is older than this",
    )
    networks: tuple[str, ...] = Setting(
        default=(),
        description="可转发、可写入的网段，如 10.1.0.0/16；空为不许 | networks that may be called or written, such as 10.1.0.0/16; empty: none",
    )
    exchange_rows: int = Setting(
        20_000, ge=1, le=200_000, description="库表交换每步最多行数 | most rows of a step of table exchange"
    )
    file_rows: int = Setting(1_000_000, ge=1, le=20_000_000, description="一个文件最多行数 | most rows of a file")
    file_days: int = Setting(7, ge=1, le=365, description="文件保留天数 | days a file is kept")

    @field_validator("networks")
    @classmethod
    def _are_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for network in networks:
            ip_network(network)
        return networks
