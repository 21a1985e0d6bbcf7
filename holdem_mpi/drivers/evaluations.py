"""What the measuring verbs of ``evaluate`` have in common: which policies, how to print, what to keep."""

import argparse
import json
from collections.abc import Callable
from typing import Any

from holdem_mpi.drivers.compare import MEASURES, compare, csv_lines, options_of, table_lines
from holdem_mpi.drivers.ledger import Watch, keep
from holdem_mpi.drivers.options import Option
from holdem_mpi.drivers.plot import check_plot, plot_comparison
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
    for policy in comm.on_root(lambda: policies_of(arguments.policy, arguments.checkpoint)):
        watch = Watch(comm)
        result = measure(policy)
        if comm.rank == 0:
            print("\n".join([json.dumps(result)] if arguments.json else lines_of(result)), flush=True)
        keep(watch, comm, policy, arguments.verb, result, options, arguments.ledger)


def add_compare(verb: argparse.ArgumentParser) -> None:
    """The options of ``compare``."""
    verb.add_argument("runs", nargs="+", metavar="RUN", help="folders of runs")
    verb.add_argument("--measure", choices=sorted(MEASURES), default="exploitability", help="default: %(default)s")
    verb.add_argument("--last", action="store_true", help="only what each run came to, not its earlier checkpoints")
    verb.add_argument("--plot", metavar="FILE", help="draw it, as .png, .svg or .pdf (pip install 'holdem_mpi[plot]')")
    for flag, option in _all_options().items():
        names = [name for name, measure in MEASURES.items() if flag in [each.flag for each in measure.options]]
        option.add_to(verb, default=None, help=f"{option.text} (of {', '.join(names)})")
    form = verb.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--csv", action="store_true", help="print comma-separated values")


def _all_options() -> dict[str, Option]:
    """Options of all measures by flag; one that two measures share is of one kind."""
    return {option.flag: option for measure in MEASURES.values() for option in measure.options}


def compare_runs(arguments: argparse.Namespace, comm: Communicator) -> None:
    """Measure what the runs' ledgers lack; print the table, draw the plot. Collective."""
    if arguments.plot:
        comm.on_root(lambda: check_plot(arguments.plot))
    given = {option.name: getattr(arguments, option.name) for option in _all_options().values()}
    options = options_of(arguments.measure, given)
    found = compare(arguments.runs, arguments.measure, options, arguments.last, comm)
    if comm.rank == 0:
        lines = csv_lines(found) if arguments.csv else table_lines(found)
        print("\n".join([json.dumps(found)] if arguments.json else lines), flush=True)
    if arguments.plot:
        comm.on_root(lambda: plot_comparison(found, arguments.plot))
