"""A run's output folder: config.yaml, metrics.jsonl, summary.json, evaluations.jsonl, checkpoints/, policy/, and a
lock on what training writes.
"""

import errno
import fcntl
import json
import os
import socket
from pathlib import Path
from typing import Any, BinaryIO

from holdem_mpi.config.load import config_to_yaml
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.errors import UserError
from holdem_mpi.storage.atomic import write_atomically
from holdem_mpi.storage.jsonl import append_line

_MARKS_OF_A_RUN = ("config.yaml", "metrics.jsonl", "summary.json", "checkpoints", "policy")

EVALUATIONS = "evaluations.jsonl"


class RunFolder:
    """The folder, created if need be, and locked until ``close`` or the end of the process, however it ends.

    ``had_run`` says whether a run was here before. Without ``resume`` that is a UserError, as is a folder that another
    run has locked. ``locked`` is False where the file system has no locks; the run may go on, at the user's risk.
    Only rank 0 opens it.
    """

    def __init__(self, path: str | Path, resume: bool = False):
        self.path = Path(path)
        self.checkpoints = self.path / "checkpoints"
        self.policy = self.path / "policy"
        self.config = self.path / "config.yaml"
        self.metrics = self.path / "metrics.jsonl"
        self.summary = self.path / "summary.json"
        self.evaluations = self.path / EVALUATIONS
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock_file: BinaryIO = open(self.path / "run.lock", "a+b", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise UserError(f"output folder {self.path}: {error.strerror}, expected a folder to write to") from None
        try:
            self.locked = self._take_lock()
            self.had_run = any((self.path / name).exists() for name in _MARKS_OF_A_RUN)
            if self.had_run and not resume:
                raise UserError(f"output folder {self.path} already holds a run, expected an empty folder or --resume")
        except BaseException:
            self._lock_file.close()
            raise

    def _take_lock(self) -> bool:
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock_file.seek(0)
            owner = self._lock_file.read(200).decode("ascii", "replace").strip() or "pid and host unknown"
            raise UserError(f"output folder {self.path} is in use by another run ({owner})") from None
        except OSError as error:
            if error.errno in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL):
                return False
            raise
        self._lock_file.truncate(0)
        self._lock_file.write(f"pid {os.getpid()}, host {socket.gethostname()}\n".encode("ascii", "replace"))
        return True

    def close(self) -> None:
        """Release the folder's lock."""
        self._lock_file.close()

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write_config(self, config: RunConfig) -> None:
        """Write config.yaml atomically. OSError where the disk refuses."""
        write_atomically(self.config, config_to_yaml(config).encode("utf-8"))

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Write summary.json atomically. OSError where the disk refuses, ValueError on NaN and infinity."""
        write_atomically(self.summary, (json.dumps(summary, indent=1, allow_nan=False) + "\n").encode("ascii"))

    def append_metrics(self, record: dict[str, Any]) -> None:
        """Add one JSON line to metrics.jsonl, in the file when this returns. OSError leaves no half line behind."""
        append_line(self.metrics, record)

    def truncate_metrics(self, batch: int) -> None:
        """Drop the lines of batches after ``batch``, which a resumed run will write again, and any torn line."""
        if not self.metrics.exists():
            return
        lines = self.metrics.read_bytes().splitlines(keepends=True)
        write_atomically(self.metrics, b"".join(line for line in lines if _batch_of(line) <= batch))


def _batch_of(line: bytes) -> float:
    """Batch of a metrics line; infinity for a line that is torn or not ours."""
    try:
        record = json.loads(line)
    except ValueError:
        return float("inf")
    batch = record.get("batch") if isinstance(record, dict) and line.endswith(b"\n") else None
    return batch if type(batch) is int else float("inf")
