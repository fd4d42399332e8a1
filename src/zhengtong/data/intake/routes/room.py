"""The one table of the room's routes; every file of this folder adds to it."""

from zhengtong.kernel import web

routes = web.Routes("intake", group="data")
