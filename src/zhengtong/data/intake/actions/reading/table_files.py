"""Files of rows: uploads, and what was dropped into a watched folder."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import batching
from zhengtong.data.intake.rules import cursors, kinds
from zhengtong.data.intake.rules.reading import CHUNK_ROWS, BadLine, Chunk, ColumnSeen
from zhengtong.engines import files
from zhengtong.engines.crypto import Crypto
from zhengtong.kernel.errors import Words

SAMPLE = 1 << 18
REMEMBERED = 256
_DIGESTS: dict[tuple[str, int, int, int, int], str] = {}
BY_LINES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")


class FileReader:
    """Reads one file; a run that was cut off goes on at the row where its last batch ended."""

    keeps_place = False

    def __init__(
        self, engine: files.Files, path: Path, name: str, shape: kinds.Shape, *, chunk_rows: int = CHUNK_ROWS
    ) -> None:
        self._files, self._path, self._name, self._chunk_rows = engine, path, name, chunk_rows
        self._how = files.Reading(shape.encoding, shape.delimiter, shape.sheet, shape.row_path)
        self._columns: tuple[str, ...] | None = None

    def columns(self) -> list[ColumnSeen]:
        if self._columns is None:
            with self._opened([]) as stream:
                self._columns = stream.columns
        return [ColumnSeen(name) for name in self._columns]

    def total(self) -> int | None:
        """About as many rows as the first 256 kB have lines; unknown for workbooks, JSON and XML."""
        if not self._name.lower().endswith(BY_LINES):
            return None
        size = self._path.stat().st_size
        with self._path.open("rb") as file:
            sample = file.read(SAMPLE)
        lines = sample.count(b"\n")
        return max(lines * size // max(len(sample), 1) - 1, 0) if lines else None

    def chunks(self, after: Mapping[str, Any] | None, *, limit: int | None = None) -> Iterator[Chunk]:
        bad: list[BadLine] = []
        skipped, left = cursors.row_of(after), limit if limit is not None else 2**62
        with self._by_columns(bad, _place_in(after)) as found:
            place = found.before
            for batch in found.batches:
                begin, place = place, place + batch.num_rows
                if place <= skipped:
                    if not found.before:  # what was told before is told again
                        bad.clear()
                    continue
                first = max(begin, skipped)
                rows = batch.slice(first - begin, left).select(list(found.columns))
                yield Chunk(rows, _cursor(first + rows.num_rows, found), rows.nbytes, first + 1, tuple(bad))
                bad.clear()
                left -= rows.num_rows
                if left <= 0:
                    return
            if bad:
                yield Chunk(batching.batch(found.columns, []), _cursor(place, found), 0, place + 1, tuple(bad))

    def keys(self, columns: Sequence[str]) -> "Iterator[Any]":
        """Of the whole file, read once more."""
        return (chunk.rows.select(list(columns)) for chunk in self.chunks(None))

    def landed(self, cursor: Mapping[str, Any]) -> None:
        """A file stays where it is."""

    @contextmanager
    def _opened(self, bad: list[BadLine]) -> Iterator[files.Stream]:
        with (
            self._told(),
            self._files.open_table(self._path, name=self._name, how=self._how, bad_row=_teller(bad)) as stream,
        ):
            yield stream

    @contextmanager
    def _by_columns(self, bad: list[BadLine], after: files.Place | None) -> Iterator[files.Columns]:
        with (
            self._told(),
            self._files.open_columns(
                self._path,
                name=self._name,
                how=self._how,
                bad_row=_teller(bad),
                chunk_rows=self._chunk_rows,
                after=after,
            ) as found,
        ):
            yield found

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What is wrong with the file, as intake tells it."""
        try:
            yield
        except files.FileWrong as wrong:
            why = Words(wrong.say("zh").rstrip("。"), wrong.say("en").rstrip("."))
            raise errors.SourceRefused(why=why) from wrong
        except FileNotFoundError as gone:
            raise errors.FileGone(name=self._name) from gone
        except OSError as failure:
            raise errors.SourceAway(why=f"{self._name}: {failure.strerror}") from failure


def _cursor(row: int, found: files.Columns) -> Mapping[str, Any]:
    """After so many rows, and from where in the file they need not be read again."""
    place = found.place_of(row)
    return {"row": row, "place": asdict(place)} if place else {"row": row}


def _place_in(cursor: Mapping[str, Any] | None) -> files.Place | None:
    kept = (cursor or {}).get("place")
    return files.Place(**kept) if kept else None


def _teller(bad: list[BadLine]) -> files.BadRow:
    def tell(wrong: files.RowWrong) -> None:
        bad.append(BadLine(int(wrong.facts["row"]), "", wrong.say("zh").rstrip("。"), wrong.say("en").rstrip(".")))

    return tell


def is_still(path: Path, digest: str, crypto: Crypto) -> bool:
    """True while the file has this digest: taken anew only when the file was written since."""
    kept = path.stat()
    state = (str(path), kept.st_ino, kept.st_size, kept.st_mtime_ns, kept.st_ctime_ns)
    if _DIGESTS.get(state) != digest:
        while len(_DIGESTS) >= REMEMBERED:
            _DIGESTS.pop(next(iter(_DIGESTS)), None)
        _DIGESTS[state] = sm3_of(path, crypto)
    return _DIGESTS.get(state) == digest


def sm3_of(path: Path, crypto: Crypto) -> str:
    """The SM3 digest of a file's bytes, in hex."""
    with path.open("rb") as file:
        return crypto.sm3_of(iter(lambda: file.read(1 << 20), b"")).hex()
