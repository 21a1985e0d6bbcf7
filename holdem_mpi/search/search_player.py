"""A searching agent as a player of matches: single process, a time for each decision."""

import time
from collections.abc import Hashable

import numpy as np

from holdem_mpi.cards import without_blocked
from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.errors import UserError
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import BettingState
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.players import BlueprintPlayer, Player, Strategy
from holdem_mpi.policy.ranges import pruned, ranges_of_history
from holdem_mpi.search.agent import nearest
from holdem_mpi.search.root_search import SearchRoot
from holdem_mpi.search.service import SearchService
from holdem_mpi.search.team import abstraction_to_search, compile_search


class SearchPlayer:
    """Searches on the streets of ``config``, and plays ``player``'s blueprint elsewhere. Both ranges are by Bayes along
    the blueprint, whatever has been played; bets that its tree lacks are taken for the nearest.

    What it does depends on the clock, so a match is not repeated to the bit.
    """

    def __init__(self, player: BlueprintPlayer, service: SearchService, config: SearchConfig) -> None:
        self.name = f"search of {player.name}, {config.deadline_ms:g} ms"
        self.blueprint = player.blueprint
        self._player, self._service, self._config = player, service, config
        self._last: tuple[Hashable, Strategy] = (None, ((), np.zeros((0, 0))))

    def start(self) -> Hashable:
        """What the blueprint's player remembers before any action."""
        return self._player.start()

    def follow(self, memo: Hashable, state: BettingState, action: int, u: float) -> Hashable:
        """What the blueprint's player remembers after ``action``."""
        return self._player.follow(memo, state, action, u)

    def outcomes(self, memo: Hashable, state: BettingState, action: int) -> tuple[tuple[float, Hashable], ...]:
        """(probability, memo) of what the blueprint's player may remember after ``action``."""
        return self._player.outcomes(memo, state, action)

    def strategy(self, memo: Hashable, state: BettingState, board: tuple[int, ...]) -> Strategy:
        """(legal actions, float64[hand, action]) that search finds; hands that its ranges lack play the blueprint. The
        result of the last call is kept.
        """
        if STREETS[state.street] not in self._config.streets:
            return self._player.strategy(memo, state, board)
        if self._last[0] != (memo, state, board):
            self._last = ((memo, state, board), self._search(memo, state, board))
        return self._last[1]

    def strategy_of_hand(self, memo: Hashable, state: BettingState, board: tuple[int, ...], hand: int) -> Strategy:
        """(legal actions, float64[action]): the row of ``strategy`` for one hand."""
        if STREETS[state.street] not in self._config.streets:
            return self._player.strategy_of_hand(memo, state, board, hand)
        actions, sigma = self.strategy(memo, state, board)
        return actions, sigma[hand]

    def _search(self, memo: Hashable, state: BettingState, board: tuple[int, ...]) -> Strategy:
        deadline = time.perf_counter() + self._config.deadline_ms / 1e3
        known, blueprint = self._player.strategy(memo, state, board)
        weight = ranges_of_history(self.blueprint, state.history, board, lambda number: 0.5).weight
        try:
            found = self._service.search(SearchRoot(state, board, pruned(weight, self._config.least_weight)), deadline)
        except ValueError:  # no two hands can meet
            return known, blueprint
        if found.iterations_a_rank < self._config.least_iterations:
            return known, blueprint
        rest = np.zeros(found.sums.shape)
        for column, action in enumerate(known):
            rest[:, nearest(state, action, found.actions)] += blueprint[:, column]
        sums = without_blocked(found.sums.T, board).T
        total = sums.sum(axis=1, keepdims=True)
        return found.actions, np.where(total > 0, sums / np.where(total > 0, total, 1.0), rest)


def searching(comm: Communicator, game: Game, player: Player, milliseconds: float) -> SearchPlayer:
    """``player`` with search of so many ``milliseconds``, 1 or more, each rank by itself. UserError where it has no
    blueprint of hold'em. Collective.
    """
    if not isinstance(player, BlueprintPlayer) or game.is_toy or game.num_players != 2:
        raise UserError(f"--search-ms: {player.name} cannot search; expected a policy of two-player hold'em")
    config = SearchConfig(deadline_ms=milliseconds, margin_ms=2.0)
    abstraction, rules, alone = abstraction_to_search(comm, game.config, config), game.rules, Communicator()
    compile_search(comm, config, rules, abstraction)
    return SearchPlayer(player, SearchService(alone, config, rules, abstraction), config)
