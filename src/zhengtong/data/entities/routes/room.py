"""The room's routes, to which each page's file adds its own."""

from zhengtong.kernel import web

routes = web.Routes("entities", group="data")
