"""What an evaluation has found so far, item by item, so that an interrupted one goes on where it was.

A folder with ``manifest.json``, which says what is evaluated, and ``items.bin``: records of one length, added at its
end. A record is an item's number, the SHA-256 of number and values, and the values; one that is torn or damaged counts
as not there, and the item is computed again.
"""

import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.config.fingerprint import canonical_json
from holdem_mpi.errors import DataError, SaveError
from holdem_mpi.storage.atomic import write_atomically

VERSION = 1
_HASH_BYTES = 32


def evaluation_digest(key: dict[str, Any]) -> str:
    """SHA-256 (hex) of what is evaluated."""
    return hashlib.sha256(canonical_json({"version": VERSION, **key})).hexdigest()


class EvaluationStore:
    """The results of the evaluation ``key`` (JSON) in ``folder``, float64[shape] an item; made where it is missing.

    ``found`` holds {item: values} of the sound records. Locked until ``close``. DataError where the folder belongs to
    something else or is in use, SaveError where the disk refuses. Only rank 0 opens it.
    """

    def __init__(self, folder: Path, key: dict[str, Any], shape: tuple[int, ...]) -> None:
        self.folder, self.shape = Path(folder), shape
        self._values = int(np.prod(shape, dtype=np.int64))
        self._record = 8 + _HASH_BYTES + 8 * self._values
        manifest = {"format": "holdem_mpi evaluation", "version": VERSION, "key": key, "shape": list(shape)}
        path = self.folder / "manifest.json"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = open(self.folder / "items.bin", "a+b", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise SaveError(f"{self.folder}: {error.strerror}; expected a folder to write to") from None
        try:
            self._lock()
            if path.exists():
                self._check(path, manifest)
            else:
                self._guarded(lambda: write_atomically(path, json.dumps(manifest, indent=1).encode()))
            self.found = self._read()
        except BaseException:
            self._file.close()
            raise

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(f"{self.folder}: in use by another evaluation; expected it to have ended") from None
        except OSError:  # a file system without locks
            return

    def _check(self, path: Path, manifest: dict[str, Any]) -> None:
        try:
            there = json.loads(path.read_bytes())
        except (OSError, ValueError):
            raise DataError(f"{path}: damaged; expected the manifest of an evaluation (delete the folder)") from None
        if there != json.loads(json.dumps(manifest)):
            raise DataError(f"{path}: of another evaluation; expected an empty folder, or that of the same policy")

    def _read(self) -> dict[int, np.ndarray]:
        found = {}
        raw = (self.folder / "items.bin").read_bytes()
        for start in range(0, len(raw) - self._record + 1, self._record):
            record = raw[start : start + self._record]
            number, digest, values = record[:8], record[8 : 8 + _HASH_BYTES], record[8 + _HASH_BYTES :]
            if hashlib.sha256(number + values).digest() == digest:
                item = int(np.frombuffer(number, "<i8")[0])
                found[item] = np.frombuffer(values, "<f8").reshape(self.shape)
        if len(raw) % self._record:  # torn: the next record must start where one can
            self._guarded(lambda: self._file.truncate(len(raw) - len(raw) % self._record))
        return found

    def add(self, results: dict[int, np.ndarray]) -> None:
        """Keep the values (float64[shape]) of some items; they are on disk when this returns."""
        parts = []
        for item, values in results.items():
            assert values.shape == self.shape
            number, data = np.array(item, "<i8").tobytes(), np.ascontiguousarray(values, "<f8").tobytes()
            parts.append(number + hashlib.sha256(number + data).digest() + data)
        self._guarded(lambda: self._append(b"".join(parts)))
        self.found.update(results)

    def _append(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]
        os.fsync(self._file.fileno())

    def _guarded(self, save) -> None:
        try:
            save()
        except OSError as error:
            raise SaveError(f"{self.folder}: {error.strerror or error}; expected free space to write there") from None

    def close(self) -> None:
        """Release the folder's lock."""
        self._file.close()
