"""Where the gateway is reached."""

from zhengtong.sharing.gateway.routes import calls, deliveries, people  # noqa: F401 - they add their routes
from zhengtong.sharing.gateway.routes.room import routes, share

routes.router.routes.extend(share.router.routes)

__all__ = ["routes"]
