"""What the explorer may show: the policies, runs, solutions and spots that its command line names."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from holdem_mpi import __version__
from holdem_mpi.config.load import load_config
from holdem_mpi.config.shipped import config_folder
from holdem_mpi.config.spot_config import load_spot, shipped_spots
from holdem_mpi.errors import DataError, UserError
from holdem_mpi.explorer.endpoint import Endpoint, NotFoundError, NothingAsked
from holdem_mpi.storage.array_folder import MANIFEST
from holdem_mpi.storage.checkpoint import split_checkpoint
from holdem_mpi.text import shown

KINDS = ("policy", "run", "solution", "report", "spot")
# Files of a folder that are looked at for links out of it, and what is read of a manifest to tell what it is of.
_MOST_FILES, _HEAD_BYTES = 20_000, 4_000_000


class Source(NamedTuple):
    """Something to look at.

    kind: policy, run, solution, report or spot.
    name: what addresses call it; no two of a kind share one.
    path: the folder or file.
    """

    kind: str
    name: str
    path: Path


class Sources:
    """The sources by kind and name; nothing else is ever opened.

    named: paths as the command line has them: runs, policies, solutions, reports, spot files, folders of these, or
        names of what comes with the package. Without any, that is all there is.

    UserError where a path is none of them.
    """

    def __init__(self, named: Iterable[str]) -> None:
        self._by_key: dict[tuple[str, str], Source] = {}
        for text in named:
            self._add_path(text)
        if not self.of_kind("policy") and not self.of_kind("run"):
            for path in sorted((config_folder() / "blueprints").iterdir()):
                if path.is_dir():
                    self._add("policy", path.name, path)
        for name in shipped_spots():
            if len(load_spot(name)[1].positions) == 2:  # what the editor has fields for
                self._add("spot", name, config_folder() / "spots" / f"{name}.yaml")

    def all(self) -> list[Source]:
        """In the order in which they were named."""
        return list(self._by_key.values())

    def of_kind(self, kind: str) -> list[Source]:
        """The sources of one kind, such as ``policy`` or ``run``, in the order in which they were named."""
        return [each for each in self._by_key.values() if each.kind == kind]

    def get(self, kind: str, name: str) -> Source:
        """The source of a name. NotFoundError where there is none."""
        found = self._by_key.get((kind, name))
        if found is None:
            known = ", ".join(each.name for each in self.of_kind(kind)[:8]) or "none"
            raise NotFoundError(f"{kind} {shown(name)}: not among those that the server was started with ({known})")
        return found

    def _add_path(self, text: str) -> None:
        folder, number = split_checkpoint(text)
        path = _path_of(folder)
        kinds = list(kinds_of(path))
        if number is not None and "run" in kinds:
            self._add("policy", f"{path.resolve().name}@{number}", Path(f"{folder}@{number}"))
            return
        if text in shipped_spots() and not path.exists():
            return
        for kind in kinds:
            self._add(kind, _name_of(path), path)
        if kinds:
            return
        below = [child for child in sorted(path.iterdir()) if is_inside(child, path)] if path.is_dir() else []
        for child in below:
            for kind in kinds_of(child):
                self._add(kind, _name_of(child), child)
        if not any(kinds_of(child) for child in below):
            expected = "expected the folder of a run, policy, solution or report, a folder of these, or a spot file"
            raise UserError(f"{text}: {'nothing to show here' if path.exists() else 'not there'}; {expected}")

    def _add(self, kind: str, name: str, path: Path) -> None:
        taken = self._by_key.get((kind, name))
        if taken is not None and taken.path.resolve() == path.resolve():
            return
        count, unique = 1, name
        while (kind, unique) in self._by_key:
            count += 1
            unique = f"{name}-{count}"
        self._by_key[kind, unique] = Source(kind, unique, path)


def _path_of(text: str) -> Path:
    """What a name on the command line stands for: what is there, or else a blueprint that comes with the package."""
    path, shipped = Path(text), config_folder() / "blueprints" / text
    is_shipped = text and "/" not in text and not path.exists() and (shipped / MANIFEST).is_file()
    return shipped if is_shipped else path


def kinds_of(path: Path) -> list[str]:
    """What a path is: a run that has a policy is both; nothing for what the explorer cannot show."""
    if path.is_file():
        return ["spot"] if path.suffix in (".yaml", ".yml") and "ranges" in _head(path) else []
    if not path.is_dir():
        return []
    kind = re.search(r'"format": "holdem_mpi (policy|solution|report)"', _head(path / MANIFEST))
    if kind:
        return [kind[1]]
    marks = ("metrics.jsonl", "checkpoints", "policy", "run.lock")
    is_run = (path / "config.yaml").is_file() and any((path / mark).exists() for mark in marks)
    return ["run", "policy"] if is_run else []


def _head(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_HEAD_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _name_of(path: Path) -> str:
    path = path.resolve()
    name = path.parent.name if path.name == "policy" else path.stem if path.is_file() else path.name
    return name.replace(",", "_") or "root"  # addresses put commas between names


def game_of(source: Source) -> dict[str, Any] | None:
    """Name, deck and number of players of the game of a run or policy; None where its files do not tell."""
    path = source.path
    if source.kind not in ("policy", "run"):
        return None
    folder = Path(split_checkpoint(str(path))[0])
    try:
        config = folder / "config.yaml"
        found = (
            load_config(config).game.model_dump() if config.is_file() else json.loads(_head(folder / MANIFEST))["game"]
        )
        return {key: found[key] for key in ("name", "deck", "players")}
    except (UserError, ValueError, KeyError, TypeError):
        return None


def listing(sources: Sources) -> Endpoint:
    """The address that tells the sources."""

    def listed(asked: NothingAsked) -> dict[str, Any]:
        told = [
            {"kind": each.kind, "name": each.name, "path": str(each.path), "game": game_of(each)}
            for each in sources.all()
        ]
        return {"version": __version__, "sources": told}

    return Endpoint("GET", "sources", NothingAsked, listed)


def is_inside(path: Path, folder: Path) -> bool:
    """Whether a path lies in a folder once all links are followed."""
    return path.resolve().is_relative_to(folder.resolve())


def check_links(folder: Path) -> None:
    """DataError where a link in a folder leads out of it: what it would show was not named."""
    for path in _walked(folder):
        if path.is_symlink() and not is_inside(path, folder):
            raise DataError(f"{path}: a link out of {folder}; expected files of its own")


def _walked(folder: Path) -> Iterator[Path]:
    for count, path in enumerate(folder.rglob("*")):
        if count >= _MOST_FILES:
            raise DataError(f"{folder}: more than {_MOST_FILES} files; expected a run, policy or solution")
        yield path
