"""政通客户端: a department's system asks a Zhengtong city for agreed data.

from zhengtong_client import Account, Client, PrivateKey

account = Account(system="…", key_id="…", key=PrivateKey.from_pem_file("system.key"))
with Client("https://zhengtong.example", account) as city:
    item = city.item("XY-2026-0391", "SJ-3102", purpose="social_insurance")
    firm = item.lookup({"uscc": "91…"})
    firm.receipt.verify(trusted)
    print(firm.row)
"""

from zhengtong_client.answers import Answer
from zhengtong_client.calling import Retrying
from zhengtong_client.client import AsyncClient, AsyncItem, Client, Item
from zhengtong_client.errors import (
    Answered,
    Denied,
    KeyWrong,
    NotSignedIn,
    QuotaUsed,
    ReceiptPending,
    ReceiptWrong,
    Unreachable,
    ZhengtongError,
)
from zhengtong_client.files import FileBroken, open_file
from zhengtong_client.receipts import Proved, Receipt, TrustedKey
from zhengtong_client.signing import Account, ServiceAuth
from zhengtong_client.sm2 import PrivateKey, PublicKey

__all__ = [
    "Account",
    "Answer",
    "Answered",
    "AsyncClient",
    "AsyncItem",
    "Client",
    "Denied",
    "FileBroken",
    "Item",
    "KeyWrong",
    "NotSignedIn",
    "PrivateKey",
    "Proved",
    "PublicKey",
    "QuotaUsed",
    "Receipt",
    "ReceiptPending",
    "ReceiptWrong",
    "Retrying",
    "ServiceAuth",
    "TrustedKey",
    "Unreachable",
    "ZhengtongError",
    "open_file",
]
