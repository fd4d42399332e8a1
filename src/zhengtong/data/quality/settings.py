"""What an installation may set of quality."""

from pathlib import Path

from pydantic import Field as Setting

from zhengtong.kernel.settings import Section


class QualitySettings(Section):
    """Quality of data."""

    pack: str = Setting(
        default="cn-national",
        pattern=r"^[a-z0-9-]{1,40}$",
        description="质量规则包 | rule pack of dimensions and grades",
    )
    fonts: Path | None = Setting(
        default=None,
        description="PDF 用的中文字体目录，空为系统字体 | folder of Chinese fonts for PDFs; empty: the system's",
    )
