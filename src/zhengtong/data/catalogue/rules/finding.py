"""What a person who types into the search box means."""

import re
from dataclasses import dataclass

SAID = re.compile(
    r"(?:^|(?<=\s))(字段|数据项|field|标准|数据元|element|standard)[:：]\s*(\"[^\"]*\"|“[^”]*”|\S+)", re.IGNORECASE
)
FIELD = frozenset(("字段", "数据项", "field"))


@dataclass(frozen=True, slots=True)
class Sought:
    """Words anywhere, words in the names of fields, and identifiers of data elements."""

    text: str
    field: str = ""
    elements: tuple[str, ...] = ()


def read_question(typed: str) -> Sought:
    """The typed line taken apart: `字段:` or `field:` asks for the names of fields, `标准:` or `element:` for a data element.

    >>> read_question("企业 字段:法定代表人 标准:DE-0007")
    Sought(text='企业', field='法定代表人', elements=('DE-0007',))
    """
    fields: list[str] = []
    elements: list[str] = []
    for prefix, value in SAID.findall(typed):
        into = fields if prefix.casefold() in FIELD else elements
        into.append(value.strip('"“”'))
    rest = " ".join(SAID.sub(" ", typed).split())
    return Sought(rest, " ".join(fields), tuple(one for one in elements if one))
