"""The explorer's addresses: its pages, which are plain files, and its API over the sources that it was given."""

import functools
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from holdem_mpi import __version__
from holdem_mpi.config.section import Section
from holdem_mpi.explorer.endpoint import Endpoint, Streams
from holdem_mpi.explorer.gate import API, Gate
from holdem_mpi.explorer.policy_view import CombosAsked, DecisionAsked, PolicyBook, combos_view, decision_view
from holdem_mpi.explorer.run_view import RunAsked, bucket_view, run_events, run_view
from holdem_mpi.explorer.sources import Sources

PAGE = Path(__file__).parent / "page"
VIEWS = ("", "blueprint", "run")
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class NothingAsked(Section):
    """No keys."""


class Explorer:
    """What stands behind the API.

    sources: what may be looked at.
    """

    def __init__(self, sources: Sources) -> None:
        self.sources, self.policies = sources, PolicyBook(sources)
        self.streams = Streams()

    def close(self) -> None:
        """End what goes on in the background; the server does."""
        self.streams.close()

    def endpoints(self) -> list[Endpoint]:
        """All of the API's addresses."""
        return [
            Endpoint("GET", "sources", NothingAsked, self._sources),
            Endpoint("GET", "policy/decision", DecisionAsked, self._decision),
            Endpoint("GET", "policy/combos", CombosAsked, self._combos),
            Endpoint("GET", "run/state", RunAsked, self._run),
            Endpoint("GET", "run/buckets", RunAsked, self._buckets),
            Endpoint("GET", "run/follow", RunAsked, self._follow),
        ]

    def _sources(self, asked: NothingAsked) -> dict[str, Any]:
        told = [{"kind": each.kind, "name": each.name, "path": str(each.path)} for each in self.sources.all()]
        return {"version": __version__, "sources": told}

    def _decision(self, asked: DecisionAsked) -> dict[str, Any]:
        return {"of": asked.of} | decision_view(self.policies.open(asked.of), asked.board, asked.betting)

    def _combos(self, asked: CombosAsked) -> dict[str, Any]:
        return combos_view(self.policies.open(asked.of), asked.board, asked.betting, asked.hands)

    def _run(self, asked: RunAsked) -> dict[str, Any]:
        return run_view(self.sources.get("run", asked.of))

    def _buckets(self, asked: RunAsked) -> dict[str, Any]:
        return bucket_view(self.sources.get("run", asked.of))

    def _follow(self, asked: RunAsked) -> Response:
        return self.streams.response(run_events(self.sources.get("run", asked.of), self.streams.pause))


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


async def _nothing(request: Request) -> Response:
    return JSONResponse({"error": "no such address"}, 404)


def site_of(explorer: Explorer, hosts: frozenset[str], token: str, cookie: str) -> ASGIApp:
    """The whole site behind its gate; see ``Gate``."""
    routes = [each.route() for each in explorer.endpoints()]
    routes.append(Route(API + "{path:path}", _nothing))
    routes += [Route(f"/{view}", _page) for view in VIEWS]
    routes.append(Route("/page/{name}", _file))
    return Gate(Starlette(routes=routes), hosts, token, cookie)
