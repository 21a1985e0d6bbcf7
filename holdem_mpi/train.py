"""Train a blueprint: ``mpirun -n 16 python -m holdem_mpi.train --batch-size 200``."""

import argparse
import sys

import holdem_mpi.parallel.startup  # noqa: F401, before all that takes long
from holdem_mpi.cli import Parser, add_run_options, config_of, overrides_of, source_of
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.errors import EXIT_OK, UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.launch import check_workers, relaunch
from holdem_mpi.parallel.notices import Notice
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.parallel.spare_ranks import run_on_team
from holdem_mpi.text import counted, duration, memory_size, whole

_OPTIONS = (
    ("--plan-ranks", whole, "ranks in all (default: those that run)"),
    ("--plan-nodes", whole, "nodes that share them out (default: as few as have the cores)"),
    ("--node-memory", memory_size, "memory of a node, such as 256G (default: what is free here)"),
    ("--node-cores", whole, "cores of a node (default: as here)"),
)
# Keys of what ends a run.
_STOPS = {"iters", "time_budget"}


def parser() -> Parser:
    """The command's options."""
    parser = Parser(prog="python -m holdem_mpi.train", description=__doc__)
    add_run_options(parser)
    parser.add_argument(
        "--resume", action="store_true", help="go on from the last checkpoint in --logdir, by its config"
    )
    parser.add_argument("--plan", action="store_true", help="train nothing: print sizes, times and a batch size")
    add_cluster_options(parser)
    parser.add_argument("--num-workers", type=int, help="ranks to start by mpirun; 0: as many as cores", metavar="N")
    return parser


def add_cluster_options(parser: argparse.ArgumentParser) -> None:
    """The options that say for which ranks and nodes ``--plan`` plans."""
    for option, kind, text in _OPTIONS:
        parser.add_argument(option, type=kind, metavar=option.rpartition("-")[2].upper(), help=f"with --plan: {text}")


def check_cluster_options(arguments: argparse.Namespace) -> None:
    """UserError on those options without ``--plan``, or with numbers that cannot be."""
    for option, _, _ in _OPTIONS:
        value = getattr(arguments, option[2:].replace("-", "_"))
        if value is not None and not arguments.plan:
            raise UserError(f"{option}: only with --plan")
        if value is not None and value < 1:
            raise UserError(f"{option} {value}: expected a number of at least 1")


def config_for(arguments: argparse.Namespace) -> RunConfig:
    """The config that the options ask for, or that the run to be resumed has. UserError on what cannot be."""
    if not arguments.resume:
        return config_of(arguments)
    if arguments.logdir is None:
        raise UserError("--resume: expected --logdir DIR, the folder of the run to go on with")
    from holdem_mpi.training.run import check_same_source, resumed_config

    if arguments.config or arguments.game:
        check_same_source(arguments.logdir, source_of(arguments), overrides_of(arguments))
    return resumed_config(arguments.logdir, overrides_of(arguments))


def main(comm: Communicator) -> int:
    """Parse, and train on the ranks that work."""
    arguments = parser().parse_args()
    check_workers(comm, arguments.num_workers)
    check_cluster_options(arguments)
    # One rank reads the files: hosts need not share the folder that the config lies in.
    config = RunConfig.model_validate(comm.on_root(lambda: config_for(arguments).model_dump(mode="json")))
    if arguments.plan:
        from holdem_mpi.performance.plan import cluster_of, show_plan

        with Notice("measuring this machine for the plan"):
            show_plan(config, comm, cluster_of(comm, arguments))
        return EXIT_OK
    if comm.rank == 0 and config.time_budget and not arguments.resume and not overrides_of(arguments).keys() & _STOPS:
        text = "begin once kernels and card abstraction are there; --time-budget SECONDS and --iters N shorten them"
        print(
            f"{config.game.name}: the {duration(config.time_budget)} of its config {text}", file=sys.stderr, flush=True
        )
    # A lane for each rank of the job, also for those that rest.
    config = config.completed(comm.size)
    return run_on_team(comm, lambda team: _train(config, team, arguments), config.spare_ranks == "work")


def _train(config: RunConfig, comm: Communicator, arguments: argparse.Namespace) -> int:
    """Train on the ranks of ``comm``, print the summary's digest; the exit code."""
    from holdem_mpi.training.run import Run, default_logdir

    logdir = comm.bcast_json(arguments.logdir or config.logdir or default_logdir(config))
    with Notice("preparing the run", if_quiet=True):
        run = Run(config.model_copy(update={"logdir": logdir}), comm, arguments.resume)
    try:
        code, summary = run.train()
    finally:
        run.close()
    if summary:
        print(
            f"{summary['game']}: {counted(summary['iterations'], 'iteration')} in {summary['seconds']:.1f} s "
            f"on {counted(summary['ranks'], 'rank')} ({summary['iterations_per_second']:.0f} it/s, "
            f"merge {100 * summary['merge_share']:.0f} %), stopped by {summary['stopped_by']}\n"
            f"run: {logdir}\ndigest: {summary['digest']}",
            flush=True,
        )
    return code


if __name__ == "__main__":
    relaunch("holdem_mpi.train", sys.argv[1:])
    sys.exit(run_command(main))
