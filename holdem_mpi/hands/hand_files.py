"""Files of other people's hands, opened and read; what stands in them is for ``formats``."""

from collections.abc import Iterator
from pathlib import Path

from holdem_mpi.errors import UserError

PHH_ENDINGS = (".phh", ".phhs")


def phh_files(path: Path) -> list[Path]:
    """The PHH files of a folder and the folders in it, sorted. UserError where there is none."""
    files = sorted(each for each in path.rglob("*") if each.suffix in PHH_ENDINGS and each.is_file())
    if not files:
        raise UserError(f"{path}: expected files ending in {' or '.join(PHH_ENDINGS)} in this folder, got none")
    return files


def read_text(path: Path, expected: str = "a file of hands") -> str:
    """The text of a file, without a byte-order mark. UserError, which says ``expected``, where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}, expected {expected}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: expected UTF-8 text, got byte {error.object[error.start]:#04x}") from None


def numbered_lines(path: Path, longest: int) -> Iterator[tuple[int, bytes]]:
    """(number from 1, line with its end) of a file. Of a line above ``longest`` bytes only longest + 1 are given.

    UserError where the file cannot be read.
    """
    number = 0
    try:
        with path.open("rb") as file:
            while line := file.readline(longest + 1):
                rest = line
                while len(rest) > longest and not rest.endswith(b"\n"):
                    rest = file.readline(longest + 1)
                number += 1
                yield number, line
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}, expected a file of hands") from None
