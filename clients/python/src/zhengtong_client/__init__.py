"""政通客户端: a department's system asks a Zhengtong city for agreed data.

from zhengtong_client import Account, Client, PrivateKey

account = Account(system="…", key_id="…", key=PrivateKey.from_pem_file("system.key"))
with Client("https://zhengtong.example", account) as city:
    item = city.item("XY-2026-0391", "SJ-3102", purpose="social_insurance")
    firm = item.lookup({"uscc": "91…"})
    firm.receipt.verify(trusted)
    print(firm.row)
"""

from zhengtong_client.errors import (
    Answered,
    Denied,
    KeyWrong,
    NotSignedIn,
    QuotaUsed,
    ReceiptWrong,
    Unreachable,
    ZhengtongError,
)
from zhengtong_client.signing import Account, ServiceAuth
from zhengtong_client.sm2 import PrivateKey, PublicKey

__all__ = [
    "Account",
    "Answered",
    "Denied",
    "KeyWrong",
    "NotSignedIn",
    "PrivateKey",
    "PublicKey",
    "QuotaUsed",
    "ReceiptWrong",
    "ServiceAuth",
    "Unreachable",
    "ZhengtongError",
]
