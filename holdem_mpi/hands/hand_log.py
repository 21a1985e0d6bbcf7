"""A file of hands that were dealt by ourselves: an ACPC log, or PHH where its name says so."""

from collections.abc import Sequence
from pathlib import Path

from holdem_mpi.errors import SaveError
from holdem_mpi.formats.acpc import format_line
from holdem_mpi.formats.phh import pokerkit_notation
from holdem_mpi.formats.phh_writer import format_hands
from holdem_mpi.hands.dealing import to_acpc, to_phh
from holdem_mpi.hands.hand import HandHistory
from holdem_mpi.hands.hand_files import PHH_ENDINGS
from holdem_mpi.storage.atomic import write_atomically
from holdem_mpi.storage.line_log import LineLog, check_log


class HandLog:
    """Writes hands to a file.

    path: None for no file. An ACPC log is appended to, hand by hand; a .phh or .phhs file is written by ``close``.

    UserError where it cannot be written, or PHH is asked for without pokerkit.
    """

    def __init__(self, path: str | None) -> None:
        self._phh = Path(path) if path is not None and Path(path).suffix in PHH_ENDINGS else None
        self._hands: list[HandHistory] = []
        if self._phh is not None:
            check_log(str(self._phh))
            pokerkit_notation()
        self._lines = LineLog(None if self._phh is not None else path)

    def line(self, text: str) -> None:
        """Write a comment or a score to an ACPC log; nothing in a PHH file."""
        self._lines.write(text)

    def hand(self, hand: HandHistory, won: Sequence[int]) -> None:
        """A finished hand, whose name is a number. won: net chips by seat."""
        if self._phh is not None:
            self._hands.append(hand)
        else:
            self._lines.write(format_line(to_acpc(hand, won)))

    def close(self) -> None:
        """Finish the file. SaveError where it is not whole."""
        self._lines.close()
        if self._phh is not None and self._hands:
            try:
                write_atomically(self._phh, format_hands(map(to_phh, self._hands)).encode())
            except OSError as error:
                raise SaveError(f"--log {self._phh}: {error.strerror}") from None
