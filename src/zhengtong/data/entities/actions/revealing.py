"""The whole particulars of a person: for a purpose that is kept in the audit trail."""

from datetime import datetime

from sqlalchemy.orm import Session

from zhengtong.data.entities import queries
from zhengtong.data.entities.permissions import REVEAL
from zhengtong.data.entities.tables import Entity
from zhengtong.engines.crypto import Keyring
from zhengtong.kernel import audit
from zhengtong.kernel.actor import Actor, require


def reveal(
    session: Session, actor: Actor, entity: Entity, purpose: str, keyring: Keyring, *, now: datetime
) -> dict[str, str]:
    """This will give the golden record's whole values and note who saw them and for what. Needs REVEAL."""
    require(actor, REVEAL, now=now)
    members = queries.members_of(session, entity)
    values = {name: one.value for name, one in queries.golden_of(session, entity, members, keyring).items()}
    told = Named(entity.id, queries.entity_line(entity).name)
    audit.record(
        session, actor, "entities.revealed", told, after={"purpose": purpose, "attributes": sorted(values)}, at=now
    )
    return values


class Named:
    """What the audit row names: the person masked, so that the trail does not tell what it guards."""

    __tablename__ = Entity.__tablename__

    def __init__(self, id: object, name: str) -> None:
        self.id, self.name = id, name
