"""Spots that the explorer solves: a folder each, with the spot, how it went, and the last state that was kept."""

import datetime
import functools
import json
import os
import re
import secrets
from pathlib import Path
from typing import Any

import yaml

from holdem_mpi.errors import DataError, UserError
from holdem_mpi.explorer.endpoint import NotFoundError
from holdem_mpi.parallel.cache_place import first_writable
from holdem_mpi.storage.atomic import write_atomically
from holdem_mpi.storage.jsonl import read_lines
from holdem_mpi.text import shown

SPOT, PROGRESS, SOLUTION, STATE = "spot.yaml", "progress.jsonl", "solution", "state.json"
EXPLOIT, LOG = "exploit.json", "job.log"
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,79}", re.ASCII)


def default_store() -> Path:
    """Where they are kept unless another folder is named: the user's folder for data (of the XDG base directories), or
    a temporary one where that cannot be written.
    """
    data = Path(os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share"))
    return first_writable([data / "holdem_mpi" if data.is_absolute() else None]) / "spots"


class SpotStore:
    """The folder of all of them.

    folder: made when the first spot is solved.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Of those that are there, the newest first."""
        if not self._folder.is_dir():
            return []
        found = [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name) and (path / SPOT).is_file()]
        return [path.name for path in sorted(found, key=lambda path: path.name, reverse=True)]

    def new(self, spot: dict[str, Any]) -> str:
        """Keep a spot; the name of its folder, which tells when it was and the board. UserError where the disk
        refuses.
        """
        board = re.sub(r"[^0-9A-Za-z]", "", str(spot.get("board", "")))[:10]
        now = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
        name = f"{now}-{board}-{secrets.token_hex(2)}"
        try:
            (self._folder / name).mkdir(parents=True)
            write_atomically(self._folder / name / SPOT, yaml.safe_dump(spot, sort_keys=False).encode())
        except OSError as error:
            raise UserError(f"{self._folder}: {error.strerror or error}; the spot was not kept") from None
        return name

    def change(self, name: str, spot: dict[str, Any]) -> None:
        """Keep other keys of a spot that is solved on; how the job before has ended is forgotten. UserError where the
        disk refuses.
        """
        folder = self.folder(name)
        try:
            write_atomically(folder / SPOT, yaml.safe_dump(spot, sort_keys=False).encode())
            for left in (STATE, EXPLOIT):
                (folder / left).unlink(missing_ok=True)
        except OSError as error:
            raise UserError(f"{folder}: {error.strerror or error}; the spot was not changed") from None

    def folder(self, name: str) -> Path:
        """The folder of one. NotFoundError where there is none."""
        path = self._folder / name
        if not _NAME.fullmatch(name) or not (path / SPOT).is_file():
            raise NotFoundError(f"spot {shown(name)}: none of that name was solved here")
        return path

    def progress(self, name: str) -> list[dict[str, Any]]:
        """The checks of the exploitability so far, oldest first."""
        return read_lines(self.folder(name) / PROGRESS)[0]

    def state(self, name: str) -> dict[str, Any]:
        """How a job ended, as it says itself; empty while it runs, or where it was killed."""
        try:
            found = json.loads((self.folder(name) / STATE).read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def exploit(self, name: str) -> list[dict[str, Any]]:
        """What each player's best response does and wins, of a job that has ended; empty where that is not known."""
        path = self.folder(name) / EXPLOIT
        try:
            return _read_list(path, path.stat().st_mtime_ns)
        except (OSError, ValueError):
            return []

    def last_error(self, name: str) -> str | None:
        """The last error in what a job has printed."""
        try:
            lines = (self.folder(name) / LOG).read_text("utf-8", "replace").splitlines()
        except OSError:
            return None
        return next((line[7:] for line in reversed(lines) if line.startswith("error: ")), None)

    def spot(self, name: str) -> dict[str, Any]:
        """The keys of a spot. DataError where its file is damaged."""
        path = self.folder(name) / SPOT
        try:
            found = yaml.safe_load(path.read_text())
        except (OSError, ValueError, yaml.YAMLError):
            found = None
        if not isinstance(found, dict):
            raise DataError(f"{path}: damaged, expected the keys of a spot")
        return found


@functools.lru_cache(maxsize=4)
def _read_list(path: Path, stamp: int) -> list[dict[str, Any]]:
    """The list in a JSON file; stamp: when it was written, for it may be written anew."""
    found = json.loads(path.read_text())
    return found if isinstance(found, list) else []
