"""What an installation may set of quality."""

from pathlib import Path

from pydantic import Field as Setting

from zhengtong.kernel.settings import Section


class QualitySettings(Section):
    """Quality of data."""

    fonts: Path | None = Setting(
        default=None,
        description="PDF 用的中文字体目录，空为系统字体 | folder of Chinese fonts for PDFs; empty: the system's",
    )
