"""The API while the server starts: it is there at once, and each question waits for the part that answers it."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Receive, Scope, Send

from holdem_mpi.explorer.endpoint import api_of
from holdem_mpi.explorer.gate import API
from holdem_mpi.explorer.job_limits import JobLimits
from holdem_mpi.explorer.sources import Sources, listing

if TYPE_CHECKING:
    from holdem_mpi.explorer.site import Explorer

# Of the part that needs no loading, and with what addresses of the part begin that is loaded first.
_LISTING, _FIRST = f"{API}sources", f"{API}policy/"


class LateApi:
    """An ASGI application that a thread loads: first what shows policies, then all the rest.

    sources, store, limits: as ``Explorer`` takes them.
    """

    def __init__(self, sources: Sources, store: Path, limits: JobLimits) -> None:
        self._sources, self._store, self._limits = sources, store, limits
        self._explorer: Explorer | None = None
        self._listing = api_of([listing(sources)])
        self._first: Future[ASGIApp] = Future()
        self._whole: Future[ASGIApp] = Future()

    def start(self) -> None:
        """Load the parts, one after another, in a thread of their own, from which questions wait for theirs."""
        threading.Thread(target=self._load, name="loading", daemon=True).start()

    def close(self) -> None:
        """End what goes on in the background; the server does."""
        if self._explorer is not None:
            self._explorer.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one question, as soon as what answers it is there."""
        if scope["path"] == _LISTING:
            found: ASGIApp = self._listing
        else:
            early = scope["path"].startswith(_FIRST) and not self._whole.done()
            # Shielded: who asks no more ends no loading.
            found = await asyncio.shield(asyncio.wrap_future(self._first if early else self._whole))
        await found(scope, receive, send)

    def _load(self) -> None:
        parts, left = self._parts(), [self._first, self._whole]
        try:
            while left:
                left[0].set_result(next(parts))
                left.pop(0)
        except BaseException as error:
            for each in left:
                each.set_exception(error)
            raise

    def _parts(self) -> Iterator[ASGIApp]:
        """The first part, then the whole. What takes long is imported here, in the order in which it is asked for."""
        from holdem_mpi.explorer.policy_api import PolicyApi

        policies = PolicyApi(self._sources)
        policies.begin()
        yield api_of(policies.endpoints())
        policies.open_first()
        from holdem_mpi.explorer.site import Explorer

        self._explorer = Explorer(self._sources, self._store, self._limits, policies)
        yield api_of(self._explorer.endpoints())
