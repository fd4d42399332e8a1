"""Who may see, keep and review the catalogue."""

from zhengtong.data.catalogue.rules import Deed, LifeCycle, State, VersionState
from zhengtong.data.catalogue.tables import Item
from zhengtong.kernel.actor import Actor, Permission

READ = Permission("catalogue.read", "查看数据目录", "See the catalogue")
EDIT = Permission("catalogue.edit", "编制数据目录", "Keep the catalogue")
REVIEW = Permission("catalogue.review", "审核发布数据目录", "Review and publish the catalogue", step_up=True)

PERMISSIONS = (READ, EDIT, REVIEW)
WHO = {"edit": EDIT, "review": REVIEW}


def needed_for(deed: Deed) -> Permission:
    """The permission a deed of the life cycle asks for."""
    return WHO[deed.who]


def abilities(actor: Actor, item: Item, table: LifeCycle) -> dict[str, bool]:
    """What the actor can do with an item as it stands: every deed of the life cycle, and revise, discard, note_change."""
    edit = actor.may(EDIT, item.department_id)
    live = item.state in State.live()
    found = {
        name: actor.may(needed_for(deed), item.department_id) and _stands(item, name, deed)
        for name, deed in table.deeds.items()
    }
    waiting = item.draft_state is VersionState.IN_REVIEW
    found["revise"] = edit and not waiting and item.state not in (State.DELETED, State.WITHDRAWN)
    found["discard"] = edit and live and item.draft is not None and not waiting
    found["note_change"] = edit and live
    return found


def _stands(item: Item, name: str, deed: Deed) -> bool:
    """A revision of a live item goes through its own review, as a first publication does."""
    if name in ("submit", "recall", "publish", "send_back") and item.draft_state and item.state in State.live():
        return item.draft_state.as_item in deed.before
    return item.state in deed.before
