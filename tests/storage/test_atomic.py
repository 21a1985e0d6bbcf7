"""Bytes and hashes as NumPy and hashlib have them; files and folders that appear whole or not at all."""

import errno
import hashlib
import os

import numpy as np
import pytest

from holdem_mpi.storage import atomic
from holdem_mpi.storage.atomic import (
    bytes_of_array,
    chunks_of,
    new_folder,
    settled_folder,
    sha256_of_file,
    write_atomically,
    write_durably,
)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (1000,), (7, 11)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.uint8, np.bool_])
def test_chunks_are_the_bytes_of_an_array(monkeypatch, shape, dtype):
    monkeypatch.setattr(atomic, "CHUNK_BYTES", 64)
    array = (np.arange(np.prod(shape, dtype=int)) % 5).reshape(shape).astype(dtype)
    for each in (array, np.asfortranarray(array)):
        assert b"".join(chunks_of(bytes_of_array(each))) == array.tobytes()


def test_bytes_of_strided_arrays_are_those_of_their_values():
    array = np.arange(20.0)
    assert bytes(bytes_of_array(array[::2])) == array[::2].tobytes()


def test_file_hash(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "CHUNK_BYTES", 64)
    for count in (0, 1, 64, 65, 1000):
        data = os.urandom(count)
        (tmp_path / "f").write_bytes(data)
        assert sha256_of_file(tmp_path / "f") == hashlib.sha256(data).hexdigest()


def test_a_file_is_replaced_or_kept(tmp_path, monkeypatch):
    path = tmp_path / "f"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new" and os.listdir(tmp_path) == ["f"]

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"newer")
    assert path.read_bytes() == b"new" and os.listdir(tmp_path) == ["f"]


def fill(path, text: bytes) -> None:
    with new_folder(path) as partial:
        write_durably(partial / "x", iter([text]))


def test_a_folder_is_replaced_or_kept(tmp_path):
    path = tmp_path / "deep" / "folder"
    fill(path, b"old")
    fill(path, b"new")
    assert (path / "x").read_bytes() == b"new" and os.listdir(path.parent) == ["folder"]
    with pytest.raises(RuntimeError), new_folder(path) as partial:
        write_durably(partial / "x", iter([b"newer"]))
        raise RuntimeError
    assert (path / "x").read_bytes() == b"new" and os.listdir(path.parent) == ["folder"]


def test_a_failed_rename_puts_the_old_folder_back(tmp_path, monkeypatch):
    path = tmp_path / "folder"
    fill(path, b"old")
    rename, calls = os.rename, []

    def second_fails(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(errno.EIO, "Input/output error")
        rename(source, target)

    monkeypatch.setattr(os, "rename", second_fails)
    with pytest.raises(OSError, match="Input/output"):
        fill(path, b"new")
    assert len(calls) == 3 and (path / "x").read_bytes() == b"old" and os.listdir(tmp_path) == ["folder"]


def test_a_folder_between_its_two_renames_is_found(tmp_path):
    path = tmp_path / "folder"
    assert settled_folder(path) == path
    fill(path, b"old")
    os.rename(path, tmp_path / "folder.old")
    assert (settled_folder(path) / "x").read_bytes() == b"old"
    fill(path, b"new")
    assert (settled_folder(path) / "x").read_bytes() == b"new" and os.listdir(tmp_path) == ["folder"]
