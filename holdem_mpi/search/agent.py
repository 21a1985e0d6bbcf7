"""An agent: what it would do at a decision of a real hand, by search before a deadline, else by its blueprint."""

import time
from typing import NamedTuple

import numpy as np

from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules
from holdem_mpi.policy.players import BlueprintPlayer, Strategy
from holdem_mpi.policy.range_tracker import NUMBERS, RangeTracker
from holdem_mpi.policy.ranges import Ranges
from holdem_mpi.policy.translation import is_on_tree
from holdem_mpi.search.blueprint_gain import gains_over_blueprint
from holdem_mpi.search.decision_root import (
    betting_to_search,
    is_enough,
    is_searched,
    purified,
    search_decision,
    whole_strategy,
)
from holdem_mpi.search.root_search import as_strategy
from holdem_mpi.search.search_audit import BLUEPRINT
from holdem_mpi.search.search_result import SearchResult, Solved
from holdem_mpi.search.service import SearchService
from holdem_mpi.search.time_bank import TimeBank
from holdem_mpi.subgame.alternatives import warm_up

# Milliseconds of a decision below which the blueprint answers: setting a search up takes up to a half of them.
LEAST_SEARCH_MS = 40
# Likewise with three and more players: a street that comes for the first time is walked in Python.
LEAST_RING_MS = 100
# Milliseconds of a decision in a warm-up.
_REHEARSAL_MS = 100.0


class Situation(NamedTuple):
    """A decision of a real hand.

    number: of the hand; names its random draws.
    state: the betting so far.
    board: the public cards.
    hand: 0..1325, of the player to act.
    """

    number: int
    state: BettingState
    board: tuple[int, ...]
    hand: int


class Decision(NamedTuple):
    """What the agent would do, and how it came to that.

    actions, probabilities: over real actions.
    source: search, partial search or blueprint.
    reason: why there was no search; empty where there was.
    ev: chips that the hand takes out of the pot from now on, less what it still puts in; folding now is 0. None without
        search.
    ev_gain: chips that the whole range, not this hand alone, wins more on average by what search found than by the
        blueprint, from here on, against opponents who go on by the blueprint; see ``Agent.with_gains``, which tells it.
    worst_case_gain: likewise, where the opponent answers each of the two by his best response; None with more of them.
    asked: ranks that were asked to search.
    answered: ranks whose results came in time.
    iterations: of all ranks.
    milliseconds: that the decision took.
    allowed_ms: that it was allowed to take, with what the bank had to add.
    translated: actions so far that the tree lacks.
    gadget: that made the search safe, or "none".
    """

    actions: tuple[int, ...]
    probabilities: np.ndarray
    source: str
    reason: str
    ev: float | None
    ev_gain: float | None
    worst_case_gain: float | None
    asked: int
    answered: int
    iterations: int
    milliseconds: float
    allowed_ms: float
    translated: tuple[str, ...]
    gadget: str = "none"


