"""The life cycle: what waits for review, and every deed that leads on."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.data.catalogue import actions, queries, schemas
from zhengtong.data.catalogue.permissions import EDIT, READ, REVIEW
from zhengtong.data.catalogue.routes.room import routes
from zhengtong.data.catalogue.tables import Item
from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor


@routes.get("/catalogue/reviews", needs=READ)
def list_reviews(session: Session, actor: Actor, page: web.PageArgs) -> web.Page[schemas.ReviewLine]:
    """What waits for the authority, the longest waiting first."""
    return web.paginate(
        session,
        queries.waiting_for_review(actor),
        page,
        sort={"changed": Item.changed_at, "name": Item.name_zh},
        key=Item.id,
        item=lambda item: queries.review_line(session, item),
    )


@routes.post("/catalogue/reviews/submit", needs=EDIT)
def submit_items(session: Session, actor: Actor, body: schemas.ManyItems) -> schemas.ManyDone:
    """Hand several drafts to the authority; what cannot be submitted says why."""
    items = [queries.get_visible(session, actor, item_id) for item_id in body.items]
    return _many(actions.submit_items(session, actor, items, now=clock.now()))


@routes.post("/catalogue/reviews/publish", needs=REVIEW)
def publish_items(session: Session, actor: Actor, body: schemas.ManyItems) -> schemas.ManyDone:
    """Approve and publish several submissions; what cannot be published says why."""
    items = [queries.get_visible(session, actor, item_id) for item_id in body.items]
    return _many(actions.publish_items(session, actor, items, now=clock.now()))


@routes.post("/catalogue/items/{item_id}/submit", needs=EDIT)
def submit_item(session: Session, actor: Actor, item_id: UUID, body: schemas.Deed) -> schemas.ItemOut:
    """Hand the draft or revision to the authority; `reason` is its note."""
    return _done(session, actor, item_id, actions.submit_item, note=body.reason)


@routes.post("/catalogue/items/{item_id}/recall", needs=EDIT)
def recall_item(session: Session, actor: Actor, item_id: UUID) -> schemas.ItemOut:
    """Take a submission back before it is reviewed."""
    return _done(session, actor, item_id, actions.recall_item)


@routes.post("/catalogue/items/{item_id}/publish", needs=REVIEW)
def publish_item(session: Session, actor: Actor, item_id: UUID, if_match: web.IfMatch = None) -> schemas.ItemOut:
    """Approve and publish, as it was read."""
    item = queries.get_visible(session, actor, item_id)
    web.check_version(item.version, if_match)
    return _done(session, actor, item_id, actions.publish_item)


@routes.post("/catalogue/items/{item_id}/send-back", needs=REVIEW)
def send_item_back(session: Session, actor: Actor, item_id: UUID, body: schemas.Deed) -> schemas.ItemOut:
    """Send the submission back with the reason."""
    return _done(session, actor, item_id, actions.send_back, reason=body.reason)


@routes.post("/catalogue/items/{item_id}/ask-withdrawal", needs=EDIT)
def ask_withdrawal(session: Session, actor: Actor, item_id: UUID, body: schemas.Deed) -> schemas.ItemOut:
    """Ask the authority to take the item out of the catalogue."""
    return _done(session, actor, item_id, actions.ask_withdrawal, reason=body.reason)


@routes.post("/catalogue/items/{item_id}/drop-withdrawal", needs=EDIT)
def drop_withdrawal(session: Session, actor: Actor, item_id: UUID) -> schemas.ItemOut:
    """Take the request for withdrawal back."""
    return _done(session, actor, item_id, actions.drop_withdrawal)


@routes.post("/catalogue/items/{item_id}/withdraw", needs=REVIEW)
def withdraw_item(session: Session, actor: Actor, item_id: UUID) -> schemas.ItemOut:
    """Agree to the withdrawal."""
    return _done(session, actor, item_id, actions.withdraw_item)


@routes.post("/catalogue/items/{item_id}/refuse-withdrawal", needs=REVIEW)
def refuse_withdrawal(session: Session, actor: Actor, item_id: UUID, body: schemas.Deed) -> schemas.ItemOut:
    """Keep the item in the catalogue, with the reason."""
    return _done(session, actor, item_id, actions.refuse_withdrawal, reason=body.reason)


@routes.post("/catalogue/items/{item_id}/reopen", needs=EDIT)
def reopen_item(session: Session, actor: Actor, item_id: UUID) -> schemas.ItemOut:
    """Make a withdrawn item a draft again."""
    return _done(session, actor, item_id, actions.reopen_item)


@routes.post("/catalogue/items/{item_id}/delete", needs=EDIT)
def delete_item(session: Session, actor: Actor, item_id: UUID, body: schemas.Deed) -> None:
    """Delete a draft or a withdrawn item; its evidence stays."""
    item = queries.get_visible(session, actor, item_id)
    actions.delete_item(session, actor, item, reason=body.reason, now=clock.now())


@routes.post("/catalogue/items/{item_id}/changes", needs=EDIT)
def note_duty_change(session: Session, actor: Actor, item_id: UUID, body: schemas.DutyChange) -> schemas.ItemOut:
    """Note a change of law or duty; the clock to update the entry starts."""
    return _done(session, actor, item_id, actions.note_change, reason=body.reason, happened_at=body.happened_at)


def _many(outcomes: list[actions.Outcome]) -> schemas.ManyDone:
    told = [
        schemas.Done(
            id=one.item.id,
            code=one.item.code,
            done=one.why is None,
            zh=one.why.say("zh") if one.why else "",
            en=one.why.say("en") if one.why else "",
        )
        for one in outcomes
    ]
    return schemas.ManyDone(done=sum(one.done for one in told), items=told)


def _done(session: Session, actor: Actor, item_id: UUID, deed: Callable[..., None], **told: Any) -> schemas.ItemOut:
    """The item after the deed."""
    item = queries.get_visible(session, actor, item_id)
    deed(session, actor, item, **told, now=clock.now())
    session.flush()
    return queries.item_out(session, actor, item)
