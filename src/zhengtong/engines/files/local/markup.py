"""XML: rows by path, read as a stream. No document type, no entities, no network, no huge trees."""

import codecs
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zhengtong.engines import files
from zhengtong.engines.files.local import shape, source
from zhengtong.kernel import errors

_AHEAD = 1000
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)""")
_DOCTYPE = errors.Words("含有 DOCTYPE 声明，不予读取；请去掉它", "it declares a DOCTYPE, which is refused; remove it")


@contextmanager
def opened(given: source.Given) -> Iterator[files.Stream]:
    """The stream of an XML document; a row is an element at `row_path`, by default each child of the root.

    Columns: child elements by name, those inside them as `parent/child`, attributes as `@name`.
    """
    with given.open() as file:
        walk = _Walk(given, file)
        ahead = list(itertools.islice(walk.records(), _AHEAD))
        if not ahead:
            raise files.RowsNotFound(name=given.name, path=given.how.row_path or "/*/*")
        names = dict.fromkeys(itertools.chain.from_iterable(record for _, record in ahead))
        columns = shape.columns_of(given, list(names))
        raw = shape.placed(given, columns, itertools.chain(ahead, walk.records()))
        yield files.Stream(columns, walk.encoding, (), shape.rows_of(given, columns, raw))


class _Walk:
    """Through the document, once; `records` may be asked for again and goes on where it stood."""

    def __init__(self, given: source.Given, file: Any) -> None:
        from lxml import etree

        self._given = given
        self._wrong: type[Exception] = etree.XMLSyntaxError
        self._events = etree.iterparse(
            file,
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        self._path: list[str] = []
        self._wanted = [part for part in given.how.row_path.split("/") if part]
        self._count = 0
        self.encoding = _declared(given)

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        while True:
            try:
                event, element = next(self._events)
            except StopIteration:
                return
            except self._wrong as wrong:
                line, _ = getattr(wrong, "position", (1, 0))
                why = errors.Words("不是有效的 XML", "not well-formed XML")
                raise files.TextMalformed(name=self._given.name, row=line, why=why) from None
            if event == "start":
                self._enter(element)
            elif self._leave(element):
                self._count += 1
                record = dict(_values(element, ""))
                _forget(element)
                yield self._count, record

    def _enter(self, element: Any) -> None:
        if not self._path:
            document = element.getroottree().docinfo
            if document.internalDTD is not None or document.doctype:
                raise files.TextMalformed(name=self._given.name, row=1, why=_DOCTYPE)
        self._path.append(_name(element))

    def _leave(self, element: Any) -> bool:
        at = list(self._path)
        self._path.pop()
        if self._wanted:
            return at == self._wanted
        return len(at) == 2


def _declared(given: source.Given) -> str:
    """As the declaration says, for the parser tells it only at the end."""
    with given.open() as file:
        head = file.read(200)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    found = _ENCODING.search(head)
    return found[1].decode().lower() if found else "utf-8"


def _values(element: Any, above: str) -> Iterator[tuple[str, str]]:
    for name, value in element.attrib.items():
        yield f"{above}@{name.rpartition('}')[2]}", value
    for child in element:
        name = above + _name(child)
        if len(child):
            yield from _values(child, f"{name}/")
        else:
            yield name, (child.text or "").strip()
            yield from ((f"{name}/@{key.rpartition('}')[2]}", value) for key, value in child.attrib.items())


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _forget(element: Any) -> None:
    """Frees what was read: the element's content and all siblings before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
