"""A file that gets a line now and then; a disk that refuses one does not stop what is going on."""

import contextlib

from holdem_mpi.errors import SaveError, UserError


def check_log(path: str, option: str = "--log") -> None:
    """UserError where the file that ``option`` names cannot be written."""
    try:
        open(path, "a").close()
    except OSError as error:
        raise UserError(f"{option} {path}: {error.strerror}; expected a file that can be written") from None


class LineLog:
    """Appends lines to a file, None: to nothing. Once the disk has refused, it stays as it is, and ``close`` says so.

    UserError where it cannot be opened.
    """

    def __init__(self, path: str | None, option: str = "--log") -> None:
        self._name, self._problem = f"{option} {path}", ""
        if path is not None:
            check_log(path, option)
        self._file = open(path, "a") if path is not None else None  # noqa: SIM115, closed by ``close``

    def write(self, line: str) -> None:
        """Append a line, in the file when this returns."""
        if self._file is None or self._problem:
            return
        try:
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as error:
            self._problem = str(error.strerror)

    def close(self) -> None:
        """SaveError where a line was refused."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # what the disk refused is still there to be written
                self._file.close()
        self._file = None
        if self._problem:
            raise SaveError(f"{self._name}: {self._problem}; what came after that is not in it")
