"""The one table of routes of identity, to which each file of this folder adds its own."""

from zhengtong.kernel import web

routes = web.Routes("identity", group="office")
