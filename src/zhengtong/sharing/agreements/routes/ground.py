"""What the routes of the room share."""

from urllib.parse import quote

from fastapi import Response

from zhengtong.kernel import web

routes = web.Routes("agreements", group="sharing")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(content: bytes, name: str, kind: str) -> Response:
    """A file to keep."""
    told = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return Response(content, headers=told, media_type=kind)
