"""Starts the explorer's server on this machine, says where it is, and opens the browser there."""

import contextlib
import os
import secrets
import socket
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

import uvicorn
from starlette.types import ASGIApp

from holdem_mpi.errors import EXIT_OK, UserError
from holdem_mpi.explorer.job_limits import JobLimits
from holdem_mpi.explorer.late_api import LateApi
from holdem_mpi.explorer.pages import behind_gate
from holdem_mpi.explorer.sources import Sources
from holdem_mpi.explorer.spot_store import default_store

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8752
_OPEN_AFTER, _GRACE = 0.3, 2


class ServerOptions(NamedTuple):
    """What a start of the server is told.

    named: the sources on the command line. host, port: to listen at; port 0 is any that is free, None the usual one or
    else any. browser: whether to open one. store: folder of the spots that are solved; None for the user's own. limits:
    of the jobs that solve them.
    """

    named: list[str]
    host: str = LOOPBACK
    port: int | None = None
    browser: bool = True
    store: Path | None = None
    limits: JobLimits = JobLimits()


def serve(options: ServerOptions) -> int:
    """Serve until Ctrl-C or SIGTERM; the exit code. UserError on sources that are none and on a port that is taken."""
    api = LateApi(Sources(options.named), options.store or default_store(), options.limits)
    listening = _listen(options.host, options.port)
    port = listening.getsockname()[1]
    token = secrets.token_urlsafe(24)
    names = {options.host, "localhost"} if options.host == LOOPBACK else {options.host}
    hosts = frozenset(f"{name}:{port}" for name in names)
    site = behind_gate(api, hosts, token, f"holdem_mpi_{port}")
    address = f"http://{options.host}:{port}/?token={token}"
    api.start()
    print(f"the explorer is at {address} (Ctrl-C ends it)", flush=True)
    opened = _browser_at(address) if options.browser else contextlib.nullcontext()
    with listening, opened, contextlib.suppress(KeyboardInterrupt):
        ExplorerServer(site, api.close).run([listening])
    return EXIT_OK


class ExplorerServer(uvicorn.Server):
    """Serves a site over sockets that are bound already.

    at_end: called when the server is told to end, before it waits for answers that are still being sent.
    """

    def __init__(self, site: ASGIApp, at_end: Callable[[], None]) -> None:
        options = {"log_level": "error", "access_log": False, "server_header": False, "ws": "none"}
        super().__init__(uvicorn.Config(site, timeout_graceful_shutdown=_GRACE, **options))
        self._at_end = at_end

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what ``at_end`` ends, then the server itself; uvicorn calls this at a signal."""
        self._at_end()
        await super().shutdown(sockets)


def _listen(host: str, port: int | None) -> socket.socket:
    try:
        return bound_socket(host, DEFAULT_PORT if port is None else port)
    except OSError as error:
        if port is not None:
            raise UserError(f"--port {port}: {error.strerror}; expected a free port of {host}") from None
    return bound_socket(host, 0)


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any free one. OSError where that cannot be had."""
    # With its protocol named: else asyncio does not send at once what is there, and each answer takes 40 ms.
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(128)  # who comes before the server is ready waits
    except (OSError, OverflowError):
        made.close()
        raise
    return made


@contextlib.contextmanager
def _browser_at(address: str) -> Iterator[None]:
    """Open a browser there soon. It is sent by a file that only this user can read: what other users see of a process
    is its command line, and the token is not in that.
    """
    descriptor, name = tempfile.mkstemp(suffix=".html", prefix="holdem_mpi_")
    with os.fdopen(descriptor, "w") as file:
        file.write(f'<!doctype html><meta http-equiv="refresh" content="0; url={escape(address)}">')
    starter = threading.Timer(_OPEN_AFTER, webbrowser.open, [Path(name).as_uri()])
    starter.daemon = True
    starter.start()
    try:
        yield
    finally:
        starter.cancel()
        Path(name).unlink(missing_ok=True)
