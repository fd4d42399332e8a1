"""The room's routes object, to which each file of this folder adds."""

from typing import Annotated

from fastapi import Query

from zhengtong.kernel import web

routes = web.Routes("notices", group="office")
KindQuery = Annotated[str | None, Query(max_length=80)]
