"""Where the catalogue is exchanged with others: DCAT-AP out, foreign feeds in."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import File, Query, Response, UploadFile
from sqlalchemy.orm import Session

from zhengtong.data.catalogue.actions import exchange as actions
from zhengtong.data.catalogue.actions import harvesting
from zhengtong.data.catalogue.permissions import EDIT, READ
from zhengtong.data.catalogue.queries import exchange
from zhengtong.data.catalogue.routes.room import routes
from zhengtong.data.catalogue.rules.dcat import MEDIA, Form
from zhengtong.data.catalogue.schemas.exchange import HarvestedOut, HarvestIn, HarvestOut
from zhengtong.data.catalogue.tables.exchange import Harvest, HarvestedDataset
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.kernel.settings import Settings
from zhengtong.kernel.web import Given
from zhengtong.office import identity

Outcome = Literal["added", "changed", "unchanged", "refused", "gone"]
Limit = Annotated[int, Query(ge=1, le=500)]


@routes.get("/catalogue/dcat", needs=READ)
def export_dcat(
    session: Session,
    actor: Actor,
    settings: Given[Settings],
    form: Form = "turtle",
    after: UUID | None = None,
    limit: Limit = 100,
) -> Response:
    """The published items as a DCAT-AP 3 catalogue, a page at a time (hydra:next leads on)."""
    address = settings.kernel.address.rstrip("/")
    told = exchange.dcat_page(session, actor, address=address, after=after, limit=limit, form=form)
    return Response(told, media_type=f"{MEDIA[form]}; charset=utf-8")


@routes.get("/catalogue/harvests", needs=EDIT)
def list_harvests(session: Session, actor: Actor, page: web.PageArgs) -> web.Page[HarvestOut]:
    """The foreign catalogues that are taken from, and how each last run went."""
    return web.paginate(
        session,
        exchange.visible_harvests(actor),
        page,
        sort={"name": Harvest.name},
        key=Harvest.id,
        item=lambda one: exchange.harvest_out(session, one, harvesting.NAME),
    )


@routes.post("/catalogue/harvests", needs=EDIT, status=201)
def add_harvest(session: Session, actor: Actor, body: HarvestIn) -> HarvestOut:
    """Note a foreign catalogue to take from."""
    identity.get_department(session, actor, body.department_id)
    return exchange.harvest_out(session, actions.add_harvest(session, actor, body, now=clock.now()), harvesting.NAME)


@routes.get("/catalogue/harvests/{harvest_id}", needs=EDIT)
def read_harvest(session: Session, actor: Actor, harvest_id: UUID) -> HarvestOut:
    """One foreign catalogue and how its last run went."""
    return exchange.harvest_out(session, exchange.get_harvest(session, actor, harvest_id), harvesting.NAME)


@routes.post("/catalogue/harvests/{harvest_id}/run", needs=EDIT, status=202)
def run_harvest(session: Session, actor: Actor, harvest_id: UUID) -> HarvestOut:
    """Fetch its feed in the background."""
    harvest = exchange.get_harvest(session, actor, harvest_id)
    harvesting.run_harvest(session, actor, harvest, now=clock.now())
    return exchange.harvest_out(session, harvest, harvesting.NAME)


@routes.post("/catalogue/harvests/{harvest_id}/file", needs=EDIT)
def take_harvest_file(
    session: Session, actor: Actor, harvest_id: UUID, file: Annotated[UploadFile, File()]
) -> HarvestOut:
    """Take in a file that holds the whole feed."""
    harvest = exchange.get_harvest(session, actor, harvest_id)
    harvesting.take_file(session, actor, harvest, file.file.read(), now=clock.now())
    return exchange.harvest_out(session, harvest, harvesting.NAME)


@routes.get("/catalogue/harvests/{harvest_id}/datasets", needs=EDIT)
def list_harvested(
    session: Session, actor: Actor, harvest_id: UUID, page: web.PageArgs, state: Outcome | None = None
) -> web.Page[HarvestedOut]:
    """Its datasets and what became of each; by state added, changed, unchanged, refused, gone."""
    harvest = exchange.get_harvest(session, actor, harvest_id)
    return web.paginate(
        session,
        exchange.harvested(harvest, state),
        page,
        sort={"title": HarvestedDataset.title},
        key=HarvestedDataset.uri,
        item=lambda one: exchange.harvested_out(session, one),
    )


@routes.delete("/catalogue/harvests/{harvest_id}", needs=EDIT)
def drop_harvest(session: Session, actor: Actor, harvest_id: UUID) -> None:
    """Take from it no longer; the items that came of it stay."""
    actions.drop_harvest(session, actor, exchange.get_harvest(session, actor, harvest_id), now=clock.now())
