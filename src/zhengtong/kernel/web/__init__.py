"""The edge: routes that open one transaction, know the actor and ask for the permission; pages; problems; the site."""

from zhengtong.kernel.given import Given
from zhengtong.kernel.web.paging import Page, PageArgs, paginate
from zhengtong.kernel.web.problems import ChangedMeanwhile, TooLarge, WrongMediaType, language_of
from zhengtong.kernel.web.routes import PUBLIC, SIGNED_IN, Answered, IfMatch, Routes, Site, check_version
from zhengtong.kernel.web.site import make_app

__all__ = [
    "PUBLIC", "SIGNED_IN", "Answered", "ChangedMeanwhile", "Given", "IfMatch", "Page", "PageArgs", "Routes", "Site",
    "TooLarge", "WrongMediaType", "check_version", "language_of", "make_app", "paginate",
]  # fmt: skip
