"""All players' ranges along the hands that are played, kept so that a hand that goes on is not begun anew."""

from collections.abc import Sequence

import numpy as np

from holdem_mpi.cards import without_blocked
from holdem_mpi.game.rules import BettingState
from holdem_mpi.kernels import rng
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.players import Strategy
from holdem_mpi.policy.ranges import Ranges, ranges_after_action, start_ranges

# Numbers of hands are below this: they name random draws, whose keys have 32 bits. It is the number of a warm-up.
NUMBERS = (1 << 32) - 1


class RangeTracker:
    """Ranges by Bayes' rule along a blueprint, and along what ``played`` was told instead.

    Not for several hands at once: ranges along the last hand are kept.

    seed: of what is random in translating bets that the blueprint's tree lacks.
    """

    def __init__(self, blueprint: Blueprint, seed: int) -> None:
        self.blueprint = blueprint
        self._seed, self._stream = np.uint64(seed), np.zeros(10, np.uint64)
        self._kept: tuple[int, dict[tuple, Ranges]] = (-1, {})
        self._played: dict[tuple, Strategy] = {}

    def ranges(self, number: int, state: BettingState, board: Sequence[int]) -> Ranges:
        """All players' ranges at ``state`` of hand ``number``; zero for hands that overlap ``board``."""
        if self._kept[0] != number:
            self._kept, self._played = (number, {((), ()): start_ranges(self.blueprint, state.rules)}), {}
        kept, done, key = self._kept[1], (), ((), ())
        for street, actions in enumerate(state.history):
            seen = tuple(board[: self.blueprint.seen[street]])
            for action in actions:
                before, played = kept[key], self._played.get((done, seen))
                done = (*done, action)
                key = (done, seen)  # numbers come again, in the next match, with other boards
                if key not in kept:
                    u, played = self.draw(number, len(done)), played if played and action in played[0] else None
                    kept[key] = ranges_after_action(self.blueprint, before, action, seen, u, played)
        last = kept[key]
        return last._replace(weight=without_blocked(last.weight, board))

    def played(self, number: int, state: BettingState, board: Sequence[int], strategy: Strategy) -> None:
        """Take ``strategy`` (actions, float64[hand, action]) for what the player to act plays by at ``state`` of hand
        ``number``, whose ``ranges`` were asked for there; an action that it lacks is the blueprint's.
        """
        if self._kept[0] == number:
            done = tuple(action for actions in state.history for action in actions)
            self._played[done, tuple(board[: self.blueprint.seen[state.street]])] = strategy

    def draw(self, number: int, action: int) -> float:
        """In [0, 1): how action ``action`` (from 1) of hand ``number`` is translated, where that is random."""
        rng.open_stream(self._stream, self._seed, rng.DOMAIN_SEARCH_TRANSLATION, number, 0, action, 0)
        return float(rng.draw_unit(self._stream))
