"""Where registers and leads are reached."""

from zhengtong.data.entities.routes import leads, registers, reviews, sources
from zhengtong.data.entities.routes.room import routes

__all__ = ["leads", "registers", "reviews", "routes", "sources"]
