"""代理: naming a deputy, ending it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from zhengtong.kernel import audit, wake
from zhengtong.kernel.actor import Actor, require
from zhengtong.kernel.db import new_id
from zhengtong.kernel.events import announce
from zhengtong.office.identity import errors, events, queries, rules, schemas
from zhengtong.office.identity.actions import authority
from zhengtong.office.identity.actions.editing import told
from zhengtong.office.identity.permissions import GIVE_POSTS, NAME_DEPUTY, abilities
from zhengtong.office.identity.tables import ActingFor, Person, Post


def name_deputy(session: Session, actor: Actor, post: Post, new: schemas.NewActing, *, now: datetime) -> ActingFor:
    """This will let the deputy act in the post for these days, both included.

    For one's own post NAME_DEPUTY is enough; for another's one needs GIVE_POSTS there and the right to give its roles.
    The deputy holds a post in the same body (the department below the topmost that the post lies in). Raises
    ActingForOneself, DeputyUnfit, ActingClashes, PostEndedAlready, SomeFieldsWrong.
    """
    if post.person_id == actor.subject:
        require(actor, NAME_DEPUTY, now=now)
    else:
        authority.require_at(actor, GIVE_POSTS, post.department_id, now=now)
        authority.check_may_give(session, actor, post.role_keys, post.department_id)
    _check(session, post, new, now)
    acting = ActingFor(id=new_id(), created_at=now, **new.model_dump())
    session.add(acting)
    session.flush()
    after = {name: told(value) for name, value in new.model_dump().items()}
    audit.record(session, actor, "identity.deputy_named", acting, after=after, at=now)
    absent = post.person_id
    announce(session, events.DeputyNamed(absent, acting.deputy_id, acting.id, acting.from_on, acting.until_on))
    wake.ring(session, events.TOPIC)
    return acting


def end_acting(session: Session, actor: Actor, acting: ActingFor, *, now: datetime) -> ActingFor:
    """This will end the stand-in at once. The absent one, the deputy, and who gives posts there may."""
    if not abilities.of_acting(actor, acting, over=False)["end"]:
        authority.require_at(actor, GIVE_POSTS, acting.absent_post.department_id, now=now)
    if acting.ended_at is None:
        acting.ended_at = now
        audit.record(
            session,
            actor,
            "identity.acting_ended",
            acting,
            before={"ended_at": None},
            after={"ended_at": told(now)},
            at=now,
        )
        announce(session, events.ActingEnded(acting.absent_post.person_id, acting.deputy_id, acting.id))
        wake.ring(session, events.TOPIC)
    return acting


def _check(session: Session, post: Post, new: schemas.NewActing, now: datetime) -> None:
    today = rules.law_day(now)
    if new.until_on < new.from_on or new.until_on < today:
        raise errors.SomeFieldsWrong(count=1, fields=[rules.DATES_WRONG])
    if post.until_on is not None and post.until_on < new.from_on:
        raise errors.PostEndedAlready(until_on=post.until_on)
    if new.deputy_id == post.person_id:
        raise errors.ActingForOneself()
    deputy = session.get(Person, new.deputy_id)
    if deputy is None:
        raise errors.PersonNotFound()
    tree = queries.parents(session)
    body = rules.body_of(tree, post.department_id)
    held = [posting for posting in queries.postings_of(session, deputy.id, on=today) if posting.acting is None]
    if not deputy.active or not any(rules.body_of(tree, one.post.department_id) == body for one in held):
        raise errors.DeputyUnfit(name=deputy.name)
    others = select(ActingFor).where(ActingFor.absent_post_id == post.id, ActingFor.ended_at.is_(None))
    for other in session.scalars(others):
        if rules.overlaps((other.from_on, other.until_on), (new.from_on, new.until_on)):
            raise errors.ActingClashes(from_on=other.from_on, until_on=other.until_on, deputy=other.deputy.name)
