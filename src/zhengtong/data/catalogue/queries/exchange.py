"""The catalogue as DCAT tells it, and what was harvested."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from zhengtong.data.catalogue import errors
from zhengtong.data.catalogue.permissions import EDIT
from zhengtong.data.catalogue.queries import packs
from zhengtong.data.catalogue.queries.items import visible_items
from zhengtong.data.catalogue.rules import State, dcat
from zhengtong.data.catalogue.schemas.exchange import HarvestedOut, HarvestOut
from zhengtong.data.catalogue.tables import Field, Item
from zhengtong.data.catalogue.tables.exchange import Harvest, HarvestedDataset
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.jobs import RUNNING, WAITING, JobRow
from zhengtong.office import identity


def dcat_page(session: Session, actor: Actor, *, address: str, after: UUID | None, limit: int, form: dcat.Form) -> str:
    """One page of the published items as DCAT-AP. `address`: of the installation, as its links begin."""
    live = visible_items(actor).where(Item.state.in_(State.live()))
    total = session.scalar(select(func.count()).select_from(live.order_by(None).subquery())) or 0
    statement = live.where(Item.id > after) if after else live
    items = list(session.scalars(statement.order_by(Item.id).limit(limit + 1)))
    shown = items[:limit]
    base = f"{address}/api/v1/catalogue/dcat"
    here = f"{base}?form={form}&limit={limit}"
    page = dcat.Paged(
        this=f"{here}&after={after}" if after else here,
        first=here,
        next=f"{here}&after={shown[-1].id}" if len(items) > limit else None,
        total=total,
    )
    return dcat.write_catalogue(base, _publisher(session), _datasets(session, shown, address), page, form)


def _publisher(session: Session) -> dcat.Names:
    root = session.scalar(select(identity.Department).where(identity.Department.parent_id.is_(None)).limit(1))
    return dcat.Names(root.name_zh, root.name_en) if root else dcat.Names("本市", "the city")


def _datasets(session: Session, items: Sequence[Item], address: str) -> list[dcat.Dataset]:
    names: dict[UUID, list[str]] = {}
    columns = select(Field.item_id, Field.name_zh).order_by(Field.item_id, Field.place)
    for item_id, name in session.execute(columns.where(Field.item_id.in_([one.id for one in items]))):
        names.setdefault(item_id, []).append(name)
    return [_dataset(one, names.get(one.id, []), address) for one in items]


def _dataset(item: Item, fields: Sequence[str], address: str) -> dcat.Dataset:
    words, form = packs.class_words(item.class_code), packs.word("formats", item.format)
    return dcat.Dataset(
        uri=f"{address}/catalogue/{item.id}",
        code=item.code,
        title=dcat.Names(item.name_zh, item.name_en),
        description=item.abstract,
        department=dcat.Names(item.department.name_zh, item.department.name_en),
        department_uri=f"urn:uuid:{item.department_id}",
        theme=dcat.Names(words.zh, words.en),
        theme_uri=f"urn:zhengtong:topic:{item.class_code[:3] or 'none'}",
        open_type=item.open_type,
        cycle=item.update_cycle,
        format=dcat.Names(form.zh, form.en),
        level=item.level.value,
        share_type=item.share_type,
        issued=item.published_at,
        modified=item.changed_at,
        version=str(item.in_force or 1),
        keywords=list(dict.fromkeys(name for name in fields if name)),
    )


def visible_harvests(actor: Actor) -> Select[Harvest]:
    """The foreign catalogues of the departments where the actor keeps the catalogue, or all."""
    scope = actor.scope(EDIT)
    statement = select(Harvest)
    return statement if scope.everywhere else statement.where(Harvest.department_id.in_(scope.departments))


def get_harvest(session: Session, actor: Actor, harvest_id: UUID) -> Harvest:
    """The foreign catalogue. Raises HarvestNotFound."""
    found = session.scalar(visible_harvests(actor).where(Harvest.id == harvest_id))
    if found is None:
        raise errors.HarvestNotFound()
    return found


def harvest_out(session: Session, one: Harvest, job: str) -> HarvestOut:
    """A foreign catalogue as it goes out. `job`: the name of the job that runs it."""
    waiting = select(JobRow.seq).where(
        JobRow.name == job, JobRow.key == f"{job}:{one.id}", JobRow.state.in_((WAITING, RUNNING))
    )
    columns = HarvestOut.model_fields.keys() - {"department", "running"}
    department = session.get_one(identity.Department, one.department_id)
    return HarvestOut(
        **{name: getattr(one, name) for name in columns},
        department=identity.DepartmentRef.of(department),
        running=session.scalar(waiting) is not None,
    )


def harvested_out(session: Session, one: HarvestedDataset) -> HarvestedOut:
    """One dataset as it goes out."""
    item = session.get(Item, one.item_id) if one.item_id else None
    return HarvestedOut(
        **{name: getattr(one, name) for name in HarvestedOut.model_fields.keys() - {"item_code", "draft"}},
        item_code=item.code if item else "",
        draft=item is not None and item.state is State.CREATED,
    )


def harvested(harvest: Harvest, state: str | None = None) -> Select[HarvestedDataset]:
    """The datasets of a foreign catalogue."""
    statement = select(HarvestedDataset).where(HarvestedDataset.harvest_id == harvest.id)
    return statement.where(HarvestedDataset.state == state) if state else statement
