"""A TCP connection that sends and receives lines, each before a deadline: nothing in here waits without bound."""

import socket
import time
from collections.abc import Callable
from typing import Any

from holdem_mpi.errors import ConnectionFailedError, ProtocolError, UserError
from holdem_mpi.formats.acpc_lines import LineBuffer

# Seconds between two looks at whether to stop, between two tries to connect, and that a try may take.
_LOOK, _RETRY, _TRY = 0.25, 0.1, 5.0


class SilenceError(ConnectionFailedError):
    """The other side sent or took nothing before the deadline."""


class GoneError(ConnectionFailedError):
    """The connection ended where it should have gone on."""


class StoppedError(Exception):
    """The wait was ended by a signal, not by the other side."""


Stop = Callable[[], bool]


def never() -> bool:
    """False: the stop condition of waits that only a deadline ends."""
    return False


class LineConnection:
    """One end of a connection. peer: its name in messages. Deadlines are of time.monotonic."""

    def __init__(self, connection: socket.socket, peer: str, is_stopped: Stop = never) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket, self.peer, self._is_stopped = connection, peer, is_stopped
        self._buffer = LineBuffer()

    def _wait(self, until: float) -> bool:
        """Give the next call on the socket a while; False where the time is up."""
        if self._is_stopped():
            raise StoppedError
        left = until - time.monotonic()
        self._socket.settimeout(min(max(left, 1e-4), _LOOK))
        return left > 0

    def send(self, text: str, until: float) -> None:
        """Send a line. SilenceError where the peer does not read until then, GoneError where it has left."""
        data = memoryview(text.encode("ascii") + b"\r\n")
        while data:
            if not self._wait(until):
                raise SilenceError(f"{self.peer} does not read what it is sent")
            try:
                data = data[self._socket.send(data) :]
            except TimeoutError:
                continue
            except OSError as error:
                raise GoneError(f"{self.peer} has left: {error.strerror}") from None

    def read_line(self, until: float) -> bytes | None:
        """The next line; None where the peer has closed the connection after the last one.

        SilenceError where none comes until then, GoneError where the connection ends within a line or is reset.
        """
        late = False
        while (line := self._buffer.pop()) is None:
            if late:
                raise SilenceError(f"{self.peer} is silent")
            late = not self._wait(until)
            try:
                data = self._socket.recv(1 << 16)
            except TimeoutError:
                continue
            except OSError as error:
                raise GoneError(f"{self.peer} has left: {error.strerror}") from None
            if not data:
                if self._buffer.is_inside:
                    raise GoneError(f"{self.peer} has left in the middle of a line")
                return None
            self._buffer.feed(data)
        return line

    def read_value(
        self, until: float, parse: Callable[[bytes], Any], refuse: Callable[[ProtocolError], None]
    ) -> Any | None:
        """What ``parse`` makes of the first line that it does not ignore (None); None at the end, as ``read_line``.

        refuse: told each line that ``parse`` raises ProtocolError of, and may raise itself. SilenceError where only
        such lines come until then.
        """
        while (line := self.read_line(until)) is not None:
            try:
                value = parse(line)
            except ProtocolError as error:
                refuse(error)
                value = None
            if value is not None:
                return value
            if time.monotonic() > until:
                raise SilenceError(f"{self.peer} says nothing that counts")
        return None

    def close(self) -> None:
        """Close the connection; the other side reads its end."""
        self._socket.close()


def connect(host: str, port: int, peer: str, until: float, is_stopped: Stop = never) -> LineConnection:
    """A connection to a server, which may still be starting. ConnectionFailedError where there is none until then."""
    while True:
        if is_stopped():
            raise StoppedError
        left = until - time.monotonic()
        try:
            return LineConnection(socket.create_connection((host, port), min(max(left, 1e-3), _TRY)), peer, is_stopped)
        except socket.gaierror as error:
            raise UserError(f"--host {host}: {error.strerror}; expected a name or an address") from None
        except OSError as error:
            if left <= _RETRY:
                raise ConnectionFailedError(f"{peer} does not answer: {error.strerror or error}") from None
            time.sleep(_RETRY)


class Listener:
    """A port that one peer at a time connects to; again, where it has left."""

    def __init__(self, port: int, peer: str, is_stopped: Stop = never, host: str = "") -> None:
        self.peer, self._is_stopped = peer, is_stopped
        try:
            self._socket = socket.create_server((host, port), backlog=1)
        except OSError as error:
            raise UserError(f"--port {port}: {error.strerror}; expected a free port") from None

    @property
    def port(self) -> int:
        """The port, also where the system has chosen it."""
        return self._socket.getsockname()[1]

    def accept(self, until: float) -> LineConnection:
        """The next connection. SilenceError where none comes until then."""
        while True:
            if self._is_stopped():
                raise StoppedError
            left = until - time.monotonic()
            self._socket.settimeout(min(max(left, 1e-4), _LOOK))
            try:
                return LineConnection(self._socket.accept()[0], self.peer, self._is_stopped)
            except TimeoutError:
                if left <= 0:
                    raise SilenceError(f"{self.peer} does not connect") from None
            except OSError as error:  # such as one that left before it was let in
                if left <= 0:
                    raise SilenceError(f"{self.peer} does not connect: {error.strerror}") from None
                time.sleep(_RETRY)

    def close(self) -> None:
        """Close the port, so that nobody can connect any more."""
        self._socket.close()
