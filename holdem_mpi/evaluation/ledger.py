"""The ledger: every evaluation of a run's policies, a line each in the run's evaluations.jsonl."""

import datetime
import shlex
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi import __version__
from holdem_mpi.config.fingerprint import fingerprint
from holdem_mpi.errors import DataError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.policy_files import (
    config_of_run,
    digest_of_checkpoint,
    folders_of_run,
    policy_folder,
)
from holdem_mpi.storage.checkpoint import split_checkpoint
from holdem_mpi.storage.jsonl import append_line, read_lines
from holdem_mpi.storage.policy_file import open_policy
from holdem_mpi.storage.run_folder import EVALUATIONS


def run_of(policy: str) -> Path | None:
    """The run's folder that a policy belongs to: a run, its ``policy/`` or ``RUN@250``; None for anything else."""
    folder, above = folders_of_run(policy)
    for place in (folder, above) if folder.name == "policy" else (folder,):
        if (place / "config.yaml").is_file():
            return place
    return None


def record(folder: str, subcommand: str, result: dict[str, Any], meta: dict[str, Any]) -> Path | None:
    """Add one line for ``result`` to the ledger of the run that the policy ``folder`` belongs to; its path.

    ``meta``: anything beside the result that JSON can hold, such as ``options``, ``ranks`` and ``cpu_seconds``;
    ``policy_digest``, ``iterations`` and ``checkpoint`` are taken from it, else from the result, else from the policy.
    ``ledger`` in it names another file than the run's. None, and nothing is written, where the policy (a baseline, a
    copied folder) belongs to no run. To be called on one rank. OSError where the disk refuses.
    """
    meta = dict(meta)
    run, named = run_of(folder), meta.pop("ledger", None)
    if run is None and named is None:
        return None
    path = Path(named) if named else run / EVALUATIONS
    line = {
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": command_line(),
        "verb": subcommand,
        "policy": folder,
        **_identity(folder, result),
        "fingerprint": fingerprint(config_of_run(str(run))) if run else None,
        "version": __version__,
        **meta,
        "result": result,
    }
    append_line(path, line, durable=True)
    return path


def _identity(policy: str, result: dict[str, Any]) -> dict[str, Any]:
    """Digest, iterations and checkpoint of a policy, as the result says, else as the files do; None for a baseline."""
    folder, number = split_checkpoint(policy)
    digest, iterations = result.get("digest"), result.get("iterations")
    try:
        if digest is None and number is None:
            manifest = open_policy(policy_folder(folder)).manifest
            digest, iterations = manifest["table_digest"], manifest["iterations"]
        elif digest is None:
            digest, iterations = digest_of_checkpoint(folder, number)
    except DataError:
        digest = iterations = None
    return {"policy_digest": digest, "iterations": iterations, "checkpoint": number}


def command_line() -> str:
    """The command line as it was typed, without mpirun and its options."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    program = ["python", "-m", spec.name] if spec else sys.argv[:1]
    return shlex.join([*program, *sys.argv[1:]])


def read(folder: str | Path) -> tuple[list[dict[str, Any]], list[str]]:
    """(lines of a run's ledger, a warning for each torn one). Empty without one; DataError where it cannot be read."""
    path = Path(folder) / EVALUATIONS
    try:
        return read_lines(path)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}, expected a ledger of evaluations") from None


class CpuTimer:
    """Counts the processor time of all ranks from the moment that it is made."""

    def __init__(self, comm: Communicator) -> None:
        self._comm, self._begin = comm, time.process_time()

    def cpu_seconds(self) -> float:
        """Processor seconds since the timer was made, summed over ranks. Collective."""
        microseconds = np.array([round(1e6 * (time.process_time() - self._begin))], np.int64)
        self._comm.allreduce_sum(microseconds)
        return float(microseconds[0]) / 1e6


def keep(
    timer: CpuTimer,
    comm: Communicator,
    policy: str,
    subcommand: str,
    result: dict[str, Any],
    options: dict[str, Any],
    ledger: str | None = None,
) -> None:
    """``record`` a result that all ranks have, with ranks and CPU seconds; say so on rank 0 where that cannot be done.

    ``options``: what beside the policy decides the result, such as hands or seed. ``ledger``: a file that the user
    named. A ledger that the disk refuses costs a warning: the result was printed. Collective.
    """
    meta = {"options": options, "ranks": comm.size, "cpu_seconds": timer.cpu_seconds(), "ledger": ledger}
    if comm.rank != 0:
        return
    try:
        if record(policy, subcommand, result, meta) is None:
            _say(f"note: {policy} belongs to no run: not written to a ledger (--ledger FILE names one)")
    except OSError as error:
        _say(f"warning: ledger not written: {error}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
