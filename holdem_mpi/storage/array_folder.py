"""A folder of arrays with a manifest: the form of every checkpoint generation and policy on disk.

Each array is one ``NAME.npy``; ``manifest.json`` holds what the folder is, the shape, dtype, size and SHA-256 of every
file, and a SHA-256 of itself. Nothing is ever unpickled. The manifest has exactly one spelling, so a byte that changes
in it is seen even where JSON would not care.
"""

import hashlib
import io
import itertools
import json
import math
import re
import tokenize
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi import __version__
from holdem_mpi.config.fingerprint import canonical_json
from holdem_mpi.errors import DataError
from holdem_mpi.storage.atomic import bytes_of_array, chunks_of, new_folder, sha256_of_file, write_durably
from holdem_mpi.storage.memory_limit import refuse_without_memory

MANIFEST = "manifest.json"
_SELF = "manifest_sha256"
_RESERVED = {"format", "format_version", "package_version", "arrays", _SELF}
_ENTRY_KEYS = {"shape", "dtype", "bytes", "sha256"}
_ARRAY_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


class Streamed(NamedTuple):
    """An array that is made piece by piece while it is written.

    shape, dtype: of all of it.
    pieces: gives its pieces, one after another along the first axis; they hold all of it together.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    pieces: Callable[[], Iterator[np.ndarray]]


def save_array_folder(
    path: Path, arrays: Mapping[str, np.ndarray | Streamed], meta: dict[str, Any], kind: str, version: int
) -> None:
    """Write the folder atomically (see ``atomic.new_folder``), replacing one of the same name.

    ``meta`` is any JSON object; ``kind`` and ``version`` say what the folder is. The arrays are read only. OSError
    where the disk refuses, ValueError on an array of objects, a bad array name, pieces that do not fit, or metadata
    that JSON cannot hold.
    """
    if reserved := _RESERVED & meta.keys():
        raise ValueError(f"metadata may not hold {sorted(reserved)}")
    manifest = {"format": kind, "format_version": version, "package_version": __version__, **meta}
    canonical_json(manifest)  # a ValueError before anything is written
    with new_folder(path) as partial:
        manifest["arrays"] = {name: _write_array(partial, name, array) for name, array in arrays.items()}
        manifest[_SELF] = _self_hash(manifest)
        write_durably(partial / MANIFEST, iter([_spell(manifest)]))


def _write_array(folder: Path, name: str, array: np.ndarray | Streamed) -> dict[str, Any]:
    if not _ARRAY_NAME.fullmatch(name) or array.dtype.hasobject:
        raise ValueError(f"array {name!r} of dtype {array.dtype}: expected a plain name and a dtype without objects")
    header = io.BytesIO()
    description = {"descr": np.lib.format.dtype_to_descr(array.dtype), "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(header, description)
    pieces = array.pieces() if isinstance(array, Streamed) else iter([array])
    digest, count = hashlib.sha256(), 0

    def parts() -> Iterator[bytes | memoryview]:
        nonlocal count
        chunks = (chunk for piece in pieces for chunk in chunks_of(bytes_of_array(piece)))
        for part in itertools.chain([header.getvalue()], chunks):
            digest.update(part)
            count += len(part)
            yield part

    write_durably(folder / f"{name}.npy", parts())
    expected = len(header.getvalue()) + math.prod(array.shape) * array.dtype.itemsize
    if count != expected:
        raise ValueError(f"array {name!r}: {count} bytes, expected {expected}")
    return {"shape": list(array.shape), "dtype": array.dtype.str, "bytes": count, "sha256": digest.hexdigest()}


def _self_hash(manifest: dict[str, Any]) -> str:
    return hashlib.sha256(canonical_json({key: manifest[key] for key in manifest if key != _SELF})).hexdigest()


def _spell(manifest: dict[str, Any]) -> bytes:
    return (json.dumps(manifest, indent=1, sort_keys=True, allow_nan=False) + "\n").encode("ascii")


def open_array_folder(
    path: Path, kind: str, version: int, verify: bool | Collection[str]
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays (memory-mapped, read-only) and manifest of a folder.

    The manifest's hash and each file's size, dtype and shape are always checked; every byte with ``verify``, or of the
    arrays that it names.
    DataError, naming the file, on whatever is not as the manifest says.
    """
    manifest = read_manifest(path, kind, version)
    entries = manifest["arrays"]
    checked = (set(entries) if verify else set()) if isinstance(verify, bool) else set(verify)
    return {
        name: _open_array(path / f"{name}.npy", entries[name], name in checked) for name in sorted(entries)
    }, manifest


def read_manifest(path: Path, kind: str, version: int) -> dict[str, Any]:
    """Manifest of a folder of that kind and version, checked against its own hash. DataError otherwise."""
    file = path / MANIFEST
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: {error.strerror}, expected the manifest of a {kind}") from None
    try:
        manifest = json.loads(raw)
        same_spelling = _spell(manifest) == raw
    except (ValueError, RecursionError):
        raise DataError(f"{file}: damaged, expected the manifest of a {kind}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != kind:
        raise DataError(f"{file}: not the manifest of a {kind}")
    if manifest.get("format_version") != version:
        raise DataError(f"{file}: format version {manifest.get('format_version')!r}, expected {version}")
    if not same_spelling or manifest.get(_SELF) != _self_hash(manifest):
        raise DataError(f"{file}: damaged, its SHA-256 does not match")
    entries = manifest.get("arrays")
    if not isinstance(entries, dict) or not all(_is_entry(name, entry) for name, entry in entries.items()):
        raise DataError(f"{file}: not the manifest of a {kind}, its list of arrays is malformed")
    return manifest


def _is_entry(name: str, entry: Any) -> bool:
    named = _ARRAY_NAME.fullmatch(name) is not None  # and so it cannot lead out of the folder
    return named and isinstance(entry, dict) and entry.keys() == _ENTRY_KEYS


def _open_array(file: Path, entry: dict[str, Any], verify: bool) -> np.ndarray:
    try:
        size = file.stat().st_size
        if size != entry["bytes"]:
            raise DataError(f"{file}: {size} bytes, expected {entry['bytes']}")
        if verify and sha256_of_file(file) != entry["sha256"]:
            raise DataError(f"{file}: damaged, its SHA-256 does not match the manifest")
        array = _map(file)
    except OSError as error:
        refuse_without_memory(file, entry["bytes"], error)
        raise DataError(f"{file}: {error.strerror or error}, expected an array") from None
    except (ValueError, TypeError, SyntaxError, tokenize.TokenError, RecursionError, OverflowError, MemoryError):
        raise DataError(f"{file}: damaged, expected a .npy file without pickled objects") from None
    if array.dtype.str != entry["dtype"] or list(array.shape) != entry["shape"]:
        raise DataError(f"{file}: {array.dtype.str} {list(array.shape)}, expected {entry['dtype']} {entry['shape']}")
    return array


def _map(file: Path) -> np.ndarray:
    """Memory-map a .npy file read-only. ValueError on any other file and on pickled objects."""
    with open(file, "rb") as stream:
        major, _ = np.lib.format.read_magic(stream)
        read_header = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read_header(stream)
        offset = stream.tell()
    if dtype.hasobject or fortran:
        raise ValueError("objects or Fortran order")
    if 0 in shape:  # nothing to map
        return np.empty(shape, dtype)
    return np.memmap(file, dtype=dtype, mode="r", offset=offset, shape=shape)
