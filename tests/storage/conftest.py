"""Children that are killed, and arrays whose content tells the generation they belong to."""

import os
import traceback

import numpy as np
import pytest

from holdem_mpi.storage.checkpoint import load_latest, save_generation

META = {"fingerprint": "f" * 64, "semantic": {"solver.seed": 1, "lanes": None}, "progress": {"batch": 3, "share": 0.1}}


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


@pytest.fixture
def save(tmp_path, arrays_of):
    """Save a generation whose content follows from its number."""

    def save(number: int, keep: int = 2, size: int = 12):
        return save_generation(tmp_path, number, arrays_of(number, size), META, keep)

    return save


@pytest.fixture
def loaded(tmp_path, arrays_of):
    """Number of the newest generation that loads, its arrays being exactly what was saved, and the warnings."""

    def loaded(size: int = 12) -> tuple[int, list[str]]:
        arrays, manifest, warnings = load_latest(tmp_path)
        expected = arrays_of(manifest["number"], size)
        assert arrays.keys() == expected.keys()
        for name, array in arrays.items():
            assert array.dtype == expected[name].dtype
            np.testing.assert_array_equal(array, expected[name])
        return manifest["number"], warnings

    return loaded
