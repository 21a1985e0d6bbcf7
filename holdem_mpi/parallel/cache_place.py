"""Where what is built once is kept: of several folders the first that can be written, at last a temporary one.

Tables ask here. Compiled kernels go where ``holdem_mpi.kernels`` says, which looks at ``NUMBA_CACHE_DIR`` first: that
is set here, before Numba is imported, where the usual places are not to be used or cannot be.
"""

import functools
import logging
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

CACHE_VARIABLE = "HOLDEM_MPI_CACHE"
_NUMBAS = "NUMBA_CACHE_DIR"


def is_writable(folder: Path) -> bool:
    """Whether files can be made in ``folder``, which is made where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def user_folder() -> Path | None:
    """The user's cache folder for this package (of the XDG base directories); None where nobody knows a home."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    return folder / "holdem_mpi" if folder.is_absolute() else None  # ~ stays ~ where it stands for nothing


def first_writable(folders: Iterable[Path | None]) -> Path:
    """The first of the folders that is there and can be written, else ``temporary_folder``."""
    return next((folder for folder in folders if folder and is_writable(folder)), None) or temporary_folder()


@functools.cache
def temporary_folder() -> Path:
    """A folder for this user below the system's temporary one, the same in every process; the first call says so.

    Numba runs the code that it finds there: where the name is taken by somebody else, it is a new folder.
    """
    folder = Path(tempfile.gettempdir()) / f"holdem_mpi-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
    except OSError:
        own = False
    if not (own and is_writable(folder)):
        folder = Path(tempfile.mkdtemp(prefix="holdem_mpi-"))
    logging.getLogger("holdem_mpi").warning(
        "note: no cache folder can be written, so compiled kernels and tables are kept in %s; %s names another",
        folder,
        CACHE_VARIABLE,
    )
    return folder


def place_kernels() -> None:
    """Set ``NUMBA_CACHE_DIR`` where compiled kernels are not to be kept beside the package, or cannot be: to what it
    was, to ``$HOLDEM_MPI_CACHE``, to the user's folder or a temporary one. To be called before Numba is imported.
    """
    kernels = Path(__file__).parents[1] / "kernels" / "__pycache__"
    named = [Path(os.environ[name]) for name in (_NUMBAS, CACHE_VARIABLE) if os.environ.get(name)]
    usual = [kernels, user_folder()]
    found = first_writable([*named, *usual])
    if named or found != kernels:
        os.environ[_NUMBAS] = str(found)
