"""What a city may set for its catalogue."""

from pydantic import Field as Setting

from zhengtong.kernel import settings


class CatalogueSettings(settings.Section):
    """The catalogue."""

    harvest_private: bool = Setting(
        default=False,
        description="采集外部目录时允许内网和本机地址 | foreign catalogues may be fetched from private and loopback addresses",
    )
    harvest_limit_mb: int = Setting(
        default=50, ge=1, le=500, description="外部目录一页的大小上限（MB）| largest page of a foreign catalogue, in MB"
    )
