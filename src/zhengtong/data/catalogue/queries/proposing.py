"""What a source's columns are likely to be, and which items say much the same already."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Protocol
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from zhengtong.data import standards
from zhengtong.data.catalogue import rules, schemas
from zhengtong.data.catalogue.queries import packs
from zhengtong.data.catalogue.rules import FieldProposal, Known, Profile, Recognition, Sample
from zhengtong.data.catalogue.tables import Field, Item
from zhengtong.kernel.errors import Words
from zhengtong.office import identity

UNKNOWN = standards.Level.GENERAL_2
SENSITIVE = packs.LADDER.index(standards.Level.GENERAL_3)
REQUIRED_FROM = 20
MOST_CODES = 5000
ALIKE_NAME, ALIKE_FIELDS = 0.85, 0.7
MOST_DUPLICATES = 5


class Check(Protocol):
    """A named check of standards."""

    @property
    def fits(self) -> Callable[[str, date], bool]: ...


def propose_fields(
    session: Session, samples: Sequence[Sample], *, now: datetime, about: str = ""
) -> list[FieldProposal]:
    """This will say of each column what it is likely to be. Nothing is kept. Raises SecretMarking when a value bears one.

    `about`: how the table itself is called, which may tell of what matter its dates and kinds are.
    """
    packs.refuse_secrets(text for sample in samples for text in (sample.name_zh, *sample.values))
    known = recognition(session, on=identity.law_day(now))
    day = identity.law_day(now)
    named = {name: _fits(check, day) for name, check in standards.CHECKS.items()}
    checks = rules.value_checks(named, known.surnames)
    profiles = [_profile(one, checks) for one in samples]
    elements = [
        rules.likely_element((one.name, one.name_zh), seen, known) for one, seen in zip(samples, profiles, strict=True)
    ]
    elements = rules.of_bodies([(one.name, one.name_zh) for one in samples], elements, known)
    names = [about, *(name for one in samples for name in (one.name, one.name_zh))]
    matter, opened = rules.matter_of(names, elements, known), rules.open_names(elements, known)
    taken = set[str]()
    found, unique = [], []
    for sample, seen, element in zip(samples, profiles, elements, strict=True):
        level, signs = rules.likely_level(
            (sample.name, sample.name_zh), seen, element, known, unknown=UNKNOWN.value, matter=matter, opened=opened
        )
        one = _proposal(sample, seen, element, (level, signs), taken)
        found.append(one)
        if seen.is_unique:
            unique.append(one.name)
    return rules.one_key(found, unique)


def proposal_out(
    session: Session, name_zh: str, samples: Sequence[Sample], *, rows: int, now: datetime
) -> schemas.ProposalOut:
    """What the columns would make as an item, as it goes out."""
    found = propose_fields(session, samples, now=now, about=name_zh)
    alike = duplicates_of(session, name_zh, [one.name_zh for one in found])
    return schemas.ProposalOut(
        name_zh=name_zh,
        rows=rows,
        fields=[schemas.FieldProposalOut(**dataclasses.asdict(one)) for one in found],
        duplicates=[schemas.DuplicateOut(**dataclasses.asdict(one)) for one in alike],
    )


def recognition(session: Session, *, on: date) -> Recognition:
    """What the standards and the rule pack know about columns."""
    told = packs.pack("recognition")
    in_force = select(standards.Element).where(standards.Element.in_force.is_not(None)).order_by(standards.Element.code)
    elements = tuple(_known(session, one, told["names"].get(one.name_zh, [])) for one in session.scalars(in_force))
    lists = {one.code_list for one in elements if one.code_list}
    codes = {key: frozenset(session.scalars(_codes(key, on))) for key in lists}
    return Recognition(
        elements, _signs(), frozenset(told["surnames"]), packs.LADDER, _matter(), _bodies(), _open(), codes
    )


def duplicates_of(
    session: Session, name_zh: str, fields: Sequence[str], *, but: UUID | None = None
) -> list[rules.Duplicate]:
    """The items whose name or fields (by Chinese name) are much the same, the likest first."""
    common = func.count(func.distinct(Field.name_zh))
    sharing = (
        select(Field.item_id, common)
        .where(Field.name_zh.in_(set(fields)))
        .group_by(Field.item_id)
        .having(common >= max(1, len(set(fields)) // 2))
        .order_by(common.desc())
        .limit(200)
    )
    shared = {item_id: count for item_id, count in session.execute(sharing)} if fields else {}  # noqa: C416
    spelled = identity.spelling(name_zh)
    named = or_(Item.spelling == spelled, Item.name_zh.contains(name_zh, autoescape=True), Item.id.in_(shared))
    found = session.scalars(select(Item).where(named, Item.state != rules.State.DELETED).limit(300)).unique()
    sizes = _sizes(session, shared)
    alike = [_duplicate(item, name_zh, set(fields), shared, sizes) for item in found if item.id != but]
    close = [one for one in alike if one.name_share >= ALIKE_NAME or one.field_share >= ALIKE_FIELDS]
    return sorted(close, key=lambda one: -(one.name_share + one.field_share))[:MOST_DUPLICATES]


def _sizes(session: Session, shared: dict[UUID, int]) -> dict[UUID, int]:
    counted = select(Field.item_id, func.count()).where(Field.item_id.in_(shared)).group_by(Field.item_id)
    return {item_id: count for item_id, count in session.execute(counted)} if shared else {}  # noqa: C416


def _duplicate(
    item: Item, name_zh: str, fields: set[str], shared: dict[UUID, int], sizes: dict[UUID, int]
) -> rules.Duplicate:
    common = shared.get(item.id, 0)
    every = len(fields) + sizes.get(item.id, 0) - common
    share = common / every if every else 0.0
    return rules.Duplicate(
        item.code,
        item.name_zh,
        item.department.name_zh,
        round(rules.likeness(name_zh, item.name_zh), 3),
        round(share, 3),
    )


def _fits(check: Check, day: date) -> Callable[[str], bool]:
    return lambda value: check.fits(value, day)


def _codes(key: str, on: date) -> Select[str]:
    return standards.valid_codes(key, on=on).with_only_columns(standards.Code.code).limit(MOST_CODES)


@cache
def _signs() -> tuple[rules.Sign, ...]:
    return rules.read_signs(packs.pack("recognition"))


@cache
def _bodies() -> rules.Bodies:
    return rules.read_bodies(packs.pack("recognition"))


@cache
def _open() -> tuple[rules.Open, ...]:
    return rules.read_open(packs.pack("recognition"))


@cache
def _matter() -> rules.Matter:
    return rules.read_matter(packs.pack("recognition"))


def _profile(sample: Sample, checks: Mapping[str, Callable[[str], bool]]) -> Profile:
    name = f"{rules.cleaned(sample.name)} {sample.name_zh}".strip()
    return rules.profile(sample.values, name=name, checks=checks)


def _known(session: Session, element: standards.Element, names: Sequence[str]) -> Known:
    told = standards.definition_of(session, element)
    letters = frozenset(word for name in (told.name_zh, *names) if not name.isascii() for word in _letters(name))
    return Known(
        code=element.code,
        name_zh=told.name_zh,
        name_en=told.name_en,
        type=told.type.value,
        level=told.level.value,
        check=told.check,
        code_list=told.code_list,
        length=told.length,
        names=frozenset(names),
        letters=letters,
        values=packs.pack("recognition")["values"].get(told.name_zh, ""),
    )


@cache
def _letters(name: str) -> tuple[str, ...]:
    return tuple(identity.spelling(name).split())


def _proposal(
    sample: Sample,
    seen: Profile,
    element: rules.Likeness | None,
    judged: tuple[str, list[Words]],
    taken: set[str],
) -> FieldProposal:
    level, signs = judged
    hidden = packs.LADDER.index(level) >= SENSITIVE
    show = rules.masked if hidden else str
    own_zh = sample.name_zh or ("" if sample.name.isascii() else sample.name)
    base = FieldProposal(
        name=_free(_identifier(sample, element), taken),
        name_zh=own_zh or (element.element.name_zh if element else sample.name),
        source_name=sample.name,
        type=_type(seen, element),
        level=level,
        length=seen.length,
        precision=seen.precision,
        required=seen.rows >= REQUIRED_FROM and not seen.nulls,
        rows=seen.rows,
        nulls=seen.nulls,
        distinct=seen.distinct,
        least=show(seen.least),
        most=show(seen.most),
        samples=tuple(rules.masked(each[:60]) for each in seen.examples),
        why=(*_odd(seen), *signs),
    )
    if element is None:
        return base
    told = element.element
    length = max(filter(None, (seen.length, told.length)), default=None) if base.type == told.type else seen.length
    return dataclasses.replace(
        base,
        element_code=told.code,
        element_name=told.name_zh,
        confidence=element.score,
        length=length if base.type in "CN" else None,
        precision=base.precision if base.type == "N" else None,
        why=(element.why, *base.why),
    )


def _type(seen: Profile, element: rules.Likeness | None) -> str:
    """The element's type where the values allow it: a code of digits stays text."""
    if element and (not seen.filled or (element.element.type == "C" and seen.type == "N")):
        return element.element.type
    return seen.type


def _odd(seen: Profile) -> list[Words]:
    if seen.fits >= 1:
        return []
    share = 1 - seen.fits
    return [Words(f"{share:.1%} 的值不符合类型", f"{share:.1%} of the values do not fit the type")]


def _identifier(sample: Sample, element: rules.Likeness | None) -> str:
    """The name in the lake: the source's own where it is one, else the element's English name, else pinyin."""
    own = rules.cleaned(sample.name) if sample.name.isascii() else ""
    if not own and element:
        own = rules.cleaned(element.element.name_en)
    own = own or (_letters(sample.name) or ("field",))[0]
    return (own if own[:1].isalpha() else f"f_{own}")[:60]


def _free(name: str, taken: set[str]) -> str:
    chosen, number = name, 2
    while chosen in taken:
        chosen, number = f"{name}_{number}", number + 1
    taken.add(chosen)
    return chosen
