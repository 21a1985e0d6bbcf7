"""What the measuring verbs of ``evaluate`` have in common: which policies, how to print, what to keep."""

import argparse
import json
from collections.abc import Callable
from typing import Any

from holdem_mpi.drivers.ledger import Watch, keep
from holdem_mpi.drivers.line_log import check_log
from holdem_mpi.drivers.policies import policies_of
from holdem_mpi.parallel.communicator import Communicator

Measure = Callable[[str], dict[str, Any]]


def add_policy_options(verb: argparse.ArgumentParser, policy: str = "folder of a run or of a policy") -> None:
    """``--policy``, ``--checkpoint``, ``--ledger`` and ``--json``."""
    verb.add_argument("--policy", required=True, metavar="DIR", help=policy)
    verb.add_argument("--checkpoint", metavar="N", help="judge what the run was at that checkpoint, or at all of them")
    verb.add_argument("--ledger", metavar="FILE", help="keep the result there (default: DIR/evaluations.jsonl)")
    verb.add_argument("--json", action="store_true", help="print one JSON object for each policy")


def evaluate_policies(
    arguments: argparse.Namespace,
    comm: Communicator,
    measure: Measure,
    options: dict[str, Any],
    lines_of: Callable[[dict[str, Any]], list[str]],
) -> None:
    """Measure each policy that ``arguments`` name, print the result, and add it to the run's ledger.

    measure: from a name that ``open_run_policy`` takes to a result that JSON can hold, the same on every rank.
    options: what beside the policy decides the result. Collective.
    """
    if arguments.ledger is not None:
        comm.on_root(lambda: check_log(arguments.ledger, "--ledger"))
    for policy in comm.on_root(lambda: policies_of(arguments.policy, arguments.checkpoint)):
        watch = Watch(comm)
        result = measure(policy)
        if comm.rank == 0:
            print("\n".join([json.dumps(result)] if arguments.json else lines_of(result)), flush=True)
        keep(watch, comm, policy, arguments.verb, result, options, arguments.ledger)
