"""Requests to Slumbot's web interface: JSON over HTTP, each before a deadline, and what may go wrong told apart.

A request that was not sent can be sent again. One whose answer was lost may have been carried out, and must not.
"""

import http.client
import json
import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from holdem_mpi.errors import UserError
from holdem_mpi.play.connection import Stop, StoppedError
from holdem_mpi.text import printable

PUBLIC_URL = "https://slumbot.com/slumbot/api"
_MOST_BYTES = 1 << 16
_LOOK = 0.05  # seconds between two looks at whether to stop
_LONGEST_WAIT = 60.0  # that a server may ask for
_NOT_NOW = (429, 503)


class NotSentError(Exception):
    """The request did not reach the server, which did nothing. wait: seconds that it asked for before the next one."""

    def __init__(self, text: str, wait: float = 0.0) -> None:
        super().__init__(text)
        self.wait = wait


class LostAnswerError(Exception):
    """The request went out; whether it was carried out is not known."""


class RefusedError(Exception):
    """The server answered with an error message of its own."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is told, not followed: it would lose the request's body, or send it to who knows whom."""

    def redirect_request(self, *arguments: Any) -> None:
        """None: the answer is an error like any other."""


class SlumbotRequests:
    """Sends requests to the interface at ``url`` (http or https).

    seconds: for an answer, however slowly it comes.

    UserError where the address is none.
    """

    def __init__(self, url: str, seconds: float, is_stopped: Stop) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UserError(f"--url {url}: expected an address such as {PUBLIC_URL}")
        self.peer = parts.hostname
        self._url, self._seconds, self._is_stopped = url.rstrip("/"), seconds, is_stopped
        self._opener = urllib.request.build_opener(_NoRedirect)

    def post(self, endpoint: str, body: dict[str, Any]) -> dict[str, Any]:
        """The server's answer. NotSentError, LostAnswerError, RefusedError; StoppedError after a signal."""
        headers = {"Content-Type": "application/json", "User-Agent": "holdem_mpi"}
        request = urllib.request.Request(f"{self._url}/{endpoint}", json.dumps(body).encode(), headers, method="POST")
        data = self._before_deadline(lambda: self._exchange(request))
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError):
            raise LostAnswerError(f"{self.peer} answered with what is no JSON") from None
        if not isinstance(answer, dict):
            raise LostAnswerError(f"{self.peer} answered with JSON that is no object")
        if "error_msg" in answer:
            raise RefusedError(f"{self.peer}: {printable(str(answer['error_msg']))[:200]}")
        return answer

    def wait(self, seconds: float) -> None:
        """Do nothing for a while. StoppedError after a signal."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._is_stopped():
                raise StoppedError
            time.sleep(min(left, _LOOK))

    def _exchange(self, request: urllib.request.Request) -> bytes:
        try:
            with self._opener.open(request, timeout=self._seconds) as answer:
                data = answer.read(_MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            return self._of_status(error)
        except urllib.error.URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise LostAnswerError(f"{self.peer} does not take the request") from None
            raise NotSentError(f"{self.peer} does not answer: {error.reason}") from None
        except (OSError, http.client.HTTPException) as error:
            raise LostAnswerError(f"{self.peer} hung up: {type(error).__name__}") from None
        if len(data) > _MOST_BYTES:
            raise LostAnswerError(f"{self.peer} answered with more than {_MOST_BYTES} bytes")
        return data

    def _of_status(self, error: urllib.error.HTTPError) -> bytes:
        """The body of an answer with another status than 200, where it has an error message."""
        text = f"{self.peer} answered with HTTP status {error.code}"
        if error.code in _NOT_NOW:
            asked = error.headers.get("Retry-After") or ""
            raise NotSentError(text, min(float(asked), _LONGEST_WAIT) if asked.isdecimal() else 0.0)
        try:
            data = error.read(_MOST_BYTES)
            told = json.loads(data)
        except (OSError, http.client.HTTPException, ValueError, RecursionError):
            told = None
        if isinstance(told, dict) and "error_msg" in told:
            return data
        if 300 <= error.code < 400:
            raise UserError(
                f"{text}, moved to {printable(str(error.headers.get('Location')))}; expected --url to be that"
            )
        raise LostAnswerError(text)

    def _before_deadline(self, exchange: Callable[[], bytes]) -> bytes:
        """What ``exchange`` returns, in time: a socket's own time-out begins anew with every byte."""
        done: queue.SimpleQueue[tuple[bytes | None, Exception | None]] = queue.SimpleQueue()

        def work() -> None:
            try:
                done.put((exchange(), None))
            except Exception as error:  # handed to who waits
                done.put((None, error))

        threading.Thread(target=work, daemon=True).start()
        until = time.monotonic() + self._seconds
        while True:
            if self._is_stopped():
                raise StoppedError
            try:
                data, error = done.get(timeout=_LOOK)
                break
            except queue.Empty:
                if time.monotonic() > until:
                    raise LostAnswerError(f"{self.peer} did not answer within {self._seconds:g} s") from None
        if error is not None:
            raise error
        assert data is not None
        return data
