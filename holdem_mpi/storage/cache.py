"""Where tables that are built once are kept."""

import os
from pathlib import Path

from holdem_mpi.parallel.cache_place import CACHE_VARIABLE, is_writable, temporary_folder, user_folder


def cache_folder(cache_dir: str | os.PathLike[str] | None = None) -> Path:
    """Where tables are kept: ``cache_dir``, else $HOLDEM_MPI_CACHE, else the user's cache folder, else a temporary one.

    A folder that was named may be one that can only be read, with all tables in it, and so may the user's.
    """
    if named := cache_dir or os.environ.get(CACHE_VARIABLE):
        return Path(named)
    folder = user_folder()
    if folder and (is_writable(folder) or next(folder.glob("*.*"), None)):
        return folder
    return temporary_folder()
