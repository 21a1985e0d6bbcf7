"""Bucket tables on disk: for each street an ``.npy`` file and a JSON manifest beside it.

The manifest is written last, so a table without one was never finished. Both are written under a ``.partial`` name,
fsynced and renamed. Tables are opened as memory maps: the ranks of a host share one copy.
"""

import contextlib
import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.abstraction.features import RECIPE, STREET_NAMES, TEXTURE_RECIPE
from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.errors import DataError, SaveError
from holdem_mpi.storage.atomic import write_atomically
from holdem_mpi.storage.memory_limit import refuse_without_memory

VERSION = 1
PERCENTILE = "percentile"
TEXTURE = "texture"
CLUSTERING_VERSION = 1


class BucketTableKey(NamedTuple):
    """What a bucket table is.

    street: 1 flop, 2 turn, 3 river.
    final_street: the game's last street.
    buckets: how many there are.
    method: ``percentile``, which a lossless table is too, or how hands are clustered.
    seed: of the clustering, else 0.
    after: (buckets, method) of the next street, where those are what hands are clustered by.
    """

    street: int
    final_street: int
    buckets: int
    method: str = PERCENTILE
    seed: int = 0
    after: tuple[int, str] | None = None

    @property
    def recipe(self) -> str:
        """Name and version of the way from cards to buckets."""
        if self.method == TEXTURE:
            return TEXTURE_RECIPE
        return RECIPE if self.method == PERCENTILE else f"{self.method.replace('_', '-')}-{CLUSTERING_VERSION}"

    @property
    def is_clustered(self) -> bool:
        """Whether k-means, which has a seed, makes the buckets."""
        return self.method not in (PERCENTILE, TEXTURE)

    def next_key(self) -> "BucketTableKey":
        """Key of the next street's table, where hands are clustered by it."""
        buckets, method = self.after
        return BucketTableKey(self.street + 1, self.final_street, buckets, method, self.seed)

    def path(self, folder: Path) -> Path:
        """The table's file in ``folder``."""
        last, street = STREET_NAMES[self.final_street], STREET_NAMES[self.street]
        name = f"{self.recipe}-to-{last}-{street}-{self.buckets}"
        if self.is_clustered:
            name += f"-seed-{self.seed}"
        if self.after:
            name += f"-over-{self.next_key().recipe}-{self.after[0]}"
        return Path(folder) / f"{name}.npy"


def manifest_path(path: Path) -> Path:
    """The manifest beside a table."""
    return path.with_suffix(".json")


def centres_path(path: Path) -> Path:
    """The centres that a clustered table's hands lie about, beside it."""
    return path.with_suffix(".centres")


def table_exists(path: Path) -> bool:
    """Whether a finished table stands at ``path``."""
    return path.exists() and manifest_path(path).exists()


def abstraction_digest(preflop_buckets: int, sha256_of_street: list[str]) -> str:
    """SHA-256 of the preflop classes and the streets' tables: the name of a whole abstraction.

    The first line is that of the first abstractions, so that theirs stay as they were.
    """
    lines = [RECIPE, f"preflop {preflop_buckets}", *sha256_of_street]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()


