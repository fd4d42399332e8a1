"""Items: who sees which, as they hold now, and the shapes that go out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, false, or_, select
from sqlalchemy.orm import Session

from zhengtong.data.catalogue import errors, schemas
from zhengtong.data.catalogue.permissions import EDIT, READ, REVIEW
from zhengtong.data.catalogue.rules import Content, State, VersionState
from zhengtong.data.catalogue.tables import Field, Item, ItemVersion
from zhengtong.kernel.actor import Actor
from zhengtong.office import identity


def visible_items(actor: Actor) -> Select[Item]:
    """The live items for who may see the catalogue; drafts and withdrawn ones where the actor's scope reaches. None deleted."""
    statement = select(Item).where(Item.state != State.DELETED)
    if not actor.may(READ):
        return statement.where(false())
    scope = actor.scope(READ) | actor.scope(EDIT) | actor.scope(REVIEW)
    if scope.everywhere:
        return statement
    return statement.where(or_(Item.state.in_(State.live()), Item.department_id.in_(scope.departments)))


def get_item(session: Session, item_id: UUID) -> Item:
    """The item, whoever asks. Raises ItemNotFound."""
    found = session.get(Item, item_id)
    if found is None or found.state is State.DELETED:
        raise errors.ItemNotFound()
    return found


def get_visible(session: Session, actor: Actor, item_id: UUID) -> Item:
    """The item, for one who may see it. Raises ItemNotFound."""
    found = session.scalar(visible_items(actor).where(Item.id == item_id))
    if found is None:
        raise errors.ItemNotFound()
    return found


def item_by_code(session: Session, code: str) -> Item | None:
    """The item with this code, or with this short number (SJ-3102)."""
    named = or_(Item.code == code, Item.number == code)
    return session.scalar(select(Item).where(named, Item.state != State.DELETED))


def fields_of(session: Session, item_id: UUID) -> list[Field]:
    """The fields as they hold now, in order."""
    return list(session.scalars(select(Field).where(Field.item_id == item_id).order_by(Field.place)))


def versions_of(session: Session, item: Item) -> list[ItemVersion]:
    """Its versions, newest first."""
    statement = select(ItemVersion).where(ItemVersion.item_id == item.id)
    return list(session.scalars(statement.order_by(ItemVersion.number.desc())))


def version_of(session: Session, item: Item, number: int) -> ItemVersion:
    """One version. Raises ItemVersionNotFound."""
    found = session.get(ItemVersion, (item.id, number))
    if found is None:
        raise errors.ItemVersionNotFound(code=item.code, number=number)
    return found


def content_of(session: Session, item: Item) -> Content:
    """What the item says: in force, else the draft."""
    return Content.of(version_of(session, item, item.in_force or item.draft or 1).content)


def find_items(actor: Actor, *, text: str | None = None, wanted: schemas.Wanted | None = None) -> Select[Item]:
    """Items by name, pinyin, initials or code; by department, state, share type, level, cycle."""
    statement = visible_items(actor)
    for column, value in wanted.chosen() if wanted else []:
        statement = statement.where(getattr(Item, column) == value)
    if wanted and wanted.overdue:
        statement = statement.where(Item.overdue_since.is_not(None))
    if wanted and wanted.class_code:
        statement = statement.where(Item.class_code.startswith(wanted.class_code, autoescape=True))
    if text:
        named = Item.name_zh.contains(text, autoescape=True)
        coded = or_(Item.code.startswith(text, autoescape=True), Item.number == text.upper())
        english = Item.name_en.icontains(text, autoescape=True)
        statement = statement.where(or_(named, english, coded, identity.spelled(Item.spelling, text)))
    return statement


def waiting_for_review(actor: Actor) -> Select[Item]:
    """The items of which something waits for the authority."""
    submitted = Item.draft_state == VersionState.IN_REVIEW
    return visible_items(actor).where(or_(submitted, Item.state == State.WITHDRAWAL_IN_REVIEW))


def overdue_items(session: Session, *, now: datetime) -> list[Item]:
    """The live items whose promise has passed and of whom nobody was told yet."""
    passed = and_(Item.state.in_(State.live()), Item.due_at < now, Item.overdue_since.is_(None))
    return list(session.scalars(select(Item).where(passed).order_by(Item.due_at, Item.id).limit(500)))
