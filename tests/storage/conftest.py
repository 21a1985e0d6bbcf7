"""Children that are killed, and arrays whose content tells the generation they belong to."""

import os
import traceback

import numpy as np
import pytest


@pytest.fixture
def fork():
    """Run a function in a forked child; its process id. The child ends with 0, or with 1 after an exception."""

    def fork(function) -> int:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                function()
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        return pid

    return fork


@pytest.fixture
def arrays_of():
    """The arrays of a generation, different in every element from those of any other."""

    def arrays_of(number: int, size: int = 12) -> dict[str, np.ndarray]:
        return {
            "regret": np.arange(size, dtype=np.float64) + number,
            "strategy": np.full((3, size), number, dtype=np.float32),
            "visits": np.full(size, number, dtype=np.int64),
        }

    return arrays_of
