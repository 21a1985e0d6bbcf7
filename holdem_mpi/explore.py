"""Look at policies, runs and spots in the browser, on a local page: ``python -m holdem_mpi.explore RUN``."""

import importlib.util
import sys
from pathlib import Path

import holdem_mpi.parallel.startup  # noqa: F401, before all that takes long
from holdem_mpi.cli import Parser, check_bounds
from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.text import memory_size, whole

_LOOPBACK = "127.0.0.1"
_NEEDED = ("starlette", "uvicorn")


def parser() -> Parser:
    """The command's options."""
    parser = Parser(prog="python -m holdem_mpi.explore", description=__doc__)
    kinds = "runs, policies, checkpoints (RUN@250), solutions, reports, spot files, folders of these"
    sources = f"{kinds}; default: the shipped ones"
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help=sources)
    parser.add_argument("--port", type=whole, metavar="P", help="port to listen at (default: 8752, else a free one)")
    parser.add_argument("--no-browser", action="store_true", help="print the address, open no browser")
    parser.add_argument(
        "--host",
        default=_LOOPBACK,
        metavar="H",
        help="address to listen at; others may reach it (needs --i-know)",
    )
    parser.add_argument(
        "--i-know",
        action="store_true",
        help="--host names more than this machine, unencrypted, and that is meant",
    )
    parser.add_argument("--spots", metavar="DIR", help="folder of the spots solved here (default: the user's own data)")
    parser.add_argument("--jobs", type=whole, default=1, metavar="N", help="spots solved at once (default: 1)")
    parser.add_argument(
        "--job-memory", type=memory_size, metavar="M", help="memory of a job, such as 8G (default: free)"
    )
    parser.add_argument(
        "--job-seconds", type=float, default=3600.0, metavar="S", help="seconds of a job (default: 3600)"
    )
    text = "processes of a job, by mpirun (default: as many as there are cores)"
    parser.add_argument("--job-ranks", type=whole, metavar="N", help=text)
    return parser


def main(comm: Communicator) -> int:
    """Serve the pages that the command line asks for until a signal ends it; the exit code."""
    given = parser().parse_args()
    if comm.size > 1:
        raise UserError("explore is one process; expected it without mpirun")
    if given.port is not None and not 0 <= given.port <= 65535:
        raise UserError(f"--port {given.port}: expected 0 to 65535")
    check_bounds("jobs", given.jobs, 1, 64)
    check_bounds("job_seconds", given.job_seconds, 1, 1e7)
    if given.job_ranks is not None:
        check_bounds("job_ranks", given.job_ranks, 1, 256)
    if given.host != _LOOPBACK and not given.i_know:
        why = "whoever reaches that address sees what the token opens, and it is not encrypted"
        raise UserError(f"--host {given.host}: {why}; expected {_LOOPBACK}, or --i-know if that is meant")
    if given.host in ("", "0.0.0.0", "::"):
        raise UserError(f"--host {given.host}: expected one address of this machine, since each request must name it")
    if missing := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        raise UserError(f"explore needs {' and '.join(missing)}; expected: pip install 'holdem_mpi[explore]'")
    from holdem_mpi.explorer.job_limits import JobLimits
    from holdem_mpi.explorer.serving import ServerOptions, serve

    limits = JobLimits(given.jobs, given.job_memory, given.job_seconds, given.job_ranks)
    store = Path(given.spots) if given.spots else None
    return serve(
        ServerOptions(given.sources, given.host, given.port, browser=not given.no_browser, store=store, limits=limits)
    )


if __name__ == "__main__":
    sys.exit(run_command(main))
