"""Where the gateway is reached."""

from zhengtong.sharing.gateway.routes.room import routes, share

routes.router.routes.extend(share.router.routes)

__all__ = ["routes"]
