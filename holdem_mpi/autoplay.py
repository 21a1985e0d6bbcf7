"""Sit at a table of the ACPC protocol, be its dealer, play Slumbot or a human: ``python -m holdem_mpi.autoplay``."""

import argparse
import json
import os
import secrets
import sys
from typing import TYPE_CHECKING, Any

import holdem_mpi.parallel.startup  # noqa: F401, before all that takes long
from holdem_mpi.cli import Parser, check_bounds, check_seed
from holdem_mpi.config.profile_config import profile_help
from holdem_mpi.config.search_effort import LEAVES
from holdem_mpi.config.shipped import shipped_acpc_games
from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.launch import relaunch
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.text import whole

if TYPE_CHECKING:
    from holdem_mpi.play.autoplayer import PlayerSettings
    from holdem_mpi.play.match_log import PlayReport
    from holdem_mpi.play.slumbot_books import SlumbotBooks

_LONGEST = 10**7
# Of so many seeds one is drawn: enough that no two games are alike, and few digits to type.
_SEEDS = 10**9
_PASSWORD = "SLUMBOT_PASSWORD"
_SLUMBOT_HANDS, _SLUMBOT_LOG, _SLUMBOT_SECONDS = 100, "slumbot.log", 60.0
# Options of one mode only, by key, and the mode.
_MODE_OF = {
    **dict.fromkeys(("port",), ("host", "serve")),
    **dict.fromkeys(("game", "connect_timeout", "match_timeout"), ("host",)),
    **dict.fromkeys(("read_timeout",), ("host", "slumbot")),
    **dict.fromkeys(("url", "user"), ("slumbot",)),
    **dict.fromkeys(
        ("policy", "profile", "deadline_ms", "bank_ms", "leaves", "num_workers", "purify", "no_search"),
        ("host", "slumbot", "human"),
    ),
    **dict.fromkeys(("names", "duplicate", "time_limit", "hand_limit", "per_hand_limit"), ("serve",)),
    **dict.fromkeys(("start_timeout", "messages"), ("serve",)),
}


