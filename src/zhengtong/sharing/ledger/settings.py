"""How the ledger is signed and witnessed."""

from pydantic import Field as Setting

from zhengtong.kernel.settings import Section


class Ledger(Section):
    """Checkpoints and their co-signers."""

    origin: str = Setting(
        "",
        pattern=r"^[^\s+]*$",
        max_length=200,
        description="账本来源名，空为 zhengtong.城市代码.ledger | the log's origin; empty: zhengtong.<city code>.ledger",
    )
    witnesses_needed: int = Setting(
        2, ge=0, le=50, description="检查点有效所需的见证人数 | co-signatures that make a checkpoint valid"
    )
    witness_clock_s: int = Setting(
        300, ge=5, le=86_400, description="见证人时钟允许相差秒数 | seconds a witness's clock may differ"
    )
    witness_timeout_s: float = Setting(5.0, gt=0, le=60, description="等待见证人秒数 | seconds to wait for a witness")
    signer_clock_s: int = Setting(
        120, ge=5, le=3_600, description="签名程序时钟允许相差秒数 | seconds a signer's clock may differ"
    )
