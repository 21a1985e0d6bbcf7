"""The modes of autoplay put together: policy, search over ranks, a table; each call is one match."""

from collections.abc import Callable
from typing import Any, NamedTuple

from holdem_mpi.errors import EXIT_OK, EXIT_REQUEUE
from holdem_mpi.formats.slumbot import SLUMBOT_RULES
from holdem_mpi.hands.acpc_games import open_acpc_game, refuse_other_game
from holdem_mpi.hands.hand_log import HandLog
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compilers import compiling_beside
from holdem_mpi.parallel.stop_flag import StopFlag
from holdem_mpi.play.acpc_player import AcpcPlayer, Timeouts
from holdem_mpi.play.action_chooser import ActionChooser
from holdem_mpi.play.connection import Stop, StoppedError, connect
from holdem_mpi.play.hero import Hero, open_hero
from holdem_mpi.play.match_log import PlayReport
from holdem_mpi.play.search_jobs import search_jobs
from holdem_mpi.play.slumbot_books import SlumbotBooks
from holdem_mpi.play.slumbot_player import SlumbotMatch, SlumbotPlayer
from holdem_mpi.play.slumbot_requests import SlumbotRequests
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.search.agent import Agent
from holdem_mpi.search.service import SearchService
from holdem_mpi.search.team import abstraction_to_search, compile_search, run_with_team, size_of_team
from holdem_mpi.storage.line_log import check_log


class PlayerSettings(NamedTuple):
    """Who plays, as a command line says it.

    policy, profile, search: as for ``open_hero``.
    searches: whether search answers after the flop, else the blueprint alone.
    seed: of the random draws.
    log: a file, or None.
    """

    policy: str | None
    profile: str | None
    search: dict[str, Any]
    searches: bool
    seed: int
    log: str | None


class AcpcServer(NamedTuple):
    """The server of a match.

    host, port: where it listens.
    game: a ``.game`` file or the name of a shipped one that the policy must have been trained for, or None.
    hands: of the match, or None where the server knows.
    timeouts: of the player.
    """

    host: str
    port: int
    game: str | None
    hands: int | None
    timeouts: Timeouts


Lead = Callable[[Hero, ActionChooser, Stop], None]
"""Play with the chooser; on rank 0."""


def play_at(
    comm: Communicator, settings: PlayerSettings, server: AcpcServer, show: Callable[[PlayReport], None]
) -> int:
    """Play a match at a table of the ACPC; the exit code, on every rank. Collective.

    show: tells on rank 0 what became of the match, also of one that was cut off.
    """

    def check(hero: Hero) -> None:
        if server.game is not None:
            file, game = open_acpc_game(server.game)
            refuse_other_game(hero.profile.rules, hero.player.name, game.rules, file)

    def lead(hero: Hero, chooser: ActionChooser, is_stopped: Stop) -> None:
        profile, peer = hero.profile, f"the table {server.host}:{server.port}"
        report = PlayReport(settings.log, max(profile.rules.blinds))
        player = AcpcPlayer(
            lambda until: connect(server.host, server.port, peer, until, is_stopped),
            profile.rules,
            chooser,
            deadline_of(settings, hero),
            report,
            server.timeouts,
            server.hands,
        )
        try:
            player.play()
        finally:
            show(report)
            report.close()

    return with_chooser(comm, settings, check, lead)


def play_slumbot(
    comm: Communicator,
    settings: PlayerSettings,
    url: str,
    seconds: float,
    match: SlumbotMatch,
    show: Callable[[PlayReport, SlumbotBooks], None],
) -> int:
    """Play a match against Slumbot; the exit code, on every rank. Collective.

    url: of its interface. seconds: for an answer. show: tells on rank 0 what became of the match, also of one that was
    cut off. settings.log: gets the hands.
    """

    def check(hero: Hero) -> None:
        refuse_other_game(hero.profile.rules, hero.player.name, SLUMBOT_RULES, "--slumbot")

    def lead(hero: Hero, chooser: ActionChooser, is_stopped: Stop) -> None:
        requests = SlumbotRequests(url, seconds, is_stopped)
        report, books, log = PlayReport(None, max(SLUMBOT_RULES.blinds)), SlumbotBooks(), HandLog(settings.log)
        player = SlumbotPlayer(requests, match, chooser, deadline_of(settings, hero), report, books, log)
        try:
            player.play()
        finally:
            show(report, books)
            log.close()

    return with_chooser(comm, settings, check, lead)


def deadline_of(settings: PlayerSettings, hero: Hero) -> Callable[[int], float]:
    """Milliseconds for a decision, by street: those given, else the profile's."""
    given = settings.search.get("deadline_ms")
    return lambda street: given or 1e3 * hero.profile.deadline(street)


def with_chooser(comm: Communicator, settings: PlayerSettings, check: Callable[[Hero], None], lead: Lead) -> int:
    """Open who plays, ``check`` it on rank 0, and ``lead`` there, with the other ranks at work; the exit code, on every
    rank. Collective.
    """
    if settings.log is not None:
        comm.on_root(lambda: check_log(settings.log))
    cards = None
    with compiling_beside(comm, lambda: search_jobs(settings.policy, settings.profile) if settings.searches else []):
        hero = open_hero(comm, settings.policy, settings.profile, settings.search)
        comm.on_root(lambda: check(hero))
        rules = hero.profile.rules
        if settings.searches and isinstance(hero.player, BlueprintPlayer):
            size_of_team(comm, hero.config)
            cards = abstraction_to_search(comm, hero.profile.config.game, hero.config, hero.player)
            compile_search(comm, hero.config, rules, cards)

    def start(service: SearchService | None) -> int:
        with StopFlag() as flag:
            agent = None
            if isinstance(hero.player, BlueprintPlayer):
                agent = Agent(hero.player, service, hero.config)
            chooser = ActionChooser(hero.player, agent, settings.seed)
            chooser.warm_up(rules)
            if service is not None:
                service.stop_when(lambda: bool(flag.signal_number))
            try:
                lead(hero, chooser, lambda: bool(flag.signal_number))
            except StoppedError:
                return EXIT_REQUEUE
        return EXIT_OK

    if cards is None:
        return comm.on_root(lambda: start(None))
    return run_with_team(comm, hero.config, rules, cards, start, compiled=True)
