"""What an actor can do with a thing: goes out with it, so that a page shows only what can be done.

These say what the permissions allow; a rule may still refuse (the last administrator, a role beyond one's own), and
then says why. `posts` are always those that are not over.
"""

from collections.abc import Sequence

from zhengtong.kernel.actor import Actor, Permission
from zhengtong.office.identity.permissions import organisation as permissions
from zhengtong.office.identity.rules import ADMINISTRATOR
from zhengtong.office.identity.tables import ActingFor, Department, Person, Post, Role


def reaches_all(actor: Actor, permission: Permission, posts: Sequence[Post]) -> bool:
    """True when the permission reaches every post; who has none is reached by the whole city's scope alone."""
    scope = actor.scope(permission)
    return scope.everywhere or (bool(posts) and all(scope.covers(post.department_id) for post in posts))


def reaches_any(actor: Actor, permission: Permission, posts: Sequence[Post]) -> bool:
    """True when the permission reaches one of the posts, or the whole city."""
    scope = actor.scope(permission)
    return scope.everywhere or any(scope.covers(post.department_id) for post in posts)


def of_department(actor: Actor, department: Department) -> dict[str, bool]:
    """What can be done with a department."""
    is_open, is_root = department.closed_on is None, department.parent_id is None
    change = actor.may(permissions.CHANGE_DEPARTMENTS, department.id)
    merge = actor.may(permissions.MERGE_DEPARTMENTS, department.id) and not is_root
    return {
        "change": is_open and change,
        "move": is_open and change and not is_root,
        "merge": is_open and merge,
        "close": is_open and merge,
        "reopen": not is_open and merge and department.merged_into_id is None,
        "add_below": is_open and change,
        "add_person": is_open and actor.may(permissions.CHANGE_PEOPLE, department.id),
    }


def of_person(actor: Actor, person: Person, posts: Sequence[Post]) -> dict[str, bool]:
    """What can be done with a person."""
    other = person.id != actor.subject
    stop = other and reaches_all(actor, permissions.DEACTIVATE_PEOPLE, posts)
    return {
        "change": reaches_any(actor, permissions.CHANGE_PEOPLE, posts),
        "deactivate": stop and person.active,
        "reactivate": stop and not person.active,
        "reset_factors": other and person.active and reaches_all(actor, permissions.RESET_FACTORS, posts),
        "give_post": other and person.active and actor.may(permissions.GIVE_POSTS),
    }


def of_post(actor: Actor, post: Post, *, over: bool) -> dict[str, bool]:
    """What can be done with a post; `over`: its last day is past."""
    give = not over and post.person_id != actor.subject and actor.may(permissions.GIVE_POSTS, post.department_id)
    own = post.person_id == actor.subject and actor.may(permissions.NAME_DEPUTY)
    return {"change": give, "end": give, "name_deputy": not over and (own or give)}


def of_acting(actor: Actor, acting: ActingFor, *, over: bool) -> dict[str, bool]:
    """What can be done with a stand-in: the absent one, the deputy, and who gives posts there may end it."""
    parties = (acting.absent_post.person_id, acting.deputy_id)
    may = actor.subject in parties or actor.may(permissions.GIVE_POSTS, acting.absent_post.department_id)
    return {"end": may and not over}


def of_role(actor: Actor, role: Role) -> dict[str, bool]:
    """What can be done with a role. The administrator's is fixed."""
    change = actor.scope(permissions.CHANGE_ROLES).everywhere
    return {"change": change and role.key != ADMINISTRATOR, "delete": change and not role.builtin}
