"""Files of one JSON object a line that only grow: a kill or a full disk costs the line that was being written."""

import contextlib
import fcntl
import json
import os
from pathlib import Path
from typing import Any


def append_line(path: Path, record: dict[str, Any], durable: bool = False) -> None:
    """Add one JSON line, in the file when this returns, and on the disk where ``durable``.

    A torn last line is closed first, so that it spoils nothing but itself. Processes that append at the same time take
    turns where the file system has locks. OSError leaves no half line behind; ValueError on NaN and infinity.
    """
    line = (json.dumps(record, allow_nan=False) + "\n").encode("ascii")
    with open(path, "a+b", buffering=0) as file:
        with contextlib.suppress(OSError):  # no locks here: then one writer is all that can be had
            fcntl.flock(file, fcntl.LOCK_EX)
        before = os.fstat(file.fileno()).st_size
        if before:
            file.seek(before - 1)
            if file.read(1) != b"\n":
                line = b"\n" + line
        try:
            view = memoryview(line)
            while view:
                view = view[file.write(view) :]
            if durable:
                os.fsync(file.fileno())
        except OSError:
            file.truncate(before)
            raise


def read_lines(path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """(the objects in order, a warning for each line that is none). Empty where there is no file.

    OSError where it cannot be read.
    """
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return [], []
    records, warnings = [], []
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict) and line.endswith(b"\n"):
            records.append(record)
        else:
            warnings.append(f"{path}:{number}: torn or not a JSON object, skipped")
    return records, warnings
