"""Where operations is reached."""

from zhengtong.office.operations.routes import health, queue
from zhengtong.office.operations.routes.ground import routes

__all__ = ["health", "queue", "routes"]
