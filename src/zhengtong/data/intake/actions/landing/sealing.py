"""The canonical batch: UTF-8 CSV in the source's order, as read, before any mending; and its SM3 digest.

Every value stands in double quotes, a double quote within is doubled, an absent value is nothing at all; columns in the source's order,
lines end with LF, no header. The digest is a Merkle tree over chunks of 65,536 rows; lines that could not be read as rows follow as a
last chunk of one column.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhengtong.data.intake.rules import CHUNK_ROWS, merkle

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Seal:
    """What a batch says of itself: the root and the leaves in hexadecimal."""

    digest: str
    leaves: tuple[str, ...]


def canonical(rows: "pa.Table | pa.RecordBatch", *, after: bytes = b"") -> bytes:
    """The rows as canonical bytes, `after` others.

    >>> import pyarrow as pa
    >>> canonical(pa.table({"a": ["x", None], "b": ['the "old" one', ""]})).decode().split("\\n")
    ['"x","the ""old"" one"', ',""', '']
    """
    return bytes(_written(rows, after))


class Sealing:
    """A batch being sealed: its chunks are hashed in the pool's threads while it is judged.

    `bad`: the raw lines that were no rows.
    """

    def __init__(self, rows: "pa.Table", bad: Sequence[str], digest: merkle.Digest, pool: ThreadPoolExecutor) -> None:
        import pyarrow as pa

        parts = [rows.slice(at, CHUNK_ROWS) for at in range(0, rows.num_rows, CHUNK_ROWS)]
        if bad:
            parts.append(pa.table({"line": pa.array(bad, pa.string())}))
        self._digest = digest
        self._leaves = [pool.submit(_leaf, part, digest) for part in parts]

    def seal(self) -> Seal:
        """The seal, waiting for the last chunk."""
        leaves = [leaf.result() for leaf in self._leaves]
        return Seal(merkle.root(leaves, self._digest).hex(), tuple(leaf.hex() for leaf in leaves))


def _leaf(part: "pa.Table", digest: merkle.Digest) -> bytes:
    return digest(_written(part, merkle.LEAF))


def _written(rows: "pa.Table | pa.RecordBatch", after: bytes) -> Any:
    """The canonical bytes where Arrow wrote them: hashed there, not copied."""
    import pyarrow as pa
    from pyarrow import csv

    sink = pa.BufferOutputStream()
    sink.write(after)
    csv.write_csv(rows, sink, csv.WriteOptions(include_header=False, quoting_style="all_valid", batch_size=CHUNK_ROWS))
    return sink.getvalue()
