"""HTTP interfaces: page by page, in full or only what has changed since."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from zhengtong.data.intake import errors
from zhengtong.data.intake.actions.reading import batching
from zhengtong.data.intake.actions.reading.calling import Answer, Caller
from zhengtong.data.intake.rules import cursors, kinds, records
from zhengtong.data.intake.rules.reading import CHUNK_ROWS, BadLine, Chunk, ColumnSeen
from zhengtong.kernel.errors import Words

RAW = 2_000
Place = Mapping[str, Any]


class RestReader:
    """Reads one interface."""

    def __init__(self, told: kinds.Rest, caller: Caller, *, chunk_rows: int = CHUNK_ROWS) -> None:
        self._told, self._caller, self._chunk_rows = told, caller, chunk_rows
        self.keeps_place = bool(told.since_parameter)
        self._first: tuple[Any, Answer] | None = None
        self._columns: list[str] | None = None

    def columns(self) -> list[ColumnSeen]:
        """The fields of the first page."""
        if self._columns is None:
            rows, _ = self._rows(self._answer(self._beginning(), ""), 0)
            self._columns = list(dict.fromkeys(name for row in rows for name in row))
        return [ColumnSeen(name) for name in self._columns]

    def total(self) -> int | None:
        if not self._told.paging.total_path:
            return None
        told = records.at_path(self._answer(self._beginning(), "").document, self._told.paging.total_path)
        return int(told) if isinstance(told, int) or (isinstance(told, str) and told.isdigit()) else None

    def chunks(self, after: Mapping[str, Any] | None, *, limit: int | None = None) -> Iterator[Chunk]:
        """The rows from the page after the cursor on. A cursor at the end goes on with what has changed since, or with nothing."""
        walk = _Since(self._told.since_column, after)
        place: Place | None = (after or {}).get("place") or self._beginning()
        if after and not after.get("place") and not self.keeps_place:
            return
        known = [column.name for column in self.columns()]
        some, left = batching.Gathering(cursors.row_of(after), known), limit if limit is not None else 2**62
        before = b""
        while place is not None and left > 0:
            answer = self._answer(place, walk.since)
            rows, bad = self._rows(answer, some.next)
            before = self._moves_on(rows, before, place)
            place = self._following(place, len(rows) + len(bad), answer)
            new = walk.new(rows)[:left]
            left -= len(new)
            some.take(new, bad, answer.bytes)
            if some.is_full(self._chunk_rows):
                yield some.chunk(**walk.cursor(place))
        if some.bytes:
            yield some.chunk(**walk.cursor(place))

    def keys(self, columns: Sequence[str]) -> "Iterator[Any] | None":
        """All pages once more, where each run reads all; what only tells changes cannot tell what is gone."""
        if self.keeps_place:
            return None
        return (chunk.rows.select(list(columns)) for chunk in self.chunks(None))

    def landed(self, cursor: Mapping[str, Any]) -> None:
        """The other side keeps no place for us."""

    def _beginning(self) -> Place:
        paging = self._told.paging
        first: Mapping[str, Place] = {"page": {"page": paging.first}, "offset": {"offset": 0}}
        return first.get(paging.how, {"next": ""})

    def _answer(self, place: Place, since: str) -> Answer:
        wanted = (dict(place), since)
        if self._first and self._first[0] == wanted:
            return self._first[1]
        answer = self._caller.get(*self._request(place, since))
        if self._first is None:
            self._first = (wanted, answer)
        return answer

    def _request(self, place: Place, since: str) -> tuple[str, dict[str, str]]:
        paging = self._told.paging
        if paging.how == "link" and place.get("next"):
            return self._same_origin(str(place["next"])), self._caller.key_parameter
        parameters = {**self._told.parameters, **self._caller.key_parameter}
        if since:
            parameters[self._told.since_parameter] = since
        if paging.size_parameter:
            parameters[paging.size_parameter] = str(paging.size)
        at = place.get("page", place.get("offset", place.get("next")))
        if paging.how != "none" and at not in ("", None):
            parameters[paging.parameter] = str(at)
        return self._told.url, parameters

    def _same_origin(self, link: str) -> str:
        """Credentials go nowhere else. Raises SourceAddressRefused."""
        ours = httpx.URL(self._told.url)
        url = ours.join(link)
        if (url.scheme, url.host, url.port) != (ours.scheme, ours.host, ours.port):
            raise errors.SourceAddressRefused(host=url.host)
        return str(url)

    def _following(self, place: Place, count: int, answer: Answer) -> Place | None:
        paging = self._told.paging
        if paging.how == "none" or (count == 0 and paging.how in ("page", "offset")):
            return None
        if paging.how in ("page", "offset"):
            last = bool(paging.size_parameter) and count < paging.size
            if last or self._all_read(place, count, answer):
                return None
            return {"page": place["page"] + 1} if paging.how == "page" else {"offset": place["offset"] + count}
        told = answer.link if paging.how == "link" else ""
        told = told or records.at_path(answer.document, paging.next_path)
        if told in (None, "", False):
            return None
        if str(told) == str(place.get("next")):
            raise errors.PagingEndless(url=self._told.url, place=str(told)[:60])
        return {"next": str(told)}

    def _all_read(self, place: Place, count: int, answer: Answer) -> bool:
        total = records.at_path(answer.document, self._told.paging.total_path) if self._told.paging.total_path else None
        if not isinstance(total, int):
            return False
        before = place.get("offset", (place.get("page", 0) - self._told.paging.first) * self._told.paging.size)
        return bool(before + count >= total)

    def _moves_on(self, rows: list[records.Record], before: bytes, place: Place) -> bytes:
        """Raises PagingEndless where a page is the one before again, as when the parameter is not heard."""
        now = b"".join(cursors.digest([*row, *row.values()]) for row in rows)
        if rows and now == before:
            raise errors.PagingEndless(url=self._told.url, place=str(dict(place))[:60])
        return now

    def _rows(self, answer: Answer, place: int) -> tuple[list[records.Record], list[BadLine]]:
        found = records.at_path(answer.document, self._told.rows_path)
        if not isinstance(found, list):
            where = self._told.rows_path or "[…]"
            why = Words(
                f"“{where}”处没有行的列表，请核对行所在的路径", f"there is no list of rows at “{where}”; check the path"
            )
            raise errors.AnswerUnreadable(url=self._told.url.partition("?")[0], why=why)
        rows: list[records.Record] = []
        bad: list[BadLine] = []
        for number, one in enumerate(found, place):
            try:
                rows.append(records.flat(one))
            except records.RecordWrong as wrong:
                bad.append(BadLine(number, str(one)[:RAW], f"这一条{wrong.why.zh}", f"this record {wrong.why.en}"))
        return rows, bad


class _Since:
    """What is newer than the run before has read, and which rows at that very moment were read already."""

    def __init__(self, column: str, after: Mapping[str, Any] | None) -> None:
        after = after or {}
        self._column = column
        going_on = bool(after.get("place"))
        self.since = str(after.get("since" if going_on else "high") or "") if column else ""
        self._high: str = str(after.get("high") or "")
        self._at_high = set(cursors.unpacked(after.get("seen", "")))
        self._before = frozenset(self._at_high)

    def new(self, rows: list[records.Record]) -> list[records.Record]:
        """The rows that were not read before."""
        if not self._column:
            return rows
        found = []
        for row in rows:
            mark = cursors.digest([*row, *row.values()])
            if mark in self._before:
                continue
            found.append(row)
            self._rise(row.get(self._column) or "", mark)
        return found

    def _rise(self, value: str, mark: bytes) -> None:
        if not value or (self._high and cursors.order_of(value) < cursors.order_of(self._high)):
            return
        if value != self._high:
            self._high, self._at_high = value, set()
        if len(self._at_high) >= cursors.MOST_SEEN:
            raise errors.BoundaryTooWide(column=self._column, limit=cursors.MOST_SEEN)
        self._at_high.add(mark)

    def cursor(self, place: Place | None) -> dict[str, Any]:
        told: dict[str, Any] = {"place": dict(place) if place is not None else None}
        if self._column:
            told |= {"since": self.since, "high": self._high, "seen": cursors.packed(self._at_high)}
        return told
