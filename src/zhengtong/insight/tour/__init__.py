"""演示: what only a demo city has: its clock can be moved on, a guided tour leads along one real thread, all can begin anew.

A real city has none of it: every address of this room answers there as if it did not exist. The clock only goes forward, in steps, so that
limits near and pass and people are told; whoever is signed in stays so, and one-time codes and signed calls go by the clocks outside
(decision 0024).

    tour.set_hands(database)                  # the demo's clock stands where it was left
    tour.move(database, actor, tour.Step.HOUR)
"""

from zhengtong.insight.tour.actions import Curtain, following, move, set_hands
from zhengtong.insight.tour.routes import CityDate, routes
from zhengtong.insight.tour.rules import Step
from zhengtong.insight.tour.tables import DemoClock
from zhengtong.kernel.capability import Capability

capability = Capability(name="tour", group="insight", zh="演示", en="Demo", routes=routes)

__all__ = ["CityDate", "Curtain", "DemoClock", "Step", "capability", "following", "move", "set_hands"]
