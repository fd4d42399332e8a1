"""Codes in words: where the catalogue says that a field is of a code list, its code is shown with the name it has there, also one that
is no longer valid."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import catalogue, standards
from zhengtong.data.entities.tables import Feed

CODED = frozenset({"nationality", "division", "industry", "status"})


class CodeNames:
    """What the attributes of these items' records are called, asked once for each code."""

    def __init__(self, session: Session, items: Collection[UUID]) -> None:
        self._session = session
        self._lists: dict[tuple[UUID, str], str] = {}
        self._known: dict[tuple[str, str], str] = {}
        for feed in session.scalars(select(Feed).where(Feed.item_id.in_(items))):
            fields = {one.name: one for one in catalogue.fields_of(session, feed.item_id)}
            for attribute in CODED & feed.fields.keys():
                field = fields.get(feed.fields[attribute])
                if field and (key := field.code_list or self._of_element(field.element_code)):
                    self._lists[feed.item_id, attribute] = key

    def said(self, item_id: UUID, attribute: str, value: str) -> str:
        """The name with the code beside it; the value as it is where no list is known, or the list has no such code.

        `汉族（01）` for `01` of GB/T 3304.
        """
        key = self._lists.get((item_id, attribute))
        if key is None or not value:
            return value
        if (key, value) not in self._known:
            listed, code = standards.CodeList, standards.Code
            named = select(code.name_zh).join(listed, listed.id == code.list_id)
            known = named.where(listed.key == key, code.code == value, code.until.is_(None))
            name = self._session.scalar(known.order_by(code.valid_from.desc()).limit(1))
            self._known[key, value] = f"{name}（{value}）" if name else value
        return self._known[key, value]

    def _of_element(self, code: str) -> str:
        element = standards.element_by_code(self._session, code) if code else None
        return standards.definition_of(self._session, element).code_list if element else ""
