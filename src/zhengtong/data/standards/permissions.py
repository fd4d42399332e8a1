"""Who may see, draft and publish standards."""

from zhengtong.data.standards.rules import State
from zhengtong.data.standards.tables import Element
from zhengtong.kernel.actor import Actor, Permission

READ = Permission("standards.read", "查看数据标准", "See data standards")
EDIT = Permission("standards.edit", "起草数据标准", "Draft data standards")
PUBLISH = Permission("standards.publish", "发布数据标准", "Publish data standards", step_up=True)

PERMISSIONS = (READ, EDIT, PUBLISH)


def abilities(actor: Actor, element: Element) -> dict[str, bool]:
    """What the actor can do with an element as it stands."""
    live = element.state is not State.RETIRED
    return {
        "revise": live and actor.may(EDIT),
        "discard": element.draft is not None and actor.may(EDIT),
        "publish": live and element.draft is not None and actor.may(PUBLISH),
        "retire": element.state is State.IN_FORCE and actor.may(PUBLISH),
    }


def list_abilities(actor: Actor) -> dict[str, bool]:
    """What the actor can do with a code list."""
    return {"replace": actor.may(PUBLISH)}