class Agent:
    """Plays a hold'em blueprint, and searches with ``service`` where ``config`` says so.

    Not for several hands at once: ``tracker`` keeps the ranges along the last hand, ``bank`` the time that decisions
    leave.
    """

    def __init__(self, player: BlueprintPlayer, service: SearchService | None, config: SearchConfig) -> None:
        self.player, self._service, self._config = player, service, config
        self.tracker, self.bank = RangeTracker(player.blueprint, config.seed), TimeBank(config.bank_ms)
        self._last: tuple[Solved, Ranges, tuple[int, ...], np.ndarray] | None = None
        self._least_ms = LEAST_SEARCH_MS
        if player.blueprint.tree.num_players > 2:
            self._least_ms = LEAST_RING_MS
        else:
            warm_up(player.blueprint)

    def decide(self, at: Situation, deadline_ms: float | None = None) -> Decision:
        """Answer within ``deadline_ms`` (the config's by default) from now, and what the bank has to add."""
        own = self._config.deadline_ms if deadline_ms is None else deadline_ms
        decision = self._decide(at, time.perf_counter(), self.bank.allowed(own))
        self.bank.settle(own, decision.milliseconds)
        return decision

    def _decide(self, at: Situation, begin: float, allowed: float) -> Decision:
        self._last = None
        ranges = self.tracker.ranges(at.number, at.state, at.board)
        actions, probabilities = self.player.strategy_of_hand(ranges.place, at.state, at.board, at.hand)
        probabilities = purified(probabilities, self._config.purify)
        on_tree = is_on_tree(self.player.blueprint.tree, ranges.place, at.state)
        reason = "" if on_tree else "the blueprint's tree has no place for this betting: check or call"
        found, known = None, None
        if self._service is None:
            reason = reason or "no search"
        elif allowed < self._least_ms:
            reason = reason or f"less than {self._least_ms} ms are too few to search"
        elif is_searched(self._config, at.state, on_tree):
            # Now, while there is time: once the search has ended there is little.
            known = self.player.strategy(ranges.place, at.state, at.board)
            found, reason = self._search(at, begin + allowed / 1e3)
        else:
            reason = reason or f"{STREETS[at.state.street]} is the blueprint's"
        strategy, whole = self._play(at, known, found) if known and found and not reason else (None, None)
        spent = 1e3 * (time.perf_counter() - begin)
        if found is None or strategy is None:
            asked, answered = (found.asked, found.answered) if found else (0, 0)
            return Decision(
                actions=actions,
                probabilities=probabilities,
                source=BLUEPRINT,
                reason=reason or "search knows nothing of this hand",
                ev=None,
                ev_gain=None,
                worst_case_gain=None,
                asked=asked,
                answered=answered,
                iterations=0,
                milliseconds=spent,
                allowed_ms=allowed,
                translated=ranges.translated,
            )
        self._last = (found.solved, ranges, at.board, whole) if found.solved and on_tree else None
        spent = 1e3 * (time.perf_counter() - begin)
        return Decision(
            actions=found.actions,
            probabilities=strategy,
            source=found.source,
            reason="",
            ev=self._worth(at, found, strategy),
            ev_gain=None,
            worst_case_gain=None,
            asked=found.asked,
            answered=found.answered,
            iterations=found.iterations,
            milliseconds=spent,
            allowed_ms=allowed,
            translated=ranges.translated,
            gadget=found.gadget,
        )

    def with_gains(self, decision: Decision) -> Decision:
        """The last decision, with what search gains over the blueprint: on the last street, where every hand was apart,
        and the blueprint's tree has the decision. It takes some 10 ms, so it is for whoever awaits no answer.
        """
        gains = gains_over_blueprint(self.player, *self._last) if self._last else None
        return decision._replace(ev_gain=gains.goes_on, worst_case_gain=gains.worst) if gains else decision

    def warm_up(self, rules: Rules) -> None:
        """Every decision of a hand in which all check, and of one in which all but two fold at once, so that none later
        is the first of its kind.
        """
        board = tuple(range(0, 20, 4))
        for leave in sorted({0, rules.num_players - 2}):
            state = BettingState.start(rules)
            while not state.is_over:
                shown = board[: sum(rules.board_cards[: state.street + 1])]
                self.decide(Situation(NUMBERS, state, shown, 1325), _REHEARSAL_MS)
                folds = leave > 0 and state.legal().can_fold
                state, leave = state.apply(FOLD if folds else CALL), leave - folds
        self.bank = TimeBank(self._config.bank_ms)

    def _play(
        self, at: Situation, known: Strategy, found: SearchResult
    ) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
        """(float64[action], what the hand does by what search found; float64[1326, action], what the whole range does,
        noted for later decisions); None where search knows nothing of the hand. known: the blueprint's strategy.
        """
        strategy = as_strategy(found.sums, at.hand)
        if strategy is None:
            return None, None
        _, whole = whole_strategy(found, known, at.state, at.board)
        strategy, whole = (purified(each, self._config.purify) for each in (strategy, whole))
        self.tracker.played(at.number, at.state, at.board, (found.actions, whole))
        return strategy, whole

    def _search(self, at: Situation, deadline: float) -> tuple[SearchResult | None, str]:
        """(what search found, or why there was none)."""
        before, line = betting_to_search(at.state)
        ranges, keep = self.tracker.ranges(at.number, before, at.board), (at.state.player, at.hand)
        try:
            found = search_decision(
                self._service, self.player.blueprint, ranges, line, at.board, self._config, deadline, keep=keep
            )
        except ValueError as error:
            return None, str(error)
        if not is_enough(self._config, found):
            return found, f"{found.iterations} iterations in time are too few"
        return found, ""

    def _worth(self, at: Situation, found: SearchResult, strategy: np.ndarray) -> float | None:
        """EV of the hand, see ``Decision``."""
        values = found.values[at.hand] + at.state.stakes[at.state.player]
        return None if np.isnan(values).any() else float(strategy @ values)
