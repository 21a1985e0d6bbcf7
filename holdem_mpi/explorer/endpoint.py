"""An address of the explorer's API: what it may be asked, checked before it is answered, and errors of one line."""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from holdem_mpi.config.section import Section
from holdem_mpi.config.strict_yaml import explain
from holdem_mpi.errors import UserError
from holdem_mpi.explorer.gate import API
from holdem_mpi.text import one_line, printable

_MOST_BYTES, _MOST_DEPTH, _LOOK_SECONDS = 256 * 1024, 8, 0.1
# What is quick is answered in turn. Of many threads that compute in Python, each would take a share of the lock that
# they have in common: all would be as late as the last, and the server's loop, which sends, later than they.
_IN_TURN = ThreadPoolExecutor(2, thread_name_prefix="quick")

Pause = Callable[[float], Awaitable[bool]]
"""Waits so many seconds; False where the server ends."""


class NotFoundError(UserError):
    """What an address names is not there."""


class NothingAsked(Section):
    """The query of an endpoint that takes no keys; any that is given is refused."""


class Endpoint(NamedTuple):
    """One address.

    method: GET, whose keys stand in the address as texts, or POST, whose keys are one JSON object.
    name: after ``/api/``.
    asked: the keys that it takes; others are refused.
    answer: from such keys to what JSON can hold, or to a response; runs in a thread of its own. UserError becomes an
        answer with its line and status 400, NotFoundError 404.
    quick: whether an answer takes some milliseconds at most, so that others may wait for it.
    """

    method: str
    name: str
    asked: type[Section]
    answer: Callable[[Any], Any]
    quick: bool = False

    def route(self) -> Route:
        """The endpoint as a Starlette route, which checks the keys before it calls the endpoint."""

        async def handle(request: Request) -> Response:
            try:
                given = self._checked(await _keys(request))
                if self.quick:
                    return await asyncio.get_running_loop().run_in_executor(_IN_TURN, self._answered, given)
                return await run_in_threadpool(self._answered, given)
            except NotFoundError as error:
                return _refused(404, error)
            except UserError as error:
                return _refused(400, error)

        return Route(API + self.name, handle, methods=[self.method])

    def _answered(self, given: Section) -> Response:
        found = self.answer(given)
        return found if isinstance(found, Response) else PlainJson(found)

    def _checked(self, keys: dict[str, Any]) -> Section:
        try:
            return self.asked.model_validate(keys)
        except ValidationError as error:
            raise UserError(explain(error, self.asked, self.name, {})) from None


def api_of(endpoints: Iterable[Endpoint]) -> Starlette:
    """The application that answers under ``/api/``; there is no other address."""
    api = Starlette(routes=[*(each.route() for each in endpoints), Route(API + "{path:path}", _nothing)])
    api.router.redirect_slashes = False
    return api


async def _nothing(request: Request) -> Response:
    return JSONResponse({"error": "no such address"}, 404)


class Streams:
    """Answers that stay open and send events as they come; so many at once, since each holds a connection."""

    def __init__(self, most: int = 64) -> None:
        self._most, self._open, self._closed = most, 0, False

    def close(self) -> None:
        """Let all of them end soon: the server does."""
        self._closed = True

    async def pause(self, seconds: float) -> bool:
        """Wait, and say whether to go on; False at once when the server ends."""
        end = time.monotonic() + seconds
        while not self._closed and time.monotonic() < end:
            await asyncio.sleep(_LOOK_SECONDS)
        return not self._closed

    def response(self, events: AsyncIterator[str]) -> Response:
        """The answer that sends ``events``. UserError where there are too many already."""
        if self._open >= self._most:
            raise UserError(f"{self._most} pages follow something already; expected one of them to be closed first")

        async def counted() -> AsyncIterator[str]:
            self._open += 1
            try:
                async for each in events:
                    yield each
            finally:
                self._open -= 1

        return StreamingResponse(counted(), media_type="text/event-stream")


class PlainJson(JSONResponse):
    """JSON as browsers read it: NaN, which it has no word for, is null."""

    def render(self, content: Any) -> bytes:
        """The bytes of ``content``."""
        try:
            return super().render(content)
        except ValueError:
            return super().render(_without_nan(content))


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _refused(status: int, error: UserError) -> Response:
    return JSONResponse({"error": printable(one_line(str(error)))}, status)


async def _keys(request: Request) -> dict[str, Any]:
    """The keys of a request. UserError where they are not as HTTP and JSON have them."""
    if request.method == "GET":
        given = request.query_params.multi_items()
        if len(dict(given)) < len(given):
            raise UserError("expected each key once in the address")
        return dict(given)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            raise UserError(f"expected at most {_MOST_BYTES} bytes")
    try:
        keys = json.loads(body)
    except (ValueError, RecursionError):
        raise UserError("expected one JSON object") from None
    if not isinstance(keys, dict) or _depth(keys) > _MOST_DEPTH:
        raise UserError("expected one JSON object, not deeply nested")
    return keys


def _depth(value: Any) -> int:
    """How deeply lists and objects of JSON are nested."""
    level, depth = [value], 0
    while level and depth <= _MOST_DEPTH:
        depth += 1
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        level = [below for each in inner for below in each]
    return depth
