"""Checkpoints off the hot path: the table is copied, a thread hashes and writes the copy."""

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from holdem_mpi.storage.checkpoint import save_generation
from holdem_mpi.storage.run_folder import RunFolder


class Checkpointer:
    """Writes generations of a run on rank 0, one at a time, in the background.

    ``seconds``: what that took from the training: copies and waits by the clock, the thread by its processor time.
    """

    def __init__(self, folder: RunFolder, keep: int, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._keep = keep
        self._say = say
        self._thread: threading.Thread | None = None
        self._copy: np.ndarray | None = None
        self.seconds = 0.0
        self.failed: OSError | None = None
        self._fault: BaseException | None = None

    @property
    def busy(self) -> bool:
        """Whether a generation is being written at the moment."""
        return self._thread is not None and self._thread.is_alive()

    def start(
        self, table: np.ndarray, kept: dict[str, np.ndarray], meta: dict[str, Any], snapshot: bool = False
    ) -> None:
        """Copy ``table`` and begin to write it with what is ``kept`` beside it, which nobody changes any more;
        ``meta["progress"]["batch"]`` numbers the generation.

        A ``snapshot`` is kept for good, and waits for a write under way.
        """
        begin = time.perf_counter()
        self.wait()
        if self._copy is None:
            self._copy = np.empty_like(table)
        np.copyto(self._copy, table)
        self._thread = threading.Thread(
            target=self._write, args=({"table": self._copy, **kept}, meta, snapshot), daemon=False
        )
        self._thread.start()
        self.seconds += time.perf_counter() - begin

    def wait(self) -> None:
        """Wait for the write under way. What a write raised that is not the disk's fault is raised here."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._fault is not None:
            raise self._fault

    def save_now(self, arrays: dict[str, np.ndarray], meta: dict[str, Any]) -> None:
        """Write the table and what is kept beside it before returning; ``failed`` says if that went wrong. The copy is
        given up: what follows a run's last checkpoint, such as its policy, needs the memory.
        """
        begin = time.perf_counter()
        self.wait()
        self._copy = None
        self._save(arrays, meta)
        self.seconds += time.perf_counter() - begin

    def _write(self, arrays: dict[str, np.ndarray], meta: dict[str, Any], snapshot: bool) -> None:
        begin = time.thread_time()
        try:
            self._save(arrays, meta, snapshot)
        except BaseException as error:  # in a thread it would be printed and forgotten
            self._fault = error
            return
        if self.failed:
            self._say(f"warning: checkpoint not written: {self.failed}; the one before is kept, the run goes on")
        self.seconds += time.thread_time() - begin

    def _save(self, arrays: dict[str, np.ndarray], meta: dict[str, Any], snapshot: bool = False) -> None:
        self.failed = None
        folder, number = self._folder.checkpoints, meta["progress"]["batch"]
        try:
            save_generation(folder, number, arrays, meta, self._keep, snapshot)
        except OSError as error:
            self.failed = error
