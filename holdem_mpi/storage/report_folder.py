"""The folder of a report: what is solved, a file for each board that is done, and the tables made of them.

``manifest.json`` says what the report is of, ``boards/NAME.json`` what one board gave: whoever has solved it writes
the file, atomically, so that a board is done or not there. ``solutions/NAME`` holds its solution, where those are kept.
"""

import fcntl
import json
import os
import re
import time
from pathlib import Path
from typing import Any

from holdem_mpi.errors import DataError, SaveError, UserError
from holdem_mpi.storage.atomic import write_atomically

FORMAT, VERSION = "holdem_mpi report", 1
MANIFEST = "manifest.json"
_NAME = re.compile(r"([2-9TJQKA][cdhs]){3,5}", re.ASCII)
# Seconds after which a folder that rank 0 has made is taken to be none that this host sees.
_PATIENCE = 30.0


class ReportFolder:
    """A report's folder by its path; nothing is opened or made yet."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.rows = self.path / "boards"
        self.solutions = self.path / "solutions"

    @property
    def is_there(self) -> bool:
        """Whether a report lies here."""
        return (self.path / MANIFEST).is_file()

    def solution(self, name: str) -> Path:
        """The folder of a board's solution."""
        return self.solutions / name

    def read_manifest(self) -> dict[str, Any]:
        """What the report is of. DataError, one line, where there is none."""
        try:
            manifest = json.loads((self.path / MANIFEST).read_bytes())
        except OSError:
            there = "no report here" if self.path.exists() else "no such folder"
            raise DataError(f"{self.path}: {there}; expected a folder that 'resolve report' wrote") from None
        except ValueError:
            raise DataError(f"{self.path / MANIFEST}: damaged; expected the manifest of a report") from None
        if not isinstance(manifest, dict) or (manifest.get("format"), manifest.get("version")) != (FORMAT, VERSION):
            raise DataError(f"{self.path / MANIFEST}: expected the manifest of a report of version {VERSION}")
        return manifest

    def read_row(self, name: str) -> dict[str, Any] | None:
        """What a board gave; None where it is not done, or its file is none of ours."""
        try:
            row = json.loads((self.rows / f"{name}.json").read_bytes())
        except (OSError, ValueError):
            return None
        return row if isinstance(row, dict) and row.get("board") == name else None

    def names_done(self) -> set[str]:
        """Names of all boards that have a file, asked for by the manifest or not."""
        try:
            names = os.listdir(self.rows)
        except OSError:
            return set()
        return {name[:-5] for name in names if name.endswith(".json") and _NAME.fullmatch(name[:-5])}

    def write_row(self, name: str, row: dict[str, Any]) -> None:
        """Keep what a board gave; on disk when this returns. SaveError where the disk refuses."""
        self.write(f"boards/{name}.json", json.dumps(row))

    def write(self, name: str, text: str) -> None:
        """Write a file of the folder whole, or replace it. SaveError where the disk refuses."""
        try:
            write_atomically(self.path / name, text.encode())
        except OSError as error:
            raise SaveError(
                f"{self.path / name}: {error.strerror or error}; what was not kept is solved again"
            ) from None

    def wait_until_seen(self) -> bool:
        """Whether this host sees the folder, some seconds after rank 0 has made it at the latest."""
        end = time.monotonic() + _PATIENCE
        while not self.is_there and time.monotonic() < end:
            time.sleep(0.2)
        return self.is_there


class ReportWriter:
    """The folder made, locked until ``close``, and its manifest written. Only rank 0 opens it.

    UserError where another report, or something else, lies there, or it is in use; SaveError where the disk refuses.
    """

    def __init__(self, folder: ReportFolder, manifest: dict[str, Any]) -> None:
        """manifest: what JSON holds; its ``spot`` decides what a board gives, and must be that of all boards there."""
        self.folder = folder
        given = {"format": FORMAT, "version": VERSION, **json.loads(json.dumps(manifest))}
        try:
            folder.rows.mkdir(parents=True, exist_ok=True)
            self._lock = open(folder.path / "report.lock", "a+b", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise UserError(f"--out {folder.path}: {error.strerror}; expected a folder to write to") from None
        try:
            self._take_lock()
            if folder.is_there:
                self._check(folder.read_manifest(), given)
            folder.write(MANIFEST, json.dumps(given, indent=1))
        except BaseException:
            self._lock.close()
            raise

    def _take_lock(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"--out {self.folder.path}: in use by another report; expected it to have ended") from None
        except OSError:  # a file system without locks
            return

    def _check(self, there: dict[str, Any], given: dict[str, Any]) -> None:
        before, now = (each["spot"] if isinstance(each.get("spot"), dict) else {} for each in (there, given))
        other = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
        if other:
            which = f"a report of another spot ({', '.join(other)} differ)" if len(other) > 1 else ""
            which = which or f"a report of another spot ({other[0]} differs)"
            raise UserError(
                f"--out {self.folder.path}: holds {which}; expected a new folder, or the same spot and stops"
            )

    def close(self) -> None:
        """Release the folder's lock."""
        self._lock.close()
