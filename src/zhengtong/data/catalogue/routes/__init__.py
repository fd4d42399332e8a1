"""Where the catalogue is reached. Every file of this folder adds to the one table of routes."""

from zhengtong.data.catalogue.routes import items, reviews, search
from zhengtong.data.catalogue.routes.room import routes

__all__ = ["items", "reviews", "routes", "search"]
