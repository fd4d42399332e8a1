"""Posts, and who stands in for whom."""

from uuid import UUID

from sqlalchemy.orm import Session

from zhengtong.kernel import clock, web
from zhengtong.kernel.actor import Actor
from zhengtong.office.identity import queries, rules, schemas
from zhengtong.office.identity.actions import acting as actings
from zhengtong.office.identity.actions import posts as actions
from zhengtong.office.identity.permissions import GIVE_POSTS, READ_PEOPLE
from zhengtong.office.identity.queries import views
from zhengtong.office.identity.routes.room import routes
from zhengtong.office.identity.tables import ActingFor, Post


@routes.get("/people/{person_id}/posts", needs=READ_PEOPLE)
def list_posts(session: Session, actor: Actor, person_id: UUID) -> schemas.PostList:
    """All posts a person holds or held, those that are over last."""
    today = rules.law_day(clock.now())
    person = queries.get_person(session, actor, person_id, on=today)
    names = queries.role_names(session)
    posts = queries.posts_of(session, person.id)
    return schemas.PostList(items=[views.post_out(actor, post, names, on=today) for post in posts])


@routes.post("/people/{person_id}/posts", needs=GIVE_POSTS, status=201)
def give_post(session: Session, actor: Actor, person_id: UUID, body: schemas.NewPost) -> schemas.PostOut:
    """Give a person a post."""
    now = clock.now()
    person = queries.get_person(session, actor, person_id, on=rules.law_day(now), lock=True)
    return _out(session, actor, actions.give_post(session, actor, person, body, now=now))


@routes.patch("/posts/{post_id}", needs=GIVE_POSTS)
def change_post(
    session: Session, actor: Actor, post_id: UUID, body: schemas.PostEdit, if_match: web.IfMatch = None
) -> schemas.PostOut:
    """Change a post's title, last day or roles."""
    post = _locked(session, actor, post_id, if_match)
    return _out(session, actor, actions.change_post(session, actor, post, body, now=clock.now()))


@routes.post("/posts/{post_id}/end", needs=GIVE_POSTS)
def end_post(
    session: Session, actor: Actor, post_id: UUID, body: schemas.PostEnd, if_match: web.IfMatch = None
) -> schemas.PostList:
    """End a post, on a day or at once; answers with the posts the person has left."""
    post, now = _locked(session, actor, post_id, if_match), clock.now()
    person_id, today = post.person_id, rules.law_day(now)
    actions.end_post(session, actor, post, body.until_on, now=now)
    names = queries.role_names(session)
    left = [one for one in queries.posts_of(session, person_id) if one.until_on is None or one.until_on >= today]
    return schemas.PostList(items=[views.post_out(actor, one, names, on=today) for one in left])


@routes.get("/acting", needs=web.SIGNED_IN)
def list_acting(
    session: Session, actor: Actor, page: web.PageArgs, mine: bool = False, current: bool = True
) -> web.Page[schemas.ActingOut]:
    """Stand-ins: one's own on either side, and those of people one may see."""
    today = rules.law_day(clock.now())
    return web.paginate(
        session,
        queries.find_acting(actor, on=today, person_id=actor.subject if mine else None, current=current),
        page,
        sort={"-from": ActingFor.from_on, "until": ActingFor.until_on},
        key=ActingFor.id,
        item=lambda acting: views.acting_out(actor, acting, on=today),
    )


@routes.post("/acting", needs=web.SIGNED_IN, status=201)
def name_deputy(session: Session, actor: Actor, body: schemas.NewActing) -> schemas.ActingOut:
    """Have a deputy stand in for a post for some days, both included."""
    now = clock.now()
    post = queries.get_post(session, actor, body.absent_post_id, on=rules.law_day(now), lock=True)
    acting = actings.name_deputy(session, actor, post, body, now=now)
    return views.acting_out(actor, acting, on=rules.law_day(now))


@routes.post("/acting/{acting_id}/end", needs=web.SIGNED_IN)
def end_acting(session: Session, actor: Actor, acting_id: UUID) -> schemas.ActingOut:
    """End a stand-in at once."""
    now = clock.now()
    acting = queries.get_acting(session, actor, acting_id, on=rules.law_day(now))
    return views.acting_out(actor, actings.end_acting(session, actor, acting, now=now), on=rules.law_day(now))


def _locked(session: Session, actor: Actor, post_id: UUID, if_match: str | None) -> Post:
    post = queries.get_post(session, actor, post_id, on=rules.law_day(clock.now()), lock=True)
    web.check_version(post.version, if_match)
    return post


def _out(session: Session, actor: Actor, post: Post) -> schemas.PostOut:
    session.flush()
    return views.post_out(actor, post, queries.role_names(session), on=rules.law_day(clock.now()))
