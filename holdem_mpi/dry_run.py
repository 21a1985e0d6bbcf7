"""Watch hands and say what you would do: ``mpirun -n 4 python -m holdem_mpi.dry_run``."""

import sys
from typing import Any

import holdem_mpi.parallel.startup  # noqa: F401, before all that takes long
from holdem_mpi.cli import Parser, add_reading_options, check_bounds, check_seed
from holdem_mpi.config.profile_config import profile_help
from holdem_mpi.config.search_effort import LEAVES
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.launch import relaunch
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.text import whole


def parser() -> Parser:
    """The command's options."""
    parser = Parser(prog="python -m holdem_mpi.dry_run", description=__doc__)
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="PHH, PokerStars or GGPoker text, folders, ACPC logs; none: dealt",
    )
    parser.add_argument(
        "--policy", metavar="DIR", help="a run's or policy's folder, or a shipped one's name (default: the shipped one)"
    )
    parser.add_argument("--profile", metavar="NAME|FILE", help=profile_help())
    parser.add_argument("--hero", metavar="NAME", help="whose decisions (default: the profile's hero)")
    parser.add_argument("--deadline-ms", type=float, metavar="MS", help="for each decision (default: the profile's)")
    parser.add_argument("--bank-ms", type=float, metavar="MS", help="time left over, kept for later (default: 0, none)")
    parser.add_argument("--num-workers", type=int, metavar="N", help="ranks that search (default: one a core)")
    parser.add_argument("--hands", type=whole, metavar="N", help="stop after so many (default: all; dealt: 20)")
    parser.add_argument("--seed", type=whole, default=0, help="of dealt hands and of the search (default: 0)")
    parser.add_argument("--leaves", choices=LEAVES, help="of two players' searches (default: cards)")
    parser.add_argument("--safe", choices=["auto", "unsafe", "resolve", "maxmargin"], default="auto", help="gadget")
    add_reading_options(parser)
    parser.add_argument("--log", metavar="FILE", help="append one JSON object a decision to this file")
    parser.add_argument("--json", action="store_true", help="print one JSON object a decision, and a last one")
    return parser


def main(comm: Communicator) -> int:
    """Parse the command line and run the dry run; the exit code."""
    given = parser().parse_args()
    search: dict[str, Any] = {"seed": given.seed, "safe": given.safe}
    for key, most in (("deadline_ms", 10**7), ("bank_ms", 10**7), ("num_workers", 10**6), ("hands", 10**12)):
        value = getattr(given, key)
        check_bounds(key, value, 1, most)
        if value is not None and key != "hands":
            search[key] = value
    search |= {"leaves": given.leaves} if given.leaves else {}
    check_seed(given.seed)
    from holdem_mpi.hands.room_records import Reading
    from holdem_mpi.play.dry_runner import DryRunOptions, run_dry

    options = DryRunOptions(
        policy=given.policy,
        profile=given.profile,
        hero=given.hero,
        files=tuple(given.files),
        hands=given.hands,
        seed=given.seed,
        search=search,
        log=given.log,
        as_json=given.json,
        reading=Reading(given.anonymous, given.as_table),
    )
    return run_dry(comm, options)


if __name__ == "__main__":
    relaunch("holdem_mpi.dry_run", sys.argv[1:])
    sys.exit(run_command(main))
