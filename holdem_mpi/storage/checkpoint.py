"""Checkpoint generations: ``g000000000123/`` for the state after batch 123, with at least two on disk.

A generation is a folder of arrays (``array_folder``) whose manifest also holds the run's fingerprint, the semantic part
of its config, and its progress. A save never touches the generations before it until the new one is in place.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.errors import DataError
from holdem_mpi.storage.array_folder import open_array_folder, save_array_folder
from holdem_mpi.storage.atomic import OLD, PARTIAL, remove_tree

KIND = "holdem_mpi checkpoint"
VERSION = 1
META_KEYS = {"fingerprint", "semantic", "progress"}
_NAME = re.compile(r"g(\d{12,})", re.ASCII)


def list_generations(folder: Path) -> list[tuple[int, Path]]:
    """(number, path) of each generation, oldest first; whether they load is another matter. Empty without a folder.

    A generation whose replacement was killed half-way is listed under its ``.old`` name.
    """
    try:
        names = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataError(f"{folder}: {error.strerror}, expected a folder of checkpoints") from None
    settled = {name for name in names if name.removesuffix(OLD) == name or name.removesuffix(OLD) not in names}
    found = [(_NAME.fullmatch(name.removesuffix(OLD)), folder / name) for name in settled]
    return sorted((int(match[1]), path) for match, path in found if match)


def save_generation(
    folder: Path, number: int, arrays: dict[str, np.ndarray], meta: dict[str, Any], keep: int = 2
) -> Path:
    """Save the state after batch ``number`` and return its folder; then remove what is older than ``keep`` generations.

    ``meta`` holds ``fingerprint``, ``semantic`` and ``progress``, all JSON; the arrays are read only. OSError where the
    disk refuses: the half-written folder is removed and every older generation is as it was.
    """
    if meta.keys() != META_KEYS or keep < 2 or number < 0:
        raise ValueError(f"expected metadata {sorted(META_KEYS)}, keep >= 2 and a number >= 0")
    path = folder / f"g{number:012d}"
    save_array_folder(path, arrays, meta | {"number": number}, KIND, VERSION)
    _remove_superseded(folder, number, keep)
    return path


def _remove_superseded(folder: Path, number: int, keep: int) -> None:
    """Remove leftovers of killed saves, older generations beyond ``keep``, and later ones that do not load.

    A later one exists only where it was damaged and the run went on from one before; kept, it would some day pass for
    a good one and push that out.
    """
    generations = list_generations(folder)
    older = [path for other, path in generations if other < number]
    later = [path for other, path in generations if other > number]
    leftovers = [path for path in folder.iterdir() if path.name.endswith((PARTIAL, OLD))]
    for path in older[: max(0, len(older) - (keep - 1))] + [path for path in later if not _loads(path)] + leftovers:
        try:
            remove_tree(path)
        except OSError:
            continue  # the new generation is safe; what could not be removed is tried again after the next save


def _loads(path: Path) -> bool:
    try:
        load_generation(path)
    except DataError:
        return False
    return True


def load_generation(path: Path, verify: bool = True) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays (memory-mapped, read-only) and manifest of one generation. DataError, one line, where anything is off."""
    arrays, manifest = open_array_folder(path, KIND, VERSION, verify)
    if not manifest.keys() >= META_KEYS or type(manifest.get("number")) is not int:
        raise DataError(f"{path}: not a {KIND}, its manifest lacks {sorted(META_KEYS)} or number")
    if path.name.removesuffix(OLD) != f"g{manifest['number']:012d}":
        raise DataError(f"{path}: holds generation {manifest['number']}, expected the one that its name says")
    return arrays, manifest


def load_latest(folder: Path, verify: bool = True) -> tuple[dict[str, np.ndarray], dict[str, Any], list[str]] | None:
    """Arrays, manifest and warnings of the newest generation that loads; None where no generation was ever saved.

    A damaged generation costs a warning line, and the one before it is used. DataError where none is left: a run never
    starts from zero silently.
    """
    generations = list_generations(folder)
    warnings: list[str] = []
    for _, path in reversed(generations):
        try:
            arrays, manifest = load_generation(path, verify)
        except DataError as error:
            warnings.append(f"checkpoint skipped: {error}")
            continue
        return arrays, manifest, warnings
    if generations:
        reason = warnings[0].removeprefix("checkpoint skipped: ")
        raise DataError(f"{folder}: none of {len(generations)} checkpoints loads; the newest: {reason}")
    return None
