"""Checkpoint generations: ``g000000000123/`` for the state after batch 123, with at least two on disk.

A generation is a folder of arrays (``array_folder``) whose manifest also holds the run's fingerprint, the semantic part
of its config, and its progress. A save never touches the generations before it until the new one is in place.
"""

import contextlib
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.errors import DataError
from holdem_mpi.storage.array_folder import open_array_folder, read_manifest, save_array_folder
from holdem_mpi.storage.atomic import OLD, PARTIAL, remove_tree

KIND = "holdem_mpi checkpoint"
VERSION = 1
META_KEYS = {"fingerprint", "semantic", "progress"}
# What a run with late merges keeps beside its table: entries that the last batch changes once it is added, and to what.
PENDING_ENTRIES, PENDING_VALUES = "pending_entries", "pending_values"
_NAME = re.compile(r"g(\d{12,})", re.ASCII)


def split_checkpoint(text: str) -> tuple[str, int | None]:
    """(folder, number) of ``RUN@250``, which stands for a run's checkpoint; (text, None) of any other folder's name."""
    folder, at, number = text.rpartition("@")
    if at and folder and number.isdecimal() and not Path(text).exists():
        return folder, int(number)
    return text, None


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
    folder: Path,
    number: int,
    arrays: dict[str, np.ndarray],
    meta: dict[str, Any],
    keep: int = 2,
    snapshot: bool = False,
) -> Path:
    """Save the state after batch ``number`` and return its folder; then remove what is older than ``keep`` generations.

    ``meta`` holds ``fingerprint``, ``semantic`` and ``progress``, all JSON; the arrays are read only. A ``snapshot`` is
    never removed, and stays one when it is saved again. OSError where the disk refuses: the half-written folder is
    removed and every older generation is as it was.
    """
    if meta.keys() != META_KEYS or keep < 2 or number < 0:
        raise ValueError(f"expected metadata {sorted(META_KEYS)}, keep >= 2 and a number >= 0")
    path = folder / f"g{number:012d}"
    own = {"number": number} | ({"snapshot": True} if snapshot or is_snapshot(path) else {})
    save_array_folder(path, arrays, meta | own, KIND, VERSION)
    _remember(path)
    with contextlib.suppress(OSError, DataError):  # the new one is safe; what stays is removed after the next save
        _remove_superseded(folder, number, keep)
    return path


def _remove_superseded(folder: Path, number: int, keep: int) -> None:
    """Remove leftovers of killed saves, what is older than the ``keep`` newest sound generations, and later ones that
    do not load.

    Damaged ones do not count: one that is kept for a good one would some day be all that is left. Later ones exist only
    where the newest was damaged and the run went on from one before.
    """
    generations = list_generations(folder)
    older = [path for other, path in reversed(generations) if other < number]
    unwanted = [path for other, path in generations if other > number and not _is_sound(path)]
    sound = 1  # the one just saved
    for at, path in enumerate(older if len(older) >= keep else []):
        if sound == keep:
            unwanted += [path for path in older[at:] if not is_snapshot(path)]
            break
        if _is_sound(path):
            sound += 1
        else:
            unwanted.append(path)
    if sound < keep:  # what looks damaged may be a disk that fails for a moment; nothing better is left
        unwanted = [path for path in unwanted if path not in older]
    listed = {path for _, path in generations}
    unwanted += [path for path in folder.iterdir() if path.name.endswith((PARTIAL, OLD)) and path not in listed]
    for path in unwanted:
        try:
            remove_tree(path)
        except OSError:
            continue


def is_snapshot(path: Path) -> bool:
    """Whether a generation was saved to be kept; False where its manifest cannot be read."""
    try:
        return read_manifest(path, KIND, VERSION).get("snapshot") is True
    except DataError:
        return False


# Generations that this process wrote or verified, and what their files looked like then: hashing gigabytes again at
# every save would cost more than the save.
_sound: dict[Path, list] = {}


def _look(path: Path) -> list:
    """Name, inode, size and time of change of a generation's files."""
    entries = sorted((entry.name, entry.stat()) for entry in os.scandir(path))
    return [(name, stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in entries]


def _remember(path: Path) -> None:
    for other in [other for other in _sound if not other.exists()]:
        del _sound[other]
    try:
        _sound[path.absolute()] = _look(path)
    except OSError:
        _sound.pop(path.absolute(), None)


def _is_sound(path: Path) -> bool:
    """Whether a generation loads; every byte is read unless this process knows the files as they are."""
    try:
        if _sound.get(path.absolute()) != _look(path):
            load_generation(path)
    except (OSError, DataError):
        return False
    return True


def load_generation(path: Path, verify: bool = True) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays (memory-mapped, read-only) and manifest of one generation. DataError, one line, where anything is off."""
    arrays, manifest = open_array_folder(path, KIND, VERSION, verify)
    if not manifest.keys() >= META_KEYS or type(manifest.get("number")) is not int:
        raise DataError(f"{path}: not a {KIND}, its manifest lacks {sorted(META_KEYS)} or number")
    if path.name.removesuffix(OLD) != f"g{manifest['number']:012d}":
        raise DataError(f"{path}: holds generation {manifest['number']}, expected the one that its name says")
    if verify:
        _remember(path)
    return arrays, manifest


def settled_table(arrays: dict[str, np.ndarray]) -> np.ndarray:
    """The table of a generation with the last batch in it; a copy where that was still to be added, read-only else."""
    table = arrays["table"]
    if PENDING_ENTRIES in arrays:
        table = np.array(table)
        table[arrays[PENDING_ENTRIES]] = arrays[PENDING_VALUES]
    return table


def fits_pending(arrays: dict[str, np.ndarray]) -> bool:
    """Whether what a generation keeps of its last batch, if anything, are entries of its table, and values."""
    entries, values = arrays.get(PENDING_ENTRIES), arrays.get(PENDING_VALUES)
    if entries is None or values is None:
        return entries is None and values is None
    table = arrays["table"]
    if entries.dtype != np.int64 or values.dtype != table.dtype or not entries.shape == values.shape == (entries.size,):
        return False
    return entries.size == 0 or bool(entries[0] >= 0 and entries[-1] < table.size and (np.diff(entries) > 0).all())


def generation_at(folder: Path, number: int) -> Path:
    """Folder of one generation. DataError, naming those that there are, where there is none of that number."""
    generations = dict(list_generations(folder))
    if number not in generations:
        known = ", ".join(map(str, sorted(generations))) or "none"
        raise DataError(f"{folder}: no checkpoint {number}; expected one of: {known}")
    return generations[number]


def read_manifests(folder: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """(manifests of all generations, oldest first; a warning for each that cannot be read). No array is opened."""
    manifests, warnings = [], []
    for _, path in list_generations(folder):
        try:
            manifest = read_manifest(path, KIND, VERSION)
        except DataError as error:
            warnings.append(f"checkpoint skipped: {error}")
        else:
            manifests.append(manifest)
    return manifests, warnings


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
