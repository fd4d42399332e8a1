"""Where notices are reached."""

from zhengtong.office.notices.routes import announcing, reading, sending, stream
from zhengtong.office.notices.routes.ground import routes

__all__ = ["announcing", "reading", "routes", "sending", "stream"]
