"""Files of other people's hands, opened and read; what stands in them is for ``formats``."""

from collections.abc import Iterator
from pathlib import Path

from holdem_mpi.errors import UserError
from holdem_mpi.formats.room_text import decoded, room_of

PHH_ENDINGS = (".phh", ".phhs")
_ROOM_ENDING = ".txt"
_BEGINNING = 4096  # bytes


def files_of_hands(path: Path) -> list[Path]:
    """The PHH files of a folder and the folders in it, and texts that begin as poker rooms' do, sorted. UserError where
    there is none.
    """
    files = sorted(each for each in path.rglob("*") if each.suffix in (*PHH_ENDINGS, _ROOM_ENDING) and each.is_file())
    files = [each for each in files if each.suffix in PHH_ENDINGS or room_of_file(each)]
    if not files:
        expected = f"files ending in {' or '.join(PHH_ENDINGS)}, or texts of a poker room in {_ROOM_ENDING}"
        raise UserError(f"{path}: expected {expected} in this folder, got none")
    return files


def room_of_file(path: Path) -> str:
    """The poker room whose text a file is, by how it begins; nothing where it is none that is known. UserError where it
    cannot be read.
    """
    try:
        with path.open("rb") as file:
            return room_of(decoded(file.read(_BEGINNING)))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}, expected a file of hands") from None


def read_room_text(path: Path) -> str:
    """The text of a room's file, in whatever of the usual codes it is. UserError where it cannot be read."""
    try:
        return decoded(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}, expected a file of hands") from None


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
