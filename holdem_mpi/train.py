"""Train a blueprint: ``mpirun -n 16 python -m holdem_mpi.train --batch-size 200``."""

import argparse
import sys

import holdem_mpi.starting  # noqa: F401, before all that takes long
from holdem_mpi.config import RunConfig
from holdem_mpi.drivers.options import Parser, add_run_options, config_of, overrides_of
from holdem_mpi.drivers.plan import add_cluster_options, check_cluster_options, cluster_of, show_plan
from holdem_mpi.drivers.runs import Run, default_logdir, resumed_config
from holdem_mpi.errors import EXIT_OK, UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.launch import check_workers, relaunch
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.texts import counted


def parser() -> Parser:
    """The command's options."""
    parser = Parser(prog="python -m holdem_mpi.train", description=__doc__)
    add_run_options(parser)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in --logdir")
    parser.add_argument("--plan", action="store_true", help="train nothing: print sizes, times and a batch size")
    add_cluster_options(parser)
    parser.add_argument("--num-workers", type=int, help="ranks to start by mpirun; 0: as many as cores", metavar="N")
    return parser


def config_for(arguments: argparse.Namespace) -> RunConfig:
    """The config that the options ask for, or that the run to be resumed has. UserError on what cannot be."""
    if not arguments.resume:
        return config_of(arguments)
    if arguments.logdir is None:
        raise UserError("--resume: expected --logdir DIR, the folder of the run to go on with")
    if arguments.config or arguments.game:
        raise UserError("--resume: the config comes from the run's folder; expected neither --config nor --game")
    return resumed_config(arguments.logdir, overrides_of(arguments))


def main(comm: Communicator) -> int:
    """Parse, train, print the summary's digest."""
    arguments = parser().parse_args()
    check_workers(comm, arguments.num_workers)
    check_cluster_options(arguments)
    # One rank reads the files: hosts need not share the folder that the config lies in.
    config = RunConfig.model_validate(comm.on_root(lambda: config_for(arguments).model_dump(mode="json")))
    if arguments.plan:
        show_plan(config, comm, cluster_of(comm, arguments))
        return EXIT_OK
    logdir = comm.bcast_json(arguments.logdir or config.logdir or default_logdir(config))
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
