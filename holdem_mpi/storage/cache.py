"""Where what is built once is kept."""

import os
from pathlib import Path

import platformdirs

CACHE_VARIABLE = "HOLDEM_MPI_CACHE"


def cache_folder(cache_dir: str | os.PathLike[str] | None = None) -> Path:
    """Where tables are kept: ``cache_dir``, else $HOLDEM_MPI_CACHE, else the user's cache folder."""
    return Path(cache_dir or os.environ.get(CACHE_VARIABLE) or platformdirs.user_cache_dir("holdem_mpi"))
