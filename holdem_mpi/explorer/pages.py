"""The explorer's pages, which are plain files, and the whole site: them and the API, behind its gate."""

import functools
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from holdem_mpi.explorer.gate import API, Gate

PAGE = Path(__file__).parent / "page"
VIEWS = ("", "blueprint", "run", "spot", "solution", "report", "play")
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@functools.cache
def _page_files() -> dict[str, bytes]:
    """The files of the pages by name; nothing else of the disk is served."""
    return {path.name: path.read_bytes() for path in PAGE.iterdir() if path.suffix in _TYPES}


async def _page(request: Request) -> Response:
    return Response(_page_files()["index.html"], media_type="text/html")


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _page_files():
        return JSONResponse({"error": "no such file"}, 404)
    return Response(_page_files()[name], media_type=_TYPES[Path(name).suffix])


class Pages:
    """An ASGI application: the pages, and under ``/api/`` the API.

    api: the application that answers there.
    """

    def __init__(self, api: ASGIApp) -> None:
        routes = [*(Route(f"/{view}", _page) for view in VIEWS), Route("/page/{name}", _file)]
        self._api, self._pages = api, Starlette(routes=routes)
        self._pages.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI request: under ``/api/`` it goes to the API, else to the files of the pages."""
        asks = scope["type"] == "http" and scope["path"].startswith(API)
        await (self._api if asks else self._pages)(scope, receive, send)


def behind_gate(api: ASGIApp, hosts: frozenset[str], token: str, cookie: str) -> ASGIApp:
    """The whole site; see ``Gate``."""
    return Gate(Pages(api), hosts, token, cookie)
