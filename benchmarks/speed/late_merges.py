"""What late merges bring between two hosts: iterations a second with and without, in turns, for each latency.

    python -m benchmarks.speed.late_merges [--delays 0,5] [--batch-sizes 200,2000] [--rounds 3] [--seconds 5]

Two network namespaces of this machine are the hosts (``benchmarks/two_hosts.py`` has what that needs), with
``--ranks`` ranks each; delays are milliseconds that each packet takes more, each way. The ranks of both hosts and what
delays packets share this machine's cores. In each round the same ranks train with merges at once and with late ones,
``--seconds`` each, from an empty table. Ratios are of iterations a second within a round; median, least and largest
over rounds are printed, and all is written to ``--json``. Ends with 1 where late merges make another table on two hosts
than in one process.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.common import spread
from benchmarks.two_hosts import TwoHosts
from holdem_mpi.config.buckets import buckets as buckets_of_text
from holdem_mpi.config.load import load_config
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import machine_facts
from holdem_mpi.parallel.processes import world
from holdem_mpi.performance.batch_times import batches_for, time_batches
from holdem_mpi.training.start import build_problem, compile_first, trainer_for
from holdem_mpi.training.trainer import Progress, table_digest

# Batches after which tables are compared.
_COMPARED = 12


def problem_of(given: argparse.Namespace, batch_size: int, late: bool, comm: Communicator):
    """The game, ready to be trained."""
    keys: dict[str, Any] = {"lanes": given.lanes, "batch_size": batch_size, "late_merge": late}
    keys |= {"solver.seed": given.seed} | (
        {"abstraction.buckets": buckets_of_text(given.buckets)} if given.buckets else {}
    )
    return build_problem(load_config(given.game, keys), comm)


def digest_of(problem, comm: Communicator) -> str:
    """The table's digest after some batches; the same on all ranks."""
    trainer = trainer_for(problem, comm, None, Progress())
    for _ in range(_COMPARED):
        trainer.batch()
    trainer.settle()
    comm.barrier()
    return table_digest(trainer.table, trainer.progress)


def rate_of(problem, comm: Communicator, seconds: float) -> dict[str, float]:
    """Iterations a second, and what a batch takes in milliseconds: in all, waiting for the ranks of this host (or of
    all, where merges are at once), and exchanging with the other host.
    """
    trainer = trainer_for(problem, comm, None, Progress())
    times = time_batches(trainer, batches_for(trainer, seconds))
    total, (_, wait, _, exchange) = times.spans.sum(axis=1).mean(), times.spans.mean(axis=0)
    return {
        "iterations a second": times.iterations / times.seconds,
        "ms a batch": 1e3 * float(total),
        "ms waiting": 1e3 * float(wait),
        "ms exchanging": 1e3 * float(exchange),
        "KiB sent": trainer.bytes_sent / 1024,
    }


def measure(given: argparse.Namespace) -> None:
    """On the ranks of the hosts: a line of JSON for each batch size and round."""
    comm = world()
    for batch_size in given.batch_sizes:
        problems = {late: problem_of(given, batch_size, late, comm) for late in (False, True)}
        for problem in problems.values():
            compile_first(problem, comm)
        digest = digest_of(problems[True], comm)
        for number in range(given.rounds):
            order = (False, True) if number % 2 == 0 else (True, False)
            rates = {"late" if late else "at once": rate_of(problems[late], comm, given.seconds) for late in order}
            line = {"hosts": comm.hosts, "batch_size": batch_size, "digest": digest, **rates}
            if comm.rank == 0:
                print(json.dumps(line), flush=True)


def report(given: argparse.Namespace) -> int:
    """Measure on both hosts for each delay, and print; 1 where a digest is another."""
    found, code = [], 0
    words = ["-m", "benchmarks.speed.late_merges", "--measure", *sys.argv[1:]]
    print(f"{given.game}, {given.ranks} ranks on each of 2 hosts, {given.lanes} lanes, seed {given.seed}; ", end="")
    print(f"{given.rounds} rounds of {given.seconds:g} s a run")
    expected = {
        size: digest_of(problem_of(given, size, True, Communicator()), Communicator()) for size in given.batch_sizes
    }
    for delay in given.delays:
        with TwoHosts(delay / 1e3) as hosts:
            printed = hosts.run(given.ranks, words)
        lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
        found += [{"delay": delay, **line} for line in lines]
        for size in given.batch_sizes:
            rounds = [line for line in lines if line["batch_size"] == size]
            if {line["hosts"] for line in rounds} != {2} or {line["digest"] for line in rounds} != {expected[size]}:
                print(f"batches of {size}: not two hosts, or another table than in one process", file=sys.stderr)
                code = 1
            ratios = [line["late"]["iterations a second"] / line["at once"]["iterations a second"] for line in rounds]
            print(f"delay {delay:g} ms, batches of {size}: late over at once {spread(ratios, 3)}")
            for kind in ("at once", "late"):
                shown = (f"{name} {spread([line[kind][name] for line in rounds], 3)}" for name in rounds[0][kind])
                print(f"  {kind}: {', '.join(shown)}", flush=True)
    if given.json:
        machine = machine_facts(Communicator().mpi_version)
        given.json.write_text(json.dumps({"rounds": found, "machine": machine}, indent=1) + "\n", encoding="ascii")
    return code


def _numbers(kind: type):
    return lambda text: [kind(word) for word in text.split(",")]


def main() -> int:
    """Parse; measure on the ranks that this started, or start them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--game", default="limit_holdem")
    parser.add_argument("--buckets", default="169,100,100,100", help="instead of the game's own")
    parser.add_argument("--delays", type=_numbers(float), default=[0.0, 5.0], help="milliseconds")
    parser.add_argument("--batch-sizes", type=_numbers(int), default=[200, 2000])
    parser.add_argument("--ranks", type=int, default=1, help="on each host")
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each run")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        measure(given)
        return 0
    return report(given)


if __name__ == "__main__":
    sys.exit(main())
