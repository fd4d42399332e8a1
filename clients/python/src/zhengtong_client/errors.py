"""What can go wrong, each with its sentence in 中文 and English and what to do."""

from typing import Any


class ZhengtongError(Exception):
    """Anything this package tells. `str(error)` is 中文 | English."""

    zh, en = "出了问题", "something went wrong"

    def __init__(self, zh: str = "", en: str = "") -> None:
        self.zh, self.en = zh or self.zh, en or self.en
        super().__init__(f"{self.zh} | {self.en}")


class NoLibcrypto(ZhengtongError):
    zh = "找不到 OpenSSL 3 的 libcrypto，或其中没有 SM2；Debian/Ubuntu 请 apt install libssl3"
    en = "OpenSSL 3's libcrypto was not found or has no SM2; on Debian/Ubuntu apt install libssl3"


class KeyWrong(ZhengtongError):
    zh, en = "密钥不能用", "the key cannot be used"


class AddressWrong(ZhengtongError):
    zh = "网址须为 https://，或本机的 http://"
    en = "the address must be https://, or http:// on this machine"


class Unreachable(ZhengtongError):
    """The city did not answer, however often it was tried."""


class ReceiptWrong(ZhengtongError):
    """The receipt does not prove what it should; nothing that came with it should be relied on."""


class ReceiptPending(ZhengtongError):
    zh, en = "凭证还在上链，请稍后再取", "the receipt is not ordered by the chain yet; ask again in a moment"


class Answered(ZhengtongError):
    """The city refused: `status`, `code` and, where it says so, the `fields` that are wrong and when to try again."""

    def __init__(self, status: int, problem: dict[str, Any], retry_after_s: float | None = None) -> None:
        self.status, self.problem, self.retry_after_s = status, problem, retry_after_s
        self.code = str(problem.get("type", "")).rsplit("/", 1)[-1]
        detail = str(problem.get("detail") or problem.get("title") or f"HTTP {status}")
        super().__init__(detail, detail)

    def __str__(self) -> str:
        return f"{self.zh} (HTTP {self.status}, {self.code})"


class NotSignedIn(Answered):
    """401: the account, key, clock or session was refused."""


class Denied(Answered):
    """403: the agreement does not allow this; the sentence says what to do. A denial has its receipt, too."""


class QuotaUsed(Answered):
    """429: a quota or rate is used up."""


def answered(status: int, problem: dict[str, Any], retry_after_s: float | None) -> Answered:
    """The error of this status."""
    kinds: dict[int, type[Answered]] = {401: NotSignedIn, 403: Denied, 429: QuotaUsed}
    return kinds.get(status, Answered)(status, problem, retry_after_s)
