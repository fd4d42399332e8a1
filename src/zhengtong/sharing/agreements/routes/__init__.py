"""Where the room is reached."""

from zhengtong.sharing.agreements.routes import agreements, applications, asking, disputes
from zhengtong.sharing.agreements.routes.ground import routes

__all__ = ["agreements", "applications", "asking", "disputes", "routes"]
