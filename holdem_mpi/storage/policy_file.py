"""The average policy on disk: a folder with ``strategy.npy``, ``visited.npy`` and ``manifest.json``.

``strategy`` holds one probability per (row, action) in the table's order; ``visited`` one bit per row, in bytes, lowest
bit first. A row that was never visited is uniform, and its bit says so.
"""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.errors import DataError
from holdem_mpi.storage.array_folder import MANIFEST, open_array_folder, save_array_folder
from holdem_mpi.storage.atomic import settled_folder

KIND = "holdem_mpi policy"
VERSION = 1
META_KEYS = {"game", "abstraction_digest", "table_digest", "iterations", "layout_fingerprint"}


class StoredPolicy(NamedTuple):
    """A policy as it lies on disk; the arrays are memory-mapped and read-only.

    strategy: [entry], a probability for each (row, action).
    visited: packed bits, one for each row.
    manifest: what the folder says of it.
    """

    strategy: np.ndarray  # [entry] float64 or float32: probability per (row, action)
    visited: np.ndarray  # [(rows + 7) // 8] uint8: a bit per row, lowest first
    manifest: dict[str, Any]


def save_policy(folder: Path, strategy: np.ndarray, visited: np.ndarray, meta: dict[str, Any]) -> None:
    """Write a policy's folder atomically, replacing one that is there.

    ``strategy``: [entry] float64 or float32. ``visited``: [row] bool. ``meta``: JSON with ``game`` (the game's config),
    ``abstraction_digest`` (None for games without buckets), ``table_digest``, ``iterations``, ``layout_fingerprint``,
    and anything beside them. OSError where the disk refuses, ValueError on other arrays.
    """
    if strategy.ndim != 1 or strategy.dtype not in (np.float64, np.float32):
        raise ValueError("expected a one-dimensional float strategy")
    if visited.ndim != 1 or visited.dtype != np.bool_:
        raise ValueError("expected one bool per row")
    if missing := META_KEYS - meta.keys():
        raise ValueError(f"metadata lacks {sorted(missing)}")
    arrays = {"strategy": strategy, "visited": np.packbits(visited, bitorder="little")}
    save_array_folder(Path(folder), arrays, meta | {"rows": len(visited)}, KIND, VERSION)


def open_policy(folder: Path, verify: bool = False) -> StoredPolicy:
    """Policy of a run's folder or of a policy's own; all bytes are checked with ``verify``, sizes always.

    DataError, one line, on what is missing, truncated, damaged, of another format version, or no policy at all.
    """
    folder = Path(folder)
    inner = settled_folder(folder / "policy")
    path = inner if os.path.isdir(inner) else settled_folder(folder)
    if not os.path.isfile(path / MANIFEST):
        raise DataError(f"{folder}: no policy here, expected the folder of a run that has saved one, or of a policy")
    arrays, manifest = open_array_folder(path, KIND, VERSION, verify)
    rows = manifest.get("rows")
    if arrays.keys() != {"strategy", "visited"} or not manifest.keys() >= META_KEYS or type(rows) is not int:
        raise DataError(f"{path / MANIFEST}: not the manifest of a {KIND}")
    strategy, visited = arrays["strategy"], arrays["visited"]
    well_formed = strategy.ndim == 1 and strategy.dtype in (np.float64, np.float32)
    if not well_formed or visited.dtype != np.uint8 or visited.shape != ((rows + 7) // 8,):
        raise DataError(f"{path / MANIFEST}: arrays of unexpected shape or dtype for a {KIND}")
    return StoredPolicy(strategy, visited, manifest)


def unpack_visited(visited: np.ndarray, rows: int) -> np.ndarray:
    """[row] bool of the packed bits."""
    return np.unpackbits(visited, count=rows, bitorder="little").astype(np.bool_)
