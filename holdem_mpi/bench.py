"""Measure this machine: ``mpirun -n 16 python -m holdem_mpi.bench scaling --game limit_holdem --out scaling``."""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import holdem_mpi.parallel.startup  # noqa: F401, before all that takes long
from holdem_mpi.cli import Subcommand, add_run_options, config_of, run_subcommand
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.errors import EXIT_OK, UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.host import machine_facts
from holdem_mpi.parallel.notices import Notice
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.storage.result_file import check_result_file, write_result_file
from holdem_mpi.text import count, numbers, whole

# Options of a run that no benchmark heeds.
_OF_RUNS = frozenset(
    ["--iters", "--time-budget", "--checkpoint-interval", "--keep-checkpoints", "--snapshots", "--log-interval"]
    + ["--logdir", "--tensorboard"]
)
# Entries of the tables that merging is measured with.
_DEFAULT_ENTRIES = (1_000_000, 10_000_000, 100_000_000)


def _add_common(parser: argparse.ArgumentParser, rounds: int, seconds: float | None, of_what: str) -> None:
    add_run_options(parser, _OF_RUNS)
    parser.add_argument(
        "--rounds", type=whole, default=rounds, help="times that everything is measured (default: %(default)s)"
    )
    if seconds is not None:
        text = f"seconds of each {of_what} (default: %(default)s)"
        parser.add_argument("--seconds", type=float, default=seconds, help=text)


def _positive(arguments: argparse.Namespace, *names: str) -> None:
    for name in names:
        value = getattr(arguments, name)
        if not 0 < value < math.inf:
            raise UserError(f"--{name} {value:g}: expected a number above 0")


def _config(arguments: argparse.Namespace, comm: Communicator) -> RunConfig:
    """The config of the command line, which one rank reads."""
    from holdem_mpi.performance.calibration import with_fixed_batches

    return with_fixed_batches(
        RunConfig.model_validate(comm.on_root(lambda: config_of(arguments).model_dump(mode="json")))
    )


def _add_scaling(parser: argparse.ArgumentParser) -> None:
    _add_common(parser, 3, 5.0, "run")
    parser.add_argument("--ranks", type=numbers, metavar="LIST", help="rank counts (default: 1, 2, 4, ... and all)")
    parser.add_argument(
        "--node-cores", type=whole, metavar="N", help="ranks of a node in the extrapolation (default: 64)"
    )
    parser.add_argument("--out", default="scaling", metavar="DIR", help="folder of the report (default: %(default)s)")


def _run_scaling(arguments: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.performance.bench_report import write_report
    from holdem_mpi.performance.scaling import check_ranks, measure_scaling

    _positive(arguments, "rounds", "seconds")
    counts = check_ranks(arguments.ranks, comm)
    if arguments.node_cores is not None and arguments.node_cores < 1:
        raise UserError(f"--node-cores {arguments.node_cores}: expected a number of at least 1")
    config = _config(arguments, comm)
    folder = Path(arguments.out)
    comm.on_root(lambda: _make_folder(folder))
    report = measure_scaling(config, comm, counts, arguments.seconds, arguments.rounds, arguments.node_cores)
    report = _facts(comm) | report
    if comm.rank == 0:
        print("\n".join(write_report(report, folder)), flush=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {folder}: {error.strerror}; expected a folder to write to") from None
    check_result_file("--out", folder / "report.json")


def _check_json(arguments: argparse.Namespace, comm: Communicator) -> None:
    if arguments.json:
        comm.on_root(lambda: check_result_file("--json", arguments.json))


def _add_kernel(parser: argparse.ArgumentParser) -> None:
    _add_common(parser, 3, 1.0, "part and round, of processor time")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")


def _run_kernel(arguments: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.performance.kernel_times import kernel_lines, measure_kernels

    _positive(arguments, "rounds", "seconds")
    _check_json(arguments, comm)
    config = _config(arguments, comm)
    with Notice("measuring kernels"):
        report = measure_kernels(config, comm, arguments.seconds, arguments.rounds)
    _print(arguments, comm, kernel_lines(report), report)


def _add_merge(parser: argparse.ArgumentParser) -> None:
    _add_common(parser, 3, None, "")
    entries = ",".join(map(count, _DEFAULT_ENTRIES))
    text = f"table entries, by the number of buckets (default: {entries}, or the table of --buckets)"
    parser.add_argument("--entries", type=numbers, metavar="LIST", help=text)
    parser.add_argument("--batches", type=whole, default=50, help="batches that are timed (default: %(default)s)")
    parser.add_argument("--warm", type=whole, default=10, help="batches before those (default: %(default)s)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")


def _run_merge(arguments: argparse.Namespace, comm: Communicator) -> None:
    from holdem_mpi.performance.bench_report import say
    from holdem_mpi.performance.merge_times import check_merging, configs_of_sizes, measure_merges, merge_lines

    _positive(arguments, "rounds", "batches", "warm")
    _check_json(arguments, comm)
    if arguments.entries and arguments.buckets:
        raise UserError("--entries: chooses the buckets itself; expected no --buckets beside it")
    if not (arguments.game or arguments.config):
        arguments.game = "limit_holdem"
    config = _config(arguments, comm)
    check_merging(config)
    configs = [config]
    if arguments.entries or (config.abstraction.buckets and not arguments.buckets):
        configs = configs_of_sizes(config, arguments.entries or list(_DEFAULT_ENTRIES))
    reports = []
    for each in configs:
        say(comm, f"table with buckets {each.abstraction.buckets or 'of its deck'}")
        reports.append(measure_merges(each, comm, arguments.batches, arguments.warm, arguments.rounds))
    _print(arguments, comm, merge_lines(reports), {"tables": reports})


def _facts(comm: Communicator) -> dict[str, Any]:
    words = ["python", "-m", "holdem_mpi.bench", *sys.argv[1:]]
    command = " ".join([f"mpirun -n {comm.size}", *words] if comm.size > 1 else words)
    return {"command": command, "machine": machine_facts(comm.mpi_version)}


def _print(arguments: argparse.Namespace, comm: Communicator, lines: list[str], report: dict[str, Any]) -> None:
    """Print on rank 0, and write the JSON file that was asked for. SaveError where that fails. Collective."""
    report = _facts(comm) | report

    def save() -> None:
        print("\n".join(lines), flush=True)
        if arguments.json:
            text = json.dumps(report, indent=1) + "\n"
            write_result_file("--json", arguments.json, text, "the figures were not written")

    comm.on_root(save)


BENCHMARKS = {
    "scaling": Subcommand("strong and weak scaling over ranks, with a report", _add_scaling, _run_scaling),
    "kernel": Subcommand("the parts of an iteration, each by itself", _add_kernel, _run_kernel),
    "merge": Subcommand("what batches take: walking, waiting, merging, by table size", _add_merge, _run_merge),
}


def main(comm: Communicator) -> int:
    """Parse, measure, print."""
    run_subcommand("python -m holdem_mpi.bench", __doc__, BENCHMARKS, comm)
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(run_command(main))
