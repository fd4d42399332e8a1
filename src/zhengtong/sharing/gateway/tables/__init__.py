"""What the gateway keeps: calls with their sealed inputs, quotas, serving copies, questions of residents; and what delivery keeps."""

from zhengtong.sharing.gateway.tables.calls import Call, Quota, SignedGroup, UsageCursor
from zhengtong.sharing.gateway.tables.copies import ServingCopy
from zhengtong.sharing.gateway.tables.delivery import Exchange, ExchangeStep, SentFile
from zhengtong.sharing.gateway.tables.doubts import Doubt

__all__ = [
    "Call",
    "Doubt",
    "Exchange",
    "ExchangeStep",
    "Quota",
    "SentFile",
    "ServingCopy",
    "SignedGroup",
    "UsageCursor",
]
