"""An address of the explorer's API: what it may be asked, checked before it is answered, and errors of one line."""

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from holdem_mpi.config.section import Section
from holdem_mpi.config.strict_yaml import explain
from holdem_mpi.errors import UserError
from holdem_mpi.explorer.gate import API
from holdem_mpi.text import one_line, printable

_MOST_BYTES = 256 * 1024


class NotFoundError(UserError):
    """What an address names is not there."""


class Endpoint(NamedTuple):
    """One address.

    method: GET, whose keys stand in the address as texts, or POST, whose keys are one JSON object.
    name: after ``/api/``.
    asked: the keys that it takes; others are refused.
    answer: from such keys to what JSON can hold, or to a response; runs in a thread of its own. UserError becomes an
        answer with its line and status 400, NotFoundError 404.
    """

    method: str
    name: str
    asked: type[Section]
    answer: Callable[[Any], Any]

    def route(self) -> Route:
        """As Starlette takes it."""

        async def handle(request: Request) -> Response:
            try:
                given = self._checked(await _keys(request))
                found = await run_in_threadpool(self.answer, given)
                return found if isinstance(found, Response) else PlainJson(found)
            except NotFoundError as error:
                return _refused(404, error)
            except UserError as error:
                return _refused(400, error)

        return Route(API + self.name, handle, methods=[self.method])

    def _checked(self, keys: dict[str, Any]) -> Section:
        try:
            return self.asked.model_validate(keys)
        except ValidationError as error:
            raise UserError(explain(error, self.asked, self.name, {})) from None


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
    if not isinstance(keys, dict):
        raise UserError("expected one JSON object")
    return keys
