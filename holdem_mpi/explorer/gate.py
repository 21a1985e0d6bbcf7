"""Who may ask the explorer's server: browsers that know its token, at its own address, from its own pages."""

import secrets
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/api/"
_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Gate:
    """Stands before an ASGI application and lets through what the server's own pages ask for.

    The pages themselves hold nothing and are given to anybody on this machine; everything under ``/api/`` needs the
    cookie, which is set where an address has the token in it (``?token=...``).

    host: that requests must name, ``127.0.0.1:8752``; so names that others point at this machine are refused.
    token: random, printed at the start. cookie: its name, with the port in it: cookies know no ports.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str], token: str, cookie: str) -> None:
        self._app, self._hosts, self._token, self._cookie = app, hosts, token, cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request; every answer gets the headers that keep other pages out."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        enters = scope["method"] == "GET" and not scope["path"].startswith(API) and self._has_token(scope)

        async def send_closed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                if enters:
                    kept = f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict"
                    headers.append("Set-Cookie", kept)
            await send(message)

        refused = self._refusal(scope)
        await (refused or self._app)(scope, receive, send_closed)

    def _has_token(self, scope: Scope) -> bool:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        return len(given) == 1 and self._is_token(given[0])

    def _is_token(self, text: str) -> bool:
        return secrets.compare_digest(text.encode("utf-8", "replace"), self._token.encode())

    def _refusal(self, scope: Scope) -> Response | None:
        """What to answer instead; None where the request may pass."""
        headers = Headers(scope=scope)
        host = headers.getlist("host")
        if len(host) != 1 or host[0] not in self._hosts:
            return _error(421, f"expected the address {' or '.join(sorted(self._hosts))}")
        origin = headers.getlist("origin")
        if origin and origin != [f"http://{host[0]}"]:
            return _error(403, "asked from a page of another origin")
        if not scope["path"].startswith(API):
            return None if scope["method"] in ("GET", "HEAD") else _error(405, "expected GET")
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return _error(403, "asked from a page of another site")
        if scope["method"] not in ("GET", "HEAD"):
            if not origin:
                return _error(403, "asked from no page of this server")
            if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
                return _error(415, "expected application/json")
        kept = cookie_parser("; ".join(headers.getlist("cookie"))).get(self._cookie, "")
        return None if self._is_token(kept) else _error(401, "expected the token that the server printed at its start")


def _error(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)
