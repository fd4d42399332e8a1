"""What comes back: rows, how fresh they are, and the receipt that stands for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx

from zhengtong_client.errors import ReceiptWrong
from zhengtong_client.receipts import Proved
from zhengtong_client.sm2 import sm3

if TYPE_CHECKING:
    import pandas
    import polars


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `receipt_id` names its receipt, `salt` binds the receipt to these very bytes (`content`)."""

    content: bytes = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)
    receipt_id: str
    salt: bytes = field(repr=False)
    index: int | None
    """Its place on the ledger; None until a chain of several validators has ordered it."""

    @classmethod
    def of(cls, response: httpx.Response) -> "Answer":
        told = response.headers
        index = told.get("x-zhengtong-index")
        return cls(
            content=response.content,
            body=response.json(),
            receipt_id=told["x-zhengtong-receipt"],
            salt=bytes.fromhex(told["x-zhengtong-salt"]),
            index=int(index) if index else None,
        )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows as dicts; masked values are as the agreement says."""
        return list(self.body.get("rows", ()))

    @property
    def row(self) -> dict[str, Any] | None:
        """The only row, or None where nothing was found."""
        return self.rows[0] if self.rows else None

    @property
    def count(self) -> int:
        """What a count gave."""
        return int(self.body["count"])

    @property
    def data_at(self) -> datetime | None:
        """When the newest batch in these data landed."""
        told = self.body.get("fresh", {}).get("data_at")
        return datetime.fromisoformat(told) if told else None

    @property
    def next(self) -> str | None:
        """Where the next page begins."""
        return self.body.get("next")

    def check(self, proved: Proved) -> None:
        """Raises ReceiptWrong unless the proved receipt stands for exactly this answer."""
        if (
            proved.entry.get("id") != self.receipt_id
            or proved.body.get("answer") != sm3(self.salt + self.content).hex()
        ):
            raise ReceiptWrong("凭证不是这份应答的", "the receipt is not that of this answer")

    def to_pandas(self) -> "pandas.DataFrame":
        """pip install 'zhengtong-client[pandas]'"""
        import pandas

        return pandas.DataFrame(self.rows)

    def to_polars(self) -> "polars.DataFrame":
        """pip install 'zhengtong-client[polars]'"""
        import polars

        return polars.DataFrame(self.rows)
