"""The room's routes: those of the pages, and those under /share/v1 that need no bare door."""

from zhengtong.kernel import web

routes = web.Routes("gateway", group="sharing")
share = web.Routes("gateway", group="sharing")
share.router.prefix = "/share/v1"
