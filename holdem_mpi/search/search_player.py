"""A searching agent as a player of matches and of measures: single process, what it does with its whole range."""

import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import numpy as np

from holdem_mpi.cards import without_blocked
from holdem_mpi.config.profile_config import EXTRA_SIZES
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.config.search_effort import SearchEffort
from holdem_mpi.errors import UserError
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import BettingState
from holdem_mpi.hands.profile import profile_of_game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.players import BlueprintPlayer, Player, Strategy
from holdem_mpi.policy.ranges import Ranges, ranges_after_action, start_ranges
from holdem_mpi.policy.translation import is_on_tree
from holdem_mpi.search.counted_search import CountedSearch
from holdem_mpi.search.decision_root import (
    Searching,
    betting_to_search,
    is_enough,
    is_searched,
    purified,
    search_decision,
    whole_strategy,
)
from holdem_mpi.search.root_search import CardAbstraction
from holdem_mpi.search.search_audit import SearchAudit
from holdem_mpi.search.search_result import SearchResult
from holdem_mpi.search.service import SearchService
from holdem_mpi.search.team import abstraction_to_search, compile_search
from holdem_mpi.subgame.ring_blueprint import RingContinuation
from holdem_mpi.subgame.subgame_deck import SubgameDeck, toy_subgame_deck

# Of how decisions are searched: what somebody has kept of another one is not taken for this one's.
_VERSION = 2
# Decisions whose answers are kept: those of a hand, with all bets that somebody who looks ahead thinks of.
_KEPT = 256


class SearchPlayer:
    """Searches on the streets of ``config``, and off the tree of ``player``'s blueprint, which it plays elsewhere.

    Its strategy at a decision is that of the whole range: what one search finds for each hand of it, and the blueprint
    for hands that the search knows nothing of. The opponent's range is by Bayes along the blueprint, its own along what
    it has played itself; bets that the tree lacks are taken for the nearest.

    searchless: the blueprint's player. audit: of all that was searched so far.
    """

    def __init__(
        self,
        player: BlueprintPlayer,
        service: Searching,
        config: SearchConfig,
        effort: SearchEffort,
        deck: SubgameDeck | None = None,
    ) -> None:
        self.name = f"search of {player.name}, {effort}"
        self.name += "" if config.streets == SearchConfig().streets else f", on {' and '.join(config.streets)} alone"
        self.name += ", by continuations" if config.leaves != "cards" else ""
        self.name += f", actions below {100 * config.purify:g} % left out" if config.purify else ""
        self.blueprint, self.audit = player.blueprint, SearchAudit()
        self.searchless, self._service, self._config, self._deck = player, service, config, deck
        self._effort = effort
        self._kept: OrderedDict[Hashable, SearchResult | None] = OrderedDict()
        self._last: tuple[Hashable, Strategy] = (None, ((), np.zeros((0, 0))))

    def description(self) -> dict[str, Any]:
        """JSON of what decides how it searches."""
        config = self._config.model_dump(mode="json", exclude={"bank_ms"})  # a match's, which is none here
        if config["leaves"] == "cards":  # not told, so that hands kept before there was a choice are still this one's
            del config["leaves"]
        for key in EXTRA_SIZES:  # likewise
            if not config["menu"][key]:
                del config["menu"][key]
        return {"search": _VERSION, "effort": list(self._effort), "config": config}

    def start(self) -> Hashable:
        """What the blueprint's player remembers before any action."""
        return self.searchless.start()

    def follow(self, memo: Hashable, state: BettingState, action: int, u: float) -> Hashable:
        """What the blueprint's player remembers after ``action``."""
        return self.searchless.follow(memo, state, action, u)

    def outcomes(self, memo: Hashable, state: BettingState, action: int) -> tuple[tuple[float, Hashable], ...]:
        """(probability, memo) of what the blueprint's player may remember after ``action``."""
        return self.searchless.outcomes(memo, state, action)

    def strategy(self, memo: Hashable, state: BettingState, board: tuple[int, ...]) -> Strategy:
        """(legal actions, float64[hand, action]) that search finds; hands that it knows nothing of play the blueprint.

        The same for a decision that comes again soon.
        """
        if not self._is_searched(memo, state):
            return self._purified(self.searchless.strategy(memo, state, board))
        if self._last[0] != (memo, state, board):
            self._last = ((memo, state, board), self._searched(memo, state, board))
        return self._last[1]

    def strategy_of_hand(self, memo: Hashable, state: BettingState, board: tuple[int, ...], hand: int) -> Strategy:
        """(legal actions, float64[action]): the row of ``strategy`` for one hand."""
        if not self._is_searched(memo, state):
            return self._purified(self.searchless.strategy_of_hand(memo, state, board, hand))
        actions, sigma = self.strategy(memo, state, board)
        return actions, sigma[hand]

    def _is_searched(self, memo: Hashable, state: BettingState) -> bool:
        return is_searched(self._config, state, is_on_tree(self.blueprint.tree, memo, state))

    def _searched(self, memo: Hashable, state: BettingState, board: tuple[int, ...]) -> Strategy:
        known, blueprint = self.searchless.strategy(memo, state, board)
        found = self._found(state, board)
        whole = (known, blueprint) if found is None else whole_strategy(found, (known, blueprint), state, board)
        return self._purified(whole)

    def _purified(self, strategy: Strategy) -> Strategy:
        return strategy[0], purified(strategy[1], self._config.purify)

    def _found(self, state: BettingState, board: tuple[int, ...]) -> SearchResult | None:
        """What search finds, whatever was remembered; None where that is too little."""
        key = (state.history, board)
        if key not in self._kept:
            begin = time.perf_counter()
            found = self._search(state, board)
            self.audit.add(state.street, found, time.perf_counter() - begin)
            self._kept[key] = found
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _search(self, state: BettingState, board: tuple[int, ...]) -> SearchResult | None:
        before, line = betting_to_search(state)
        ranges = self._ranges(before, board, state.player)
        end = time.perf_counter() + self._config.deadline_ms / 1e3  # what was found earlier may have been found again
        try:
            found = search_decision(
                self._service, self.blueprint, ranges, line, board, self._config, end, deck=self._deck
            )
        except ValueError:  # no hands can meet
            return None
        return found if is_enough(self._config, found) else None

    def _ranges(self, state: BettingState, board: tuple[int, ...], player: int) -> Ranges:
        """Both ranges at a decision: that of ``player`` by what it has played, the other's by the blueprint."""
        ranges = start_ranges(self.blueprint, state.rules)
        for street, actions in enumerate(state.history):
            seen = tuple(board[: self.blueprint.seen[street]])
            for action in actions:
                before, played = ranges.state, None
                if before.player == player and self._is_searched(ranges.place, before):
                    played = self._searched(ranges.place, before, seen)
                    played = played if action in played[0] else None
                ranges = ranges_after_action(self.blueprint, ranges, action, seen, 0.5, played)
        return ranges._replace(weight=without_blocked(ranges.weight, board))


