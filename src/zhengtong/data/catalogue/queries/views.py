"""The shapes in which items, versions and words go out."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from zhengtong.data import standards
from zhengtong.data.catalogue import rules, schemas
from zhengtong.data.catalogue.permissions import abilities
from zhengtong.data.catalogue.queries import binding, items, packs
from zhengtong.data.catalogue.rules import Content
from zhengtong.data.catalogue.tables import Field, Item, ItemBatch, ItemVersion
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.errors import Words
from zhengtong.office import deadlines, identity

ABOUT_REVIEW = "catalogue_review"
ABOUT_UPDATE = "catalogue_update"
LINE = (
    "id",
    "code",
    "number",
    "name_zh",
    "name_en",
    "class_code",
    "share_type",
    "open_type",
    "update_cycle",
    "level",
    "state",
    "draft_state",
    "published_at",
    "changed_at",
    "last_batch_at",
    "rows",
    "due_at",
)
DETAIL = (
    "abstract",
    "format",
    "resource_type",
    "share_condition",
    "share_method",
    "share_basis",
    "share_basis_text",
    "open_condition",
    "channel",
    "related",
    "in_force",
    "draft",
    "origin",
    "proposed",
    "table",
    "reason",
    "version",
)


def words_out(one: Words) -> schemas.Words:
    return schemas.Words(zh=one.zh, en=one.en)


def item_line(item: Item) -> schemas.ItemLine:
    """One item in a list."""
    return schemas.ItemLine(
        **{name: getattr(item, name) for name in LINE},
        department=identity.DepartmentRef.of(item.department),
        class_words=words_out(packs.class_words(item.class_code)),
        overdue=item.overdue_since is not None,
    )


def item_out(session: Session, actor: Actor, item: Item) -> schemas.ItemOut:
    """One item with its fields, versions, clocks and what the actor can do."""
    shown = items.content_of(session, item)
    kept = dict(
        session.execute(
            select(ItemBatch.kept, func.count()).where(ItemBatch.item_id == item.id).group_by(ItemBatch.kept)
        ).all()
    )
    return schemas.ItemOut(
        **item_line(item).model_dump(),
        **{name: getattr(item, name) for name in DETAIL},
        declared_level=standards.Level(shown.level) if shown.level else None,
        fields=_fields_out(session, items.fields_of(session, item.id)),
        versions=[version_line(one) for one in items.versions_of(session, item)],
        clocks=clocks_out(session, item),
        kept=kept.get(True, 0),
        late=kept.get(False, 0),
        abilities=abilities(actor, item, packs.life_cycle()),
    )


def _fields_out(session: Session, fields: Sequence[Field]) -> list[schemas.FieldOut]:
    codes = {one.element_code for one in fields if one.element_code}
    found = session.scalars(select(standards.Element).where(standards.Element.code.in_(codes)))
    known = {one.code: one for one in found}
    return [_field_out(one, known.get(one.element_code)) for one in fields]


def _field_out(one: Field, element: standards.Element | None) -> schemas.FieldOut:
    names = schemas.FieldOut.model_fields.keys() - {"element_name", "element_newer"}
    newer = bool(element and element.in_force and one.element_version and element.in_force > one.element_version)
    return schemas.FieldOut(
        **{name: getattr(one, name) for name in names},
        element_name=schemas.Words(zh=element.name_zh, en=element.name_en) if element else None,
        element_newer=newer,
    )


def clocks_out(session: Session, item: Item) -> list[schemas.ClockOut]:
    """The limits that run on the item."""
    found = [
        clock
        for kind in (ABOUT_REVIEW, ABOUT_UPDATE)
        for clock in deadlines.clocks_about(session, (kind, str(item.id)))
    ]
    return [_clock_out(clock) for clock in found]


def _clock_out(clock: deadlines.Clock) -> schemas.ClockOut:
    content = clock.terms.content
    name = schemas.Words(zh=content["zh"], en=content["en"])
    return schemas.ClockOut(id=clock.id, rule=clock.rule, name=name, due_at=clock.due_at, status=clock.status.value)


def version_line(one: ItemVersion) -> schemas.VersionLine:
    """One version in a list."""
    return schemas.VersionLine(**_version(one))


def version_out(one: ItemVersion) -> schemas.VersionOut:
    """One version with all it says."""
    return schemas.VersionOut(**_version(one), content=one.content)


def _version(one: ItemVersion) -> dict[str, Any]:
    renamed = {"changed_by": "changed_by_name", "submitted_by": "submitted_by_name", "reviewed_by": "reviewed_by_name"}
    return {name: getattr(one, renamed.get(name, name)) for name in schemas.VersionLine.model_fields}


def changes_out(session: Session, item: Item, before: int, after: int) -> schemas.ChangesOut:
    """How two versions differ. Raises ItemVersionNotFound."""
    old, new = (Content.of(items.version_of(session, item, number).content) for number in (before, after))
    changes = rules.difference(old, new)
    told = [
        schemas.ChangeOut(field=one.field, what=one.what, before=one.before, after=one.after, breaking=one.breaking)
        for one in changes
    ]
    return schemas.ChangesOut(before=before, after=after, breaking=rules.is_breaking(changes), items=told)


def review_line(session: Session, item: Item) -> schemas.ReviewLine:
    """What of the item waits for the authority, and until when."""
    due = next((one.due_at for one in deadlines.clocks_about(session, (ABOUT_REVIEW, str(item.id)))), None)
    if item.draft is None or item.state is rules.State.WITHDRAWAL_IN_REVIEW:
        return schemas.ReviewLine(
            item=item_line(item),
            kind="withdrawal",
            number=item.in_force,
            breaking=True,
            note=item.reason,
            submitted_at=item.changed_at,
            submitted_by="",
            due_at=due,
        )
    version = items.version_of(session, item, item.draft)
    return schemas.ReviewLine(
        item=item_line(item),
        kind="revision" if item.in_force else "publication",
        number=version.number,
        breaking=version.breaking,
        note=version.note,
        submitted_at=version.submitted_at,
        submitted_by=version.submitted_by_name,
        due_at=due,
    )


def catalogue_words() -> schemas.WordsOut:
    """All words that an item may use."""
    told, table = packs.pack("words"), packs.life_cycle()
    classes = packs.pack("classes")["classes"].items()
    return schemas.WordsOut(
        tables={name: [_word(key, one) for key, one in told[name].items()] for name in packs.TABLES},
        classes=[
            schemas.TopicOut(
                code=code,
                zh=one["zh"],
                en=one["en"],
                topics=[] if one["topics"] == "any" else [_word(key, each) for key, each in one["topics"].items()],
            )
            for code, one in classes
        ],
        states=[
            schemas.StateOut(key=key, code=one.code, words=words_out(one.label)) for key, one in table.states.items()
        ],
        deeds={name: words_out(deed.label) for name, deed in table.deeds.items()},
        bases=sorted(packs.vocabulary().bases),
        levels={level: standards.level_words()[level].model_dump() for level in standards.Level},
    )


def _word(key: str, one: dict[str, str]) -> schemas.WordOut:
    return schemas.WordOut(key=key, code=one.get("code", key), zh=one["zh"], en=one["en"])


def level_label(level: str) -> Words:
    """A level as it is said."""
    return binding.level_words(level)
