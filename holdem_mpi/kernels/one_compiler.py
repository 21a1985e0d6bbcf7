"""Each kernel is compiled by one process of a host: whoever comes to need it meanwhile waits, and loads what was made.

Numba's own cache does not keep processes apart. Two that compile a kernel at once both take the time; and where they
compile it for different types, each may write the index of what there is without the other's, or over its code.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import NullCache
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher

_PACKAGE = __name__.partition(".")[0]
# Names of the kernels that this process has locked: one that is being compiled may come to need itself.
_held: set[str] = set()
# Names of those that it has compiled.
_compiled: set[str] = set()


def keep_processes_apart() -> None:
    """From now on let this process compile a kernel of this package only while no other one compiles it."""
    compile_alone = Dispatcher.compile
    if getattr(compile_alone, "keeps_apart", False):
        return

    def compile_one(self: Any, signature: Any) -> Any:
        name = f"{self.py_func.__module__}.{self.py_func.__qualname__}"
        if not name.startswith(_PACKAGE + ".") or isinstance(self._cache, NullCache) or name in _held:
            return compile_alone(self, signature)
        # Numba's lock of threads first, as inside: threads that took the two in different orders would wait for ever.
        with global_compiler_lock, _locked(name):
            missed = sum(self.stats.cache_misses.values())
            entry = compile_alone(self, signature)
            if sum(self.stats.cache_misses.values()) > missed:
                _compiled.add(name)
            return entry

    compile_one.keeps_apart = True  # type: ignore[attr-defined]
    Dispatcher.compile = compile_one


def has_compiled() -> bool:
    """Whether this process has compiled kernels: it is hundreds of megabytes larger then than one that loads them."""
    return bool(_compiled)


@contextlib.contextmanager
def _locked(name: str) -> Iterator[None]:
    """Hold a kernel's lock, which ends with the process that holds it; none where the cache has no place for locks."""
    handle = None
    try:
        folder = Path(numba.config.CACHE_DIR) / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / name.replace("<", "").replace(">", ""), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:  # a folder that cannot be written, or a file system without locks: all go by Numba's cache alone
        pass
    _held.add(name)
    try:
        yield
    finally:
        _held.discard(name)
        if handle is not None:
            os.close(handle)
