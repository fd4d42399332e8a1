"""Where quality is reached."""

from zhengtong.data.quality.routes import items, rules, tickets
from zhengtong.data.quality.routes.ground import routes

__all__ = ["items", "routes", "rules", "tickets"]
