"""Lines of one kind on standard error, such as those about hands left out: the first ones, and how many there were."""

import sys

from holdem_mpi.text import printable


class ToldLines:
    """Prints lines as they come, each after ``title``, but no more than ``most`` of them. count: of all."""

    def __init__(self, title: str, most: int) -> None:
        self._title, self._most, self.count = title, most, 0

    def tell(self, line: str) -> None:
        """Print one more line, or count it only."""
        self.count += 1
        if self.count <= self._most:
            more = "; further ones are counted only" if self.count == self._most else ""
            print(f"{self._title}: {printable(line)}{more}", file=sys.stderr, flush=True)