def searching(
    comm: Communicator,
    game: Game,
    player: Player,
    effort: SearchEffort,
    seed: int = 0,
    settings: dict[str, Any] | None = None,
) -> SearchPlayer:
    """``player`` with search, each rank by itself. UserError where it has no blueprint of a game that can be searched
    so. Collective.

    seed: of what is random in search. settings: others of ``SearchConfig``, but in toy games.
    """
    toy = effort.iterations is not None and game.is_toy and game.num_streets > 1
    if not isinstance(player, BlueprintPlayer) or (game.is_toy and not toy):
        option = "--search-ms" if effort.iterations is None else "--search-iterations"
        raise UserError(f"{option}: {player.name} cannot search; expected a policy of hold'em")
    if toy:
        config, deck = SearchConfig(seed=seed, least_iterations=1, least_drawn=1), toy_subgame_deck(game.toy_deck)
        cards = CardAbstraction(None, (), RingContinuation(player.blueprint)) if game.num_players > 2 else None
        return SearchPlayer(player, CountedSearch(config, effort.iterations, cards, deck), config, effort, deck)
    own = {"seed": seed, "deadline_ms": effort.milliseconds or 1.0, "margin_ms": 2.0}
    config = profile_of_game(game, player.name).search_config((settings or {}) | own)
    abstraction = abstraction_to_search(comm, game.config, config, player)
    rules, alone = game.rules, Communicator()
    compile_search(comm, config, rules, abstraction)
    if effort.iterations is None:
        return SearchPlayer(player, SearchService(alone, config, rules, abstraction), config, effort)
    config = config.model_copy(update={"least_iterations": 1, "least_drawn": 1})
    return SearchPlayer(player, CountedSearch(config, effort.iterations, abstraction), config, effort)
