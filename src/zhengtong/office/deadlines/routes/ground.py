"""The room's one router."""

from zhengtong.kernel import web

routes = web.Routes("deadlines", group="office")