def parser() -> Parser:
    """The command's options."""
    parser = Parser(prog="python -m holdem_mpi.autoplay", description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--host", metavar="HOST", help="play at this server, on --port")
    mode.add_argument("--serve", metavar="GAME", help=f"be the dealer: a file, or {', '.join(shipped_acpc_games())}")
    mode.add_argument("--slumbot", action="store_true", help="play that bot over its public web interface")
    mode.add_argument("--human", action="store_true", help="play a human, in the terminal")
    parser.add_argument("--port", type=whole, metavar="P", help="--serve: P, P + 1, one a player (default: free ones)")
    parser.add_argument("--hands", type=whole, metavar="N", help="of the match (--slumbot: 100; else the table knows)")
    parser.add_argument("--seed", type=whole, help="of what is drawn (default: 0; --human: another each time)")
    parser.add_argument("--log", metavar="FILE", help="decisions; other modes: hands, ACPC log or .phhs")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")
    _add_player(parser.add_argument_group("--host, --slumbot and --human"))
    _add_slumbot(parser.add_argument_group("--slumbot (hands go to --log, default: slumbot.log)"))
    _add_dealer(parser.add_argument_group("--serve"))
    return parser


def _add_player(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--policy", metavar="DIR", help="a policy's folder, a baseline, or a shipped policy (default)")
    group.add_argument("--profile", metavar="NAME|FILE", help=profile_help())
    group.add_argument("--deadline-ms", type=float, metavar="MS", help="for each decision (default: the profile's)")
    group.add_argument("--bank-ms", type=float, metavar="MS", help="time left over, kept for later (default: 0, none)")
    group.add_argument("--leaves", choices=LEAVES, help="of two players' searches (default: cards)")
    group.add_argument("--num-workers", type=whole, metavar="N", help="ranks that search (default: one a core)")
    group.add_argument("--purify", type=float, metavar="P", help="leave out actions rarer than P (default: 0, none)")
    group.add_argument("--no-search", action="store_true", help="the blueprint alone")
    group.add_argument("--game", metavar="GAME", help="--host: refuse to play unless trained for this .game")
    group.add_argument("--connect-timeout", type=float, metavar="S", help="--host: seconds (default: 10)")
    group.add_argument(
        "--read-timeout", type=float, metavar="S", help="seconds for a line or an answer (default: 600, 60)"
    )
    group.add_argument("--match-timeout", type=float, metavar="S", help="--host: seconds for all (default: any)")


def _add_slumbot(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--url", help="of the interface (default: the public one)")
    group.add_argument("--user", metavar="NAME", help=f"log in; the password is in the environment, {_PASSWORD}")


def _add_dealer(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--names", nargs="+", metavar="NAME", help="of the players, in the order of the ports")
    group.add_argument("--duplicate", action="store_true", help="each deal in every seat: parts of the same deals")
    group.add_argument("--time-limit", type=float, metavar="MS", help="for an answer (default: 10000)")
    group.add_argument("--hand-limit", type=float, metavar="MS", help="for those of a hand (default: 600000)")
    group.add_argument("--per-hand-limit", type=float, metavar="MS", help="likewise, mean of the match (default: 7000)")
    group.add_argument(
        "--start-timeout",
        type=float,
        metavar="S",
        help="seconds for all to connect (default: 300; a first run compiles for long before it connects)",
    )
    group.add_argument("--messages", metavar="FILE", help="append what is sent and received, with times")


def main(comm: Communicator) -> int:
    """Parse, play, sum up."""
    given = parser().parse_args()
    mode = "host" if given.host is not None else "serve" if given.serve is not None else "human"
    mode = "slumbot" if given.slumbot else mode
    _check(given, mode)
    if given.seed is None:
        given.seed = _drawn_seed(comm) if mode == "human" else 0
    if mode == "serve":
        return _deal(comm, given)
    from holdem_mpi.play.autoplayer import AcpcServer, PlayerSettings, play_at

    search: dict[str, Any] = {"seed": given.seed}
    search |= {
        key: value
        for key in ("deadline_ms", "bank_ms", "leaves", "num_workers", "purify")
        if (value := getattr(given, key)) is not None
    }
    settings = PlayerSettings(
        policy=given.policy,
        profile=given.profile,
        search=search,
        searches=not given.no_search,
        seed=given.seed,
        log=given.log or (_SLUMBOT_LOG if mode == "slumbot" else None),
    )
    if mode == "slumbot":
        return _play_slumbot(comm, settings, given)
    if mode == "human":
        from holdem_mpi.play.human import play_human

        return play_human(comm, settings, given.hands)
    from holdem_mpi.play.acpc_player import Timeouts

    timeouts = {name: getattr(given, f"{name}_timeout") for name in Timeouts._fields}
    timeouts = Timeouts(**{name: seconds for name, seconds in timeouts.items() if seconds is not None})
    server = AcpcServer(host=given.host, port=given.port, game=given.game, hands=given.hands, timeouts=timeouts)
    return play_at(comm, settings, server, lambda report: _show(report, given.json))


def _play_slumbot(comm: Communicator, settings: "PlayerSettings", given: argparse.Namespace) -> int:
    from holdem_mpi.evaluation.estimate import Estimate
    from holdem_mpi.formats.slumbot import SLUMBOT_RULES
    from holdem_mpi.play.autoplayer import play_slumbot
    from holdem_mpi.play.decision_report import decision_lines
    from holdem_mpi.play.slumbot_books import slumbot_lines
    from holdem_mpi.play.slumbot_player import SlumbotLogin, SlumbotMatch
    from holdem_mpi.play.slumbot_requests import PUBLIC_URL

    login = None
    if given.user is not None:
        password = os.environ.get(_PASSWORD)
        if password is None:
            raise UserError(f"--user {given.user}: expected the password in the environment, {_PASSWORD}")
        login = SlumbotLogin(given.user, password)

    def show(report: "PlayReport", books: "SlumbotBooks") -> None:
        values = books.mbb_of_hands(max(SLUMBOT_RULES.blinds))
        means = {key: Estimate.of_values(mbb, "mbb/h") for key, mbb in values.items() if len(mbb) > 1}
        found = report.summary() | books.summary()
        lines = [*slumbot_lines(found, {key: str(mean) for key, mean in means.items()}), *decision_lines(found)]
        found |= {key: mean.to_json() for key, mean in means.items()}
        print(json.dumps(found) if given.json else "\n".join(lines), flush=True)

    match = SlumbotMatch(hands=given.hands or _SLUMBOT_HANDS, login=login)
    return play_slumbot(comm, settings, given.url or PUBLIC_URL, given.read_timeout or _SLUMBOT_SECONDS, match, show)


def _drawn_seed(comm: Communicator) -> int:
    """A seed that nobody knows beforehand, on every rank; rank 0 says how to play the same hands again. Collective."""
    seed = int(comm.bcast_json(secrets.randbelow(_SEEDS)))
    if comm.rank == 0:
        print(f"--seed {seed} deals the same hands again", file=sys.stderr, flush=True)
    return seed


def _show(report: "PlayReport", as_json: bool) -> None:
    """Print the summary, with the mean of a hand where there are two."""
    from holdem_mpi.evaluation.estimate import Estimate
    from holdem_mpi.play.match_log import play_lines

    summary, mbb = report.summary(), report.mbb_of_hands
    mean = Estimate.of_values(mbb, "mbb/h") if len(mbb) > 1 else None
    if as_json:
        print(json.dumps(summary | {"mean_of_a_hand": mean and mean.to_json()}), flush=True)
    else:
        print("\n".join(play_lines(summary, mean and str(mean))), flush=True)


def _check(given: argparse.Namespace, mode: str) -> None:
    for key, modes in _MODE_OF.items():
        if getattr(given, key) not in (None, False) and mode not in modes:
            raise UserError(f"--{key.replace('_', '-')}: only with {' or '.join(f'--{each}' for each in modes)}")
    for key in ("deadline_ms", "bank_ms", "time_limit", "hand_limit", "per_hand_limit", "num_workers", "hands"):
        check_bounds(key, getattr(given, key), 1, _LONGEST)
    for key in ("connect_timeout", "read_timeout", "match_timeout", "start_timeout"):
        check_bounds(key, getattr(given, key), 0.01, _LONGEST)
    check_bounds("purify", given.purify, 0, 0.999)
    check_bounds("port", given.port, 1, 65_535)
    check_seed(given.seed or 0)
    if mode == "host" and given.port is None:
        raise UserError("--host: expected --port too")
    if mode == "serve" and given.hands is None:
        raise UserError("--serve: expected --hands too")


def _deal(comm: Communicator, given: argparse.Namespace) -> int:
    from holdem_mpi.play.acpc_dealer import DealtMatch, run_dealer
    from holdem_mpi.play.dealer_seat import AnswerLimits

    limits = {"answer": given.time_limit, "hand": given.hand_limit, "per_hand": given.per_hand_limit}
    seconds = {name: value / 1000 for name, value in limits.items() if value is not None}
    if given.start_timeout is not None:
        seconds["start"] = given.start_timeout
    match = DealtMatch(
        game=given.serve,
        hands=given.hands,
        seed=given.seed,
        names=tuple(given.names or ()),
        port=given.port,
        duplicate=given.duplicate,
        limits=AnswerLimits(**seconds),
        log=given.log,
        messages=given.messages,
    )
    return run_dealer(comm, match, given.json)


if __name__ == "__main__":
    if "--serve" not in sys.argv:
        relaunch("holdem_mpi.autoplay", sys.argv[1:])
    sys.exit(run_command(main))
