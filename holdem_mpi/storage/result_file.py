"""A file of results that an option names: looked at before the work, written whole after it."""

from pathlib import Path

from holdem_mpi.errors import SaveError, UserError
from holdem_mpi.storage.atomic import write_atomically


def check_result_file(option: str, path: str | Path) -> None:
    """UserError, before any work, where ``path`` cannot be written. Leaves nothing there; for one rank."""
    file = Path(path)
    if not file.absolute().parent.is_dir():
        raise UserError(f"{option} {path}: expected a file in a folder that exists")
    if file.exists() and not file.is_file():  # a device would be replaced by a file
        raise UserError(f"{option} {path}: there is something else than a file; expected a file that can be written")
    # Files are replaced, not written over: what counts is whether their folder takes a new one.
    probe = file.with_name(f"{file.name}.probe")
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UserError(f"{option} {path}: {error.strerror}; expected a file that can be written") from None


def write_result_file(option: str, path: str | Path, text: str, lost: str) -> None:
    """Write the file in UTF-8, or replace it. SaveError, which says what is ``lost``, where the disk refuses."""
    try:
        write_atomically(Path(path), text.encode())
    except OSError as error:
        raise SaveError(f"{option} {path}: {error.strerror}; {lost}") from None
