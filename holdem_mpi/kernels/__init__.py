"""Compiled functions over arrays; they import nothing of the project outside this package.

Numba caches a compiled function by its own file alone, while its machine code holds that of the functions it calls, in
whatever file they are. So an edit (or an update) of one kernel would leave old code in its callers, and wrong results
nobody sees. The cache is therefore kept in a folder named by a digest of all kernels together.
"""

import hashlib
import os
import warnings
from pathlib import Path

import numba
from numba.core.errors import NumbaIRAssumptionWarning

from holdem_mpi.kernels.one_compiler import keep_processes_apart


def _cache_folder() -> str:
    """Folder for this version of the kernels: below $NUMBA_CACHE_DIR, beside the sources, or in the user's cache."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(here.parent.glob("**/*.py")):
        text = path.read_bytes()
        if b"njit" in text:
            digest.update(path.name.encode() + text)
    beside = here / "__pycache__"
    base = numba.config.CACHE_DIR
    if not base and os.access(beside if beside.exists() else here, os.W_OK):
        base = beside
    return str(Path(base or Path.home() / ".cache" / "holdem_mpi") / f"numba-{digest.hexdigest()[:16]}")


numba.config.CACHE_DIR = _cache_folder()
# A check of Numba's own, for its developers: it stumbles over variables that an inlined function sets on one branch.
warnings.filterwarnings("ignore", category=NumbaIRAssumptionWarning)
if not numba.config.DISABLE_JIT:
    keep_processes_apart()
