"""Files and folders that appear whole or not at all, whenever the process is killed or the disk is full.

A new thing is written beside its place under a ``.partial`` name, fsynced, and renamed; then its parent is fsynced, so
that a power cut cannot take the rename back. Errors are OSErrors, with what was there before still in place.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

PARTIAL = ".partial"
OLD = ".old"
CHUNK_BYTES = 1 << 24  # a chunk is hashed and written without the GIL


def fsync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def bytes_of_array(array: np.ndarray) -> memoryview:
    """The array's memory in C order, byte by byte; a copy only where the array is not contiguous."""
    return memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8))


def chunks_of(data: memoryview) -> Iterator[memoryview]:
    """``data`` cut into views of at most ``CHUNK_BYTES``."""
    for start in range(0, len(data), CHUNK_BYTES):
        yield data[start : start + CHUNK_BYTES]


def sha256_of_file(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes. Other threads run meanwhile."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(CHUNK_BYTES))
    with open(path, "rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
    return digest.hexdigest()


def write_durably(path: Path, parts: Iterator[bytes | memoryview]) -> None:
    """Write the parts one after another to a new file, and fsync it. Not atomic by itself."""
    with open(path, "wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file, or replace it: at any moment ``path`` holds the old bytes or the new ones."""
    partial = path.with_name(path.name + PARTIAL)
    try:
        write_durably(partial, iter([data]))
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder to fill, and put it in the place of ``path`` when the block ends without an error.

    The files in it must have been written by ``write_durably``. A folder that stood at ``path`` is replaced; killed
    between the two renames that this takes, it is found under ``.old``, where ``settled_folder`` looks for it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + PARTIAL)
    remove_tree(partial)
    try:
        partial.mkdir()
        yield partial
        fsync_folder(partial)
        _move_into_place(partial, path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    fsync_folder(path.parent)
    shutil.rmtree(path.with_name(path.name + OLD), ignore_errors=True)


def _move_into_place(partial: Path, path: Path) -> None:
    if not os.path.lexists(path):
        os.rename(partial, path)
        return
    old = path.with_name(path.name + OLD)
    remove_tree(old)
    os.rename(path, old)
    try:
        os.rename(partial, path)
    except OSError:
        os.rename(old, path)
        raise


def settled_folder(path: Path) -> Path:
    """``path``, or its predecessor under ``.old`` where a replacement was killed before the new folder had its name."""
    if os.path.lexists(path):  # so is whatever has no name of its own, such as "." and "/"
        return path
    old = path.with_name(path.name + OLD)
    return old if os.path.isdir(old) else path


def remove_tree(path: Path) -> None:
    """Remove a folder and all in it, or a file; nothing happens where there is none."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
