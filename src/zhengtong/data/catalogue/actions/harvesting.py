"""A foreign catalogue's feed taken in: from a file now, from its address in the background."""

from datetime import datetime

from sqlalchemy.orm import Session

from zhengtong.data.catalogue import errors
from zhengtong.data.catalogue.actions import exchange
from zhengtong.data.catalogue.permissions import EDIT
from zhengtong.data.catalogue.rules import dcat
from zhengtong.data.catalogue.tables.exchange import Harvest
from zhengtong.kernel import jobs
from zhengtong.kernel.actor import Actor, require

NAME = "catalogue.harvest"
_PLACE = jobs.Job(NAME, lambda **_: None, retries=3, pause_s=10.0, steps=True)


def run_harvest(session: Session, actor: Actor, harvest: Harvest, *, now: datetime) -> None:
    """This will have the feed fetched in the background. Needs EDIT. Raises HarvestWithoutAddress."""
    require(actor, EDIT, harvest, now=now)
    if not harvest.url:
        raise errors.HarvestWithoutAddress(name=harvest.name)
    jobs.enqueue(session, _PLACE, key=f"{NAME}:{harvest.id}", harvest_id=str(harvest.id))


def take_file(session: Session, actor: Actor, harvest: Harvest, content: bytes, *, now: datetime) -> None:
    """This will take in a file that holds the whole feed. Needs EDIT. Raises DcatFeedWrong."""
    require(actor, EDIT, harvest, now=now)
    try:
        found, _ = dcat.read_feed(content, harvest.form)  # type: ignore[arg-type]
    except dcat.FeedNotRead as wrong:
        raise errors.DcatFeedWrong(reason=wrong.reason) from wrong
    exchange.take_in(session, actor, harvest, found, now=now)
    exchange.end_harvest(session, harvest, began=now, now=now)
