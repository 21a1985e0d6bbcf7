"""Kernel calls whose arguments' types are looked up once: with many arrays, that can take longer than the kernel."""

from collections.abc import Callable
from typing import Any

import numba


class KernelCall:
    """Calls one kernel, always with arguments of the same types as at the first call.

    Numba works out the types of all arguments at each call, which takes three quarters of a millisecond where
    NamedTuples hold fifty arrays. This asks it once. Without the compiler (``NUMBA_DISABLE_JIT``) it calls the function
    itself.
    """

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._entry: Callable | None = None

    def __call__(self, *arguments: Any) -> Any:
        """What the kernel returns. The first call may compile."""
        if self._entry is not None:
            return self._entry(*arguments)
        result = self._kernel(*arguments)
        signatures = getattr(self._kernel, "overloads", None)
        if signatures is None:
            self._entry = self._kernel
        else:
            self._entry = signatures[tuple(numba.typeof(argument) for argument in arguments)].entry_point
        return result
