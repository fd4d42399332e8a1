"""Fields bound to data elements: the element fills what the field leaves open, and the field may not fall below its level."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.data import standards
from zhengtong.data.catalogue import errors, rules
from zhengtong.data.catalogue.queries import packs
from zhengtong.data.catalogue.rules import Content, FieldContent
from zhengtong.data.catalogue.tables import Field
from zhengtong.kernel.errors import Field as Fault
from zhengtong.kernel.errors import Problem, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Standing:
    """The standards as they are now: elements in force by code, and the keys of code lists."""

    elements: Mapping[str, standards.Element]
    lists: frozenset[str]


def standing(session: Session) -> Standing:
    """The standards to bind to; read once for a whole import."""
    in_force = select(standards.Element).where(standards.Element.in_force.is_not(None))
    elements = {one.code: one for one in session.scalars(in_force)}
    return Standing(elements, frozenset(session.scalars(select(standards.CodeList.key))))


def bound(content: Content, known: Standing) -> Content:
    """The content with element versions noted and levels filled: the element's, or general_3 where nobody said (fail closed)."""
    return dataclasses.replace(content, fields=tuple(_bound(one, known) for one in content.fields))


def check(content: Content, known: Standing) -> None:
    """Raises ItemWrong, BasisMissing, ClassificationTooLow, SecretMarking."""
    vocabulary = packs.vocabulary()
    if faults := [*rules.faults_of(content, vocabulary), *_unknown(content, known)]:
        raise errors.ItemWrong(count=len(faults), fields=faults)
    if rules.lacks_basis(content, vocabulary):
        given = packs.word("share_bases", content.share_basis) if content.share_basis else Words("空白", "nothing")
        where = "share_basis_text" if content.share_basis in vocabulary.bases else "share_basis"
        said = Fault(where, "写明《法律名称》和条款。", "Name the law as 《title》 and its article.")
        raise errors.BasisMissing(given=given, fields=[said])
    for place, one in enumerate(content.fields):
        element = known.elements.get(one.element_code)
        if element and packs.LADDER.index(one.level) < packs.LADDER.index(element.level.value):
            raise _too_low(one.name_zh or one.name, one.level, element.level.value, f"fields.{place}.level")
    if rules.is_too_low(content, packs.LADDER, least=packs.LADDER[0]):
        needed = rules.level_of(content, packs.LADDER, least=packs.LADDER[0])
        raise _too_low(content.name_zh, content.level, needed, "level")
    packs.refuse_secrets(texts_of(content))


def problems_of(content: Content, known: Standing) -> list[Fault]:
    """The same as places and sentences, none when it can be kept."""
    try:
        check(content, known)
    except Problem as wrong:
        return wrong.fields or [Fault("", wrong.say("zh"), wrong.say("en"))]
    return []


def texts_of(content: Content) -> "Iterable[str]":
    """Everything in it that a person wrote."""
    yield from (content.name_zh, content.name_en, content.abstract, content.share_condition, content.open_condition)
    for one in content.fields:
        yield from (one.name_zh, one.meaning)


def definition_of_field(session: Session, field: Field) -> standards.Definition:
    """What a value of the field must be: its element's definition, narrowed by the field's own type, length, codes and level."""
    element = standards.element_by_code(session, field.element_code) if field.element_code else None
    own = standards.Definition(
        name_zh=field.name_zh,
        name_en=field.name,
        definition=field.meaning,
        type=field.type,
        level=field.level,
        length=field.length,
        precision=field.precision,
        code_list=field.code_list,
    )
    if element is None:
        return own
    told = standards.definition_of(session, element)
    number = field.type is standards.Type.NUMBER
    same = field.type is told.type
    return dataclasses.replace(
        own,
        definition=field.meaning or told.definition,
        length=_least(field.length, told.length if same else None),
        precision=_least(field.precision, told.precision if same else None) if number else None,
        code_list=field.code_list or told.code_list,
        check=told.check,
        pattern=told.pattern if same else "",
        least=told.least if number else "",
        most=told.most if number else "",
        source=told.source,
    )


def arrow_schema(fields: "Iterable[Field | FieldContent]") -> "pa.Schema":
    """The lake's columns for these fields in order, then `_batch_id` and `_row`."""
    import pyarrow as pa

    columns = [pa.field(one.name, _arrow_type(one)) for one in fields]
    return pa.schema([*columns, pa.field("_batch_id", pa.string()), pa.field("_row", pa.int64())])


def _arrow_type(one: "Field | FieldContent") -> "pa.DataType":
    import pyarrow as pa

    if one.type == standards.Type.NUMBER:
        return pa.decimal128(38, one.precision) if one.precision else pa.int64()
    plain: dict[str, pa.DataType] = {
        standards.Type.DAY: pa.date32(),
        standards.Type.MOMENT: pa.timestamp("us", tz="UTC"),
        standards.Type.TRUTH: pa.bool_(),
    }
    return plain.get(one.type, pa.string())


def _bound(one: FieldContent, known: Standing) -> FieldContent:
    element = known.elements.get(one.element_code)
    if element is None:
        return dataclasses.replace(one, element_version=None, level=one.level or packs.UNCLASSIFIED.value)
    return dataclasses.replace(one, element_version=element.in_force, level=one.level or element.level.value)


def _unknown(content: Content, known: Standing) -> list[Fault]:
    faults = []
    for place, one in enumerate(content.fields):
        if one.element_code and one.element_code not in known.elements:
            said = f"没有在用的数据元 {one.element_code}。", f"No element {one.element_code} is in force."
            faults.append(Fault(f"fields.{place}.element_code", *said))
        if one.code_list and one.code_list not in known.lists:
            listed = f"没有代码表 {one.code_list}。", f"There is no code list {one.code_list}."
            faults.append(Fault(f"fields.{place}.code_list", *listed))
    return faults


def _too_low(name: str, declared: str, needed: str, place: str) -> errors.ClassificationTooLow:
    said = Fault(place, f"至少为{level_words(needed).zh}。", f"At least {level_words(needed).en}.")
    return errors.ClassificationTooLow(
        name=name, declared=level_words(declared), needed=level_words(needed), fields=[said]
    )


def level_words(level: str) -> Words:
    """A level as it is said: 敏感 L3."""
    one = standards.level_words()[level]
    return Words(f"{one.zh} {one.badge}".strip(), f"{one.en} {one.badge}".strip())


def _least(one: int | None, other: int | None) -> int | None:
    given = [value for value in (one, other) if value is not None]
    return min(given, default=None)
