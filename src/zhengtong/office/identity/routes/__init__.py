"""Where identity is reached. Every file of this folder adds to the one table of routes."""

from zhengtong.office.identity.routes import account, oidc, service_accounts, set_up, sign_in
from zhengtong.office.identity.routes.room import routes

__all__ = ["account", "oidc", "routes", "service_accounts", "set_up", "sign_in"]
