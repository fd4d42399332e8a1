"""What is true of governed calls. Pure."""

from zhengtong.sharing.gateway.rules.asking import (
    PATH,
    Asked,
    Condition,
    Limits,
    Stated,
    read_asked,
    read_path,
    read_stated,
)
from zhengtong.sharing.gateway.rules.columns import Field, Kind, keys_of, kind_of
from zhengtong.sharing.gateway.rules.masks import mask_rows, masked, masker
from zhengtong.sharing.gateway.rules.receipts import (
    MOST_SUBJECTS,
    Said,
    answer_digest,
    decision_body,
    read_rest,
    receipt_body,
    rest_of,
)

__all__ = [
    "MOST_SUBJECTS",
    "PATH",
    "Asked",
    "Condition",
    "Field",
    "Kind",
    "Limits",
    "Said",
    "Stated",
    "answer_digest",
    "decision_body",
    "keys_of",
    "kind_of",
    "mask_rows",
    "masked",
    "masker",
    "read_asked",
    "read_path",
    "read_rest",
    "read_stated",
    "receipt_body",
    "rest_of",
]
