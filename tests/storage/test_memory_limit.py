"""A file that cannot be mapped for want of memory is not called damaged."""

import errno
import os

import numpy as np
import pytest

from holdem_mpi.errors import DataError, UserError
from holdem_mpi.storage import array_folder
from holdem_mpi.storage.array_folder import open_array_folder, save_array_folder
from holdem_mpi.storage.memory_limit import refuse_without_memory


def test_only_want_of_memory_is_told(tmp_path):
    for error in (ValueError("header"), OSError(errno.EIO, "Input/output error")):
        refuse_without_memory(tmp_path / "table.npy", 5 << 30, error)
    for error in (MemoryError(), OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))):
        with pytest.raises(UserError, match=r"table.npy: 5 GiB of address space are refused; expected .*ulimit -v"):
            refuse_without_memory(tmp_path / "table.npy", 5 << 30, error)


def test_a_folder_of_arrays(tmp_path, monkeypatch):
    save_array_folder(tmp_path / "a", {"table": np.arange(5.0)}, {}, "test", 1)

    def refused(file):
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(array_folder, "_map", refused)
    with pytest.raises(UserError, match="address space") as caught:
        open_array_folder(tmp_path / "a", "test", 1, verify=True)
    assert not isinstance(caught.value, DataError)
