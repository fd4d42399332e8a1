"""Where registers and leads are reached."""

from zhengtong.data.entities.routes import exports, leads, registers, reviews, sources
from zhengtong.data.entities.routes.room import routes

__all__ = ["exports", "leads", "registers", "reviews", "routes", "sources"]
