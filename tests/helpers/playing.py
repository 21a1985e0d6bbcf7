"""Matches over TCP inside one process, for tests: a dealer, players in threads, and a table that misbehaves."""

import socket
import threading
import time

from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.betting import limit_menu
from holdem_mpi.game.rules import Rules
from holdem_mpi.game.tree import build_tree
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.play.acpc_dealer import Dealer, DealtMatch
from holdem_mpi.play.acpc_player import AcpcPlayer, Timeouts
from holdem_mpi.play.action_chooser import ActionChooser
from holdem_mpi.play.connection import connect, never
from holdem_mpi.play.match_log import PlayReport
from holdem_mpi.policy.players import BaselinePlayer, BlueprintPlayer
from holdem_mpi.search.agent import Agent
from holdem_mpi.search.service import SearchService
from holdem_mpi.search.team import compile_search

from .ring_games import ring_blueprint
from .search_roots import pattern_abstraction
from .small_blueprints import RULES, blueprint_on, holdem_blueprint

LIMIT = Rules((1000, 1000), (10, 5), 0, "fixed_limit", raise_sizes=(10, 10, 20, 20), max_raises=(1, 1, 1, 1))
_CARDS = "numSuits = 4\nnumRanks = 13\nnumHoleCards = 2\nnumBoardCards = 0 3 1 1\nEND GAMEDEF\n"
_HEAD = "numPlayers = 2\nnumRounds = 4\nblind = 10 5\nfirstPlayer = 2 1 1 1\n"
GAMES = {
    "small_nolimit.game": f"GAMEDEF\nnolimit\nstack = 200 200\n{_HEAD}{_CARDS}",
    "small_ring.game": "GAMEDEF\nnolimit\nnumPlayers = 3\nnumRounds = 4\nstack = 400 400 400\nblind = 5 10 0\n"
    f"firstPlayer = 3 1 1 1\n{_CARDS}",
    "small_limit.game": f"GAMEDEF\nlimit\nraiseSize = 10 10 20 20\nmaxRaises = 1 1 1 1\n{_HEAD}{_CARDS}",
}
_TIMEOUTS = Timeouts(5.0, 20.0)
RULES_OF = {"small_nolimit.game": RULES, "small_limit.game": LIMIT}


def game_file(folder, name):
    """Path of a small game's definition."""
    path = folder / name
    path.write_text(GAMES[name])
    return str(path)


def agent_chooser(game, seed, deadline=None):
    """Chooses by a random blueprint, searching where there is a deadline (of milliseconds)."""
    blueprint = holdem_blueprint(seed) if game == "small_nolimit.game" else blueprint_on(build_tree(LIMIT, limit_menu))
    config, service = SearchConfig(seed=seed), None
    if deadline:
        config = SearchConfig(seed=seed, deadline_ms=deadline)
        compile_search(Communicator(), config, RULES_OF[game], pattern_abstraction())
        service = SearchService(Communicator(), config, RULES_OF[game], pattern_abstraction())
    player = BlueprintPlayer(f"blueprint {seed}", blueprint)
    chooser = ActionChooser(player, Agent(player, service, config), seed)
    chooser.warm_up(RULES_OF[game])
    return chooser


def baseline_chooser(name, seed=0):
    return ActionChooser(BaselinePlayer(name, 1326), None, seed)


def ring_chooser(seed):
    """Chooses at a table of three by a random blueprint, without search."""
    player = BlueprintPlayer(f"blueprint {seed}", ring_blueprint(seed=seed))
    return ActionChooser(player, Agent(player, None, SearchConfig(seed=seed)), seed)


class Guest(threading.Thread):
    """A player at a port; ``error`` is what ended it, None where the match was over."""

    def __init__(self, port, rules, chooser, deadline=1000.0, timeouts=_TIMEOUTS, hands=None, make=connect):
        super().__init__(daemon=True)
        self.report, self.error = PlayReport(None, max(rules.blinds)), None
        self._player = AcpcPlayer(
            lambda until: make("localhost", port, "the table", until, never),
            rules,
            chooser,
            lambda street: deadline,
            self.report,
            timeouts,
            hands,
        )
        self.start()

    def run(self):
        try:
            self._player.play()
        except Exception as error:
            self.error = error

    def finish(self):
        """Wait; its error is raised."""
        self.join(60)
        assert not self.is_alive(), "still playing"
        if self.error is not None:
            raise self.error
        return self.report.summary()


def play(folder, game, choosers, hands, deadline=1000.0, ending=".log", **options):
    """(dealer's summary, players' summaries, log's lines) of a match of two players."""
    log = folder / f"match-{time.monotonic_ns()}{ending}"
    match = DealtMatch(game_file(folder, game), hands, names=("Ann", "Bob"), log=str(log), **{"seed": 1, **options})
    dealer = Dealer(match, never)
    guests = [Guest(port, RULES_OF[game], each, deadline) for port, each in zip(dealer.ports, choosers)]
    summary = dealer.play()
    return summary, [guest.finish() for guest in guests], log.read_text().splitlines()


class FakeServer(threading.Thread):
    """A server that does ``act(connection, line)`` with each connection, one after another; its port is closed once the
    last one is there, so that nobody can come again. line: reads one line of the player's.
    """

    def __init__(self, *acts):
        super().__init__(daemon=True)
        self._server, self._acts = socket.create_server(("localhost", 0)), acts
        self.port = self._server.getsockname()[1]
        self.heard = []
        self.start()

    def run(self):
        if not self._acts:
            self._server.close()
        for left, act in zip(range(len(self._acts), 0, -1), self._acts):
            connection, _ = self._server.accept()
            if left == 1:
                self._server.close()
            with connection, connection.makefile("rb") as file:

                def line(file=file):
                    self.heard.append(file.readline().decode())
                    return self.heard[-1]

                act(connection, line)
