"""Where deadlines is reached."""

from zhengtong.office.deadlines.routes import clocks, reference
from zhengtong.office.deadlines.routes.ground import routes

__all__ = ["clocks", "reference", "routes"]