def _own_sha256(manifest: dict[str, Any]) -> str:
    fields = {key: value for key, value in manifest.items() if key != "manifest_sha256"}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class BucketTableWriter:
    """Writes one table, rows in any order; ``commit`` makes it exist. SaveError where the disk refuses.

    Plain writes, not a map: a full disk is then an error instead of a SIGBUS.
    """

    def __init__(self, folder: Path, key: BucketTableKey, boards: int, dtype: np.dtype) -> None:
        self.key = key
        self.path = key.path(folder)
        self.shape = (boards, NUM_HANDS)
        self.dtype = np.dtype(dtype)
        self._partial = self.path.with_suffix(".npy.partial")
        try:
            self._file = open(self._partial, "wb")  # noqa: SIM115
            header = {
                "descr": np.lib.format.dtype_to_descr(self.dtype),
                "fortran_order": False,
                "shape": self.shape,
            }
            np.lib.format.write_array_header_1_0(self._file, header)
            self._start = self._file.tell()
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> SaveError:
        """The error to raise; frees what was written."""
        with contextlib.suppress(OSError):
            self._partial.unlink(missing_ok=True)
        return SaveError(
            f"{self._partial}: cannot be written, {error.strerror or error}; expected a folder with free space"
        )

    def write_rows(self, first_board: int, rows: np.ndarray) -> None:
        """Write ``rows`` ([boards, 1326] of the table's dtype) as those of board ``first_board`` onwards."""
        assert rows.dtype == self.dtype and rows.shape[1] == self.shape[1]
        try:
            self._file.seek(self._start + first_board * self.shape[1] * self.dtype.itemsize)
            self._file.write(np.ascontiguousarray(rows).data)
        except OSError as error:
            raise self._refused(error) from error

    def commit(self, about: dict[str, Any] | None = None, centres: np.ndarray | None = None) -> str:
        """Finish the table and write its manifest, with what there is to say ``about`` the buckets; the file's SHA-256.
        centres: int16[k, width], kept beside the table.
        """
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            sha256 = _file_sha256(self._partial)
            manifest = {
                "format": "holdem_mpi bucket table",
                "version": VERSION,
                "recipe": self.key.recipe,
                "street": STREET_NAMES[self.key.street],
                "final_street": STREET_NAMES[self.key.final_street],
                "buckets": self.key.buckets,
                "dtype": self.dtype.name,
                "shape": list(self.shape),
                "bytes": self._partial.stat().st_size,
                "sha256": sha256,
                **(about or {}),
            }
            if self.key.is_clustered:
                manifest["seed"] = self.key.seed
            if centres is not None:
                manifest["centres_sha256"] = self._write_centres(centres)
            manifest["manifest_sha256"] = _own_sha256(manifest)
            partial_manifest = manifest_path(self.path).with_suffix(".json.partial")
            with open(partial_manifest, "w", encoding="utf-8") as file:
                json.dump(manifest, file, indent=2)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(self._partial, self.path)
            _sync_folder(self.path.parent)
            os.replace(partial_manifest, manifest_path(self.path))
            _sync_folder(self.path.parent)
        except OSError as error:
            raise self._refused(error) from error
        return sha256

    def _write_centres(self, centres: np.ndarray) -> str:
        file = io.BytesIO()
        np.save(file, centres, allow_pickle=False)
        write_atomically(centres_path(self.path), file.getvalue())
        return hashlib.sha256(file.getvalue()).hexdigest()


def read_bucket_manifest(path: Path, key: BucketTableKey) -> dict[str, Any]:
    """The checked manifest of the table at ``path``. DataError where it is missing, damaged or of something else."""
    place = manifest_path(path)
    try:
        manifest = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{place}: missing; expected the manifest of a bucket table") from None
    except (OSError, ValueError) as error:
        raise DataError(
            f"{place}: damaged, {error}; expected the JSON manifest of a bucket table; delete it to have it built again"
        ) from None
    if not isinstance(manifest, dict) or manifest.get("version") != VERSION or manifest.get("recipe") != key.recipe:
        found = manifest.get("version") if isinstance(manifest, dict) else None
        raise DataError(f"{place}: version {found!r}; expected version {VERSION} of recipe {key.recipe}")
    if manifest.get("manifest_sha256") != _own_sha256(manifest):
        raise DataError(f"{place}: damaged; expected its own SHA-256 in manifest_sha256")
    expected = {
        "street": STREET_NAMES[key.street],
        "final_street": STREET_NAMES[key.final_street],
        "buckets": key.buckets,
    }
    if key.is_clustered:
        expected["seed"] = key.seed
    for field, value in expected.items():
        if manifest.get(field) != value:
            raise DataError(f"{place}: {field} is {manifest.get(field)!r}; expected {value!r}")
    return manifest


def open_bucket_table(path: Path, key: BucketTableKey, verify: bool = False) -> tuple[np.ndarray, str]:
    """Memory-mapped table [boards, 1326] and the SHA-256 in its manifest.

    The manifest and the file's length and header are checked always, the file's content only with ``verify`` (a
    quarter of a second for a river of uint8). DataError names the file.
    """
    path = Path(path)
    manifest = read_bucket_manifest(path, key)
    try:
        length = path.stat().st_size
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}; expected a bucket table") from None
    if length != manifest["bytes"]:
        raise DataError(f"{path}: {length} bytes; expected {manifest['bytes']} (delete it to have it built again)")
    try:
        table = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, MemoryError) as error:
        refuse_without_memory(path, length, error)
        raise DataError(f"{path}: damaged, {error}; expected a bucket table") from None
    if list(table.shape) != manifest["shape"] or table.dtype.name != manifest["dtype"]:
        raise DataError(f"{path}: {table.dtype.name}{list(table.shape)}; expected the manifest's shape and dtype")
    if verify and _file_sha256(path) != manifest["sha256"]:
        raise DataError(f"{path}: damaged; expected the SHA-256 of its manifest (delete it to have it built again)")
    return table, manifest["sha256"]


def open_centres(path: Path, key: BucketTableKey) -> np.ndarray:
    """int16[k, width]: the centres of a clustered table, checked against the manifest. DataError names the file."""
    file = centres_path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: {error.strerror}; expected the centres of a bucket table") from None
    if hashlib.sha256(data).hexdigest() != read_bucket_manifest(path, key).get("centres_sha256"):
        raise DataError(f"{file}: damaged; expected the SHA-256 of the table's manifest")
    return np.load(io.BytesIO(data), allow_pickle=False)
