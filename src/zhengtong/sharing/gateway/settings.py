"""How the gateway serves."""

from ipaddress import ip_network
from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator
from pydantic import Field as Setting

from zhengtong.kernel.settings import Section


class Interface(BaseModel):
    """A provider's own interface, to which calls of an item are relayed. Only what stands here is ever called.

    `names`: what the provider calls a field, where it differs. `rows_at`: where the rows are in its answer, as data.items.
    `header`, `secret`: how we sign in there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str
    url: str = Setting(pattern=r"^https?://[^\s?#]+$")
    method: Literal["GET", "POST"] = "GET"
    names: dict[str, str] = {}
    rows_at: str = ""
    header: str = ""
    secret: SecretStr = SecretStr("")
    timeout_s: float = Setting(5.0, gt=0, le=60)
    tries: int = Setting(2, ge=1, le=5)
    answer_mb: int = Setting(4, ge=1, le=64)


class Gateway(Section):
    """Governed calls of data."""

    group: int = Setting(
        256, ge=1, le=512, description="一次提交最多合并的调用数 | calls that are committed together at most"
    )
    queue: int = Setting(
        5000, ge=10, le=100_000, description="等待提交的调用上限，超出即回 503 | calls that may wait; beyond: 503"
    )
    front: bool = Setting(
        default=False,
        description="受管查询由一个前置进程收、验、备好答案，多核的 Linux 上更快 | a front process takes look-ups, checks them and makes answers ready: faster on Linux with several processors",
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
    relays: tuple[Interface, ...] = Setting(
        default=(),
        description="转发：数据项与提供方接口 | relays: items and their providers' interfaces",
    )
    relay_threads: int = Setting(16, ge=1, le=256, description="同时转发的调用数 | calls that are relayed at once")
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
