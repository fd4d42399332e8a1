"""Where the catalogue is reached. Every file of this folder adds to the one table of routes."""

from zhengtong.data.catalogue.routes import exchange, files, items, lineage, reviews, search
from zhengtong.data.catalogue.routes.room import routes

__all__ = ["exchange", "files", "items", "lineage", "reviews", "routes", "search"]
