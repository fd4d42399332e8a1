"""Where intake is reached. Every file of this folder adds to the one table of routes."""

from zhengtong.data.intake.routes import push, quarantine, runs, sources, uploads
from zhengtong.data.intake.routes.room import routes

__all__ = ["push", "quarantine", "routes", "runs", "sources", "uploads"]
