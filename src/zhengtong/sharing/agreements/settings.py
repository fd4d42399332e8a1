"""How agreements are put on paper."""

from pathlib import Path

from pydantic import Field as Setting

from zhengtong.kernel.settings import Section


class AgreementsSettings(Section):
    """Applications and agreements."""

    fonts: Path | None = Setting(
        None,
        description="生成 PDF 用的中文字体文件夹，空为系统字体 | folder of Chinese fonts for PDFs; empty: the system's",
    )
