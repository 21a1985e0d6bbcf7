"""What long evaluations share: what they are of, where they keep what is done, and how they end when stopped."""

import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from holdem_mpi.config.search_effort import SearchEffort
from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.open_player import is_baseline, load_policy
from holdem_mpi.policy.policy import Policy
from holdem_mpi.policy.policy_files import is_shipped
from holdem_mpi.storage.cache import cache_folder
from holdem_mpi.storage.checkpoint import split_checkpoint
from holdem_mpi.storage.evaluation_store import evaluation_digest


def policy_to_search(text: str, effort: SearchEffort | None, comm: Communicator) -> Policy | None:
    """The policy that ``text`` names, where it is to search; else None. UserError for a baseline. Collective."""
    if effort is None:
        return None
    if is_baseline(text):
        option = "--search-ms" if effort.iterations is None else "--search-iterations"
        raise UserError(f"{option}: {text} cannot search; expected a policy's folder")
    return load_policy(text, comm)


def kept_folder(policy: str | None, out: str | None, prefix: str, key: dict[str, Any]) -> Path:
    """The folder of the evaluation ``key`` (JSON): in ``out``, else in the run of the policy's folder, else in the
    user's cache, as of a baseline (None) or a shipped blueprint."""
    if out:
        base = Path(out)
    elif policy is None or is_shipped(policy):
        base = cache_folder() / "evaluations"
    else:
        base = _evaluations_of(Path(policy))
    return base / f"{prefix}-{evaluation_digest(key)[:16]}"


def _evaluations_of(folder: Path) -> Path:
    """``evaluations`` in the run's folder, also where its policy's own or a checkpoint (``RUN@250``) was named."""
    folder = Path(split_checkpoint(str(folder))[0])
    inside = folder.resolve().name == "policy" and not (folder / "policy").is_dir()
    return (folder.resolve().parent if inside else folder) / "evaluations"


def stopped_by_signal(comm: Communicator, what: str, folder: Path) -> NoReturn:
    """End by a signal, after ``what`` was kept in ``folder``: say how to go on. Rank 0 first, if it was told too; else
    the rank that was.
    """
    text = f"stopped by a signal; {what} that were done are kept in {folder}: the same command goes on"
    if comm.rank:
        time.sleep(0.5)
        print(text, file=sys.stderr, flush=True)
    raise KeyboardInterrupt(text)
