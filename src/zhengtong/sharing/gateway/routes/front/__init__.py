"""A process of its own in front of the city: it accepts the connections, reads look-ups, checks their seals and sends the answers, while the
city decides and commits; so two processors work on governed calls (ADR 0026).

What is not a look-up in its plain form, or is not in order, is none of its business: the connection is given to the city as it is, with
all that came on it, and stays there. The front knows sessions' keys that the city has told it, and no other secret; it has no database.
"""

from zhengtong.sharing.gateway.routes.front import hands, wire
from zhengtong.sharing.gateway.routes.front.desk import Desk
from zhengtong.sharing.gateway.routes.front.outside import Front

__all__ = ["Desk", "Front", "hands", "wire"]
