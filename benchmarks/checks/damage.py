"""Damage the checkpoints of a run at random, a thousand times: does a wrong table ever load, or an older one silently?

    python -m benchmarks.checks.damage --damages 1000

Bits flipped, bytes zeroed, files cut, lengthened, emptied, removed, swapped within a generation or between two, whole
generations swapped; in the newest generation, or in both. After each: the newest sound generation must load, with a
warning for each newer one, or a DataError must name a file. Prints one line; exit 1 at the first damage that goes
unseen.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from holdem_mpi.errors import DataError
from holdem_mpi.storage.checkpoint import list_generations, load_generation, load_latest, save_generation

META = {"fingerprint": "f" * 64, "semantic": {"solver.seed": 1, "lanes": None}, "progress": {"batch": 3, "share": 0.1}}


def make_generations(folder: Path) -> None:
    """Two generations with arrays of several types, unlike each other in every element."""
    for number in (1, 2):
        arrays = {
            "table": np.arange(500, dtype=np.float64) + number,
            "small": np.full((3, 40), number, np.float32),
            "counts": np.full(30, number, np.int64),
        }
        save_generation(folder, number, arrays, META)


def _flip(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 1, 1, 2, 50))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _zero(data: bytearray, rng: random.Random) -> None:
    first = rng.randrange(len(data))
    last = rng.randint(first + 1, len(data))
    data[first:last] = bytes(last - first)


def _cut(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def _lengthen(data: bytearray, rng: random.Random) -> None:
    data += rng.randbytes(rng.randrange(1, 5000))


def _repeat(data: bytearray, rng: random.Random) -> None:
    """A part is written twice, and what it covers is lost."""
    first, second = sorted(rng.randrange(len(data)) for _ in range(2))
    length = rng.randrange(1, 513)
    part = data[first : first + length]
    data[second : second + len(part)] = part


_CHANGES = {"flip": _flip, "zero": _zero, "cut": _cut, "lengthen": _lengthen, "repeat": _repeat}
KINDS = (*_CHANGES, "remove", "empty", "swap inside", "swap across", "swap all", "folder instead")


def damage(folder: Path, rng: random.Random, kind: str) -> None:
    """Damage one file of the newest generation, or two that change places."""
    generations = [path for _, path in list_generations(folder)]
    file = rng.choice(sorted(generations[-1].iterdir()))
    if kind == "remove":
        file.unlink()
    elif kind == "empty":
        file.write_bytes(b"")
    elif kind == "folder instead":
        file.unlink()
        file.mkdir()
    elif kind == "swap all":
        _swap(*generations)
    elif kind.startswith("swap"):
        beside = sorted(path for path in generations[-1].iterdir() if path != file)
        _swap(file, rng.choice(beside) if kind == "swap inside" else generations[0] / file.name)
    else:
        data = bytearray(file.read_bytes())
        _CHANGES[kind](data, rng)
        file.write_bytes(data)


def _swap(one: Path, other: Path) -> None:
    aside = one.with_name("aside")
    os.rename(one, aside)
    os.rename(other, one)
    os.rename(aside, other)


def content_of(folder: Path) -> dict[int, dict[str, bytes]]:
    """{generation: {file: bytes}}; what is no file counts as missing."""
    return {
        number: {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()}
        for number, path in list_generations(folder)
    }


class Damages:
    """A folder with two good generations, damaged and mended over and over. ``counts``: of kinds and of outcomes."""

    kinds = KINDS

    def __init__(self, folder: Path, seed: int) -> None:
        self.good, self.folder = folder / "good", folder / "checkpoints"
        make_generations(self.good)
        self.expected = content_of(self.good)
        self.arrays = {number: load_generation(path)[0] for number, path in list_generations(self.good)}
        self.random = random.Random(seed)
        self.counts: Counter[str] = Counter()

    def one(self) -> None:
        """One damage, sometimes to both generations. AssertionError where it goes unseen."""
        while True:
            shutil.rmtree(self.folder, ignore_errors=True)
            shutil.copytree(self.good, self.folder)
            kinds = [self.random.choice(self.kinds)]
            damage(self.folder, self.random, kinds[0])
            if self.random.random() < 0.1:
                kinds.append("older one too")
                older = min(path for path in self.folder.iterdir())
                (older / self.random.choice(sorted(os.listdir(older)))).write_bytes(b"damaged")
            sound = [number for number, files in content_of(self.folder).items() if files == self.expected[number]]
            if sound != list(self.expected):  # two files of the same bytes that change places are no damage
                break
        self._check(kinds, sound)
        self.counts[kinds[0]] += 1

    def _check(self, kinds: list[str], sound: list[int]) -> None:
        where = f"{' and '.join(kinds)} in {self.folder}"
        try:
            arrays, manifest, warnings = load_latest(self.folder)
        except DataError as error:
            assert not sound, f"{where}: refused, where generation {sound} is sound: {error}"
            assert "\n" not in str(error) and str(self.folder) in str(error), f"{where}: {error}"
            self.counts["refused"] += 1
            return
        number = manifest["number"]
        assert sound and number == max(sound), f"{where}: loaded {number}, sound are {sound}"
        newer = [path for other, path in list_generations(self.folder) if other > number]
        assert len(warnings) == len(newer) and all(str(path) in str(warnings) for path in newer), f"{where}: silently"
        assert arrays.keys() == self.arrays[number].keys(), f"{where}: other arrays"
        for name, array in arrays.items():
            assert array.tobytes() == self.arrays[number][name].tobytes(), f"{where}: array {name} is wrong"
        self.counts["skipped with a warning" if newer else "older one damaged, the newest loads"] += 1


def main() -> int:
    """Parse, damage, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--damages", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        damages = Damages(Path(folder), arguments.seed)
        for number in range(arguments.damages):
            try:
                damages.one()
            except AssertionError as error:
                print(f"FAILED at damage {number} of seed {arguments.seed}: {error}")
                return 1
    outcomes = ", ".join(f"{many} {what}" for what, many in damages.counts.items())
    print(f"{arguments.damages} damages, none unseen: {outcomes}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
