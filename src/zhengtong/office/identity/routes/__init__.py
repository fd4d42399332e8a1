"""Where identity is reached. Every file of this folder adds to the one table of routes."""

from zhengtong.office.identity.routes import (
    account,
    audit_trail,
    departments,
    imports,
    oidc,
    people,
    posts,
    registers,
    roles,
    service_accounts,
    set_up,
    sign_in,
)
from zhengtong.office.identity.routes.room import routes

__all__ = [
    "account",
    "audit_trail",
    "departments",
    "imports",
    "oidc",
    "people",
    "posts",
    "registers",
    "roles",
    "routes",
    "service_accounts",
    "set_up",
    "sign_in",
]
