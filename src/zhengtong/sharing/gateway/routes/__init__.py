"""Where the gateway is reached."""

from zhengtong.sharing.gateway.routes import deliveries  # noqa: F401 - adds its routes
from zhengtong.sharing.gateway.routes.room import routes, share

routes.router.routes.extend(share.router.routes)

__all__ = ["routes"]
