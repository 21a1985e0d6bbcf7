"""A run's folder whose metrics also go to TensorBoard."""

import time
from pathlib import Path
from typing import Any

from holdem_mpi.errors import ConfigError
from holdem_mpi.storage.run_folder import RunFolder


class LoggedFolder(RunFolder):
    """``RunFolder`` that writes each line of metrics to ``tensorboard/`` too where that is asked for.

    ConfigError where the package tensorboardX is missing. Only rank 0 opens it.
    """

    def __init__(self, path: str | Path, resume: bool, tensorboard: bool) -> None:
        super().__init__(path, resume)
        self._scalars: _ScalarFile | None = None
        if tensorboard:
            try:
                self._scalars = _ScalarFile(self.path / "tensorboard")
            except BaseException:
                self.close()
                raise

    def forget(self) -> None:
        """Undo ``write_config``: the run could not start, and the corrected one may use the folder."""
        self.config.unlink(missing_ok=True)

    def append_metrics(self, record: dict[str, Any]) -> None:
        """Add a line to metrics.jsonl and its numbers to the scalars. OSError where the disk refuses."""
        super().append_metrics(record)
        if self._scalars:
            self._scalars.add(record)


class _ScalarFile:
    """TensorBoard events, written at once: tensorboardX's own queue would block for ever once its thread has died."""

    def __init__(self, folder: Path) -> None:
        try:
            from tensorboardX import summary
            from tensorboardX.event_file_writer import EventsWriter
            from tensorboardX.proto import event_pb2
        except ImportError:
            raise ConfigError(
                "tensorboard: the package tensorboardX is not installed; expected it (pip install tensorboardX), "
                "or tensorboard: false"
            ) from None
        self._summary, self._events, self._writer_type = summary, event_pb2, EventsWriter
        self._folder = folder
        self._writer: Any = None

    def add(self, record: dict[str, Any]) -> None:
        """Write every number of ``record`` at the step ``iterations``. OSError where the disk refuses."""
        step = record["iterations"]
        if self._writer is None:
            self._folder.mkdir(exist_ok=True)
            self._writer = self._writer_type(str(self._folder / "events"))
            # TensorBoard then drops what an earlier process wrote beyond the checkpoint that this one went on from.
            start = self._events.SessionLog(status=self._events.SessionLog.START)
            self._write(step, session_log=start)
        for name, value in record.items():
            if name not in ("batch", "iterations") and isinstance(value, (int, float)):
                self._write(step, summary=self._summary.scalar(name, value))
        self._writer.flush()

    def _write(self, step: int, **content: Any) -> None:
        self._writer.write_event(self._events.Event(wall_time=time.time(), step=step, **content))
