"""Lines out of bytes that come in pieces, several lines at once or a byte at a time."""

from holdem_mpi.formats.acpc import MAX_LINE


class LineBuffer:
    """Holds what has come of a line. Never more than MAX_LINE + 1 bytes of one, whatever is sent."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._lines: list[bytes] = []
        self._skips = False  # the rest of a line that was too long

    def feed(self, data: bytes) -> None:
        """Take bytes in."""
        *whole, rest = data.split(b"\n")
        for part in whole:
            self._end(part + b"\n")
        if not self._skips:
            self._rest += rest[: MAX_LINE + 1 - len(self._rest)]
            if len(self._rest) > MAX_LINE:
                self._lines.append(bytes(self._rest))
                self._rest.clear()
                self._skips = True

    def _end(self, part: bytes) -> None:
        if not self._skips:
            self._lines.append(bytes(self._rest + part)[: MAX_LINE + 1])
        self._rest.clear()
        self._skips = False

    def pop(self) -> bytes | None:
        """The next line with its end, only MAX_LINE + 1 bytes of a longer one; None where none is whole yet."""
        return self._lines.pop(0) if self._lines else None

    @property
    def is_inside(self) -> bool:
        """Whether a line has begun and not ended."""
        return bool(self._rest) or self._skips
