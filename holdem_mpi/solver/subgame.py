"""A spot solved range against range: from a public state on the flop, turn or river to the end of the hand.

All its streets keep every hand apart; no abstraction is in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_SHOWDOWN
from holdem_mpi.kernels.subgame import come_up, go_down, run_iterations, sweep, sweep_branch
from holdem_mpi.kernels.subgame_arrays import (
    AVERAGE,
    BEST,
    BEST_LATER,
    LANES,
    NUM_WEIGHTS,
    UPDATE,
    UPDATE_LATER,
    W_NEGATIVE,
    W_POSITIVE,
    W_STRATEGY,
    Room,
    Subgame,
    Sums,
)
from holdem_mpi.solver.subgame_arrays import HIGH, LOW, build_subgame, later_runouts_of, runouts_of
from holdem_mpi.solver.subgame_tree import deals_of

# A hand that meets less of the other's range than this share of it meets nothing: the rest of float64 subtractions.
_NOTHING = 1e-9


@dataclass(frozen=True)
class Weights:
    """Discounts by iteration t = 1, 2, ...: DCFR with exponents alpha, beta, gamma, or CFR+ (``plus``).

    With ``restart`` (DCFR) the strategy sums' own count starts again at every power of 4: the first iterations are
    forgotten sooner, and just after such a power the average is a poor one. A high gamma does as much without that.
    """

    alpha: float = 1.5
    beta: float = 0.0
    gamma: float = 5.0
    plus: bool = False
    restart: bool = False

    def table(self, iterations: int) -> np.ndarray:
        """float32[iterations, NUM_WEIGHTS], what sums are multiplied by before iteration t adds to them; nothing is
        kept before the first.
        """
        done = np.arange(iterations, dtype=np.float64)
        weight = np.zeros((iterations, NUM_WEIGHTS), np.float32)
        if self.plus:
            weight[:] = np.stack([np.ones(iterations), np.zeros(iterations), done / (done + 1)], axis=1)
            return weight
        for column, exponent in ((W_POSITIVE, self.alpha), (W_NEGATIVE, self.beta)):
            power = done[1:] ** exponent
            weight[1:, column] = power / (power + 1)
        since = done.copy()
        if self.restart:
            since -= np.array([4 ** (int(t).bit_length() - 1 >> 1) if t else 0 for t in range(iterations)])
        weight[:, W_STRATEGY] = (since / (since + 1)) ** self.gamma
        return weight


class SubgameSolver:
    """Solves one subgame; single process.

    tree: from the spot on (``build_tree`` with a start), over at most three streets. board: 3 to 5 cards, those of the
    tree's first street. ranges: float[player, 1326], weights of hands; those that overlap the board count nothing.
    ValueError where no two hands of the ranges can meet.
    """

    def __init__(self, tree: PublicTree, board: list[int], ranges: np.ndarray, weights: Weights | None = None) -> None:
        self.tree, self.board = tree, list(board)
        free = ~(np.isin(HIGH, board) | np.isin(LOW, board))
        ranges = np.where(free, ranges, 0.0)
        self.hands = [np.flatnonzero(of_player > 0) for of_player in ranges]
        self.weights = weights or Weights()
        self.iterations = 0
        self.locked = False
        most = max(hands.size for hands in self.hands)
        self.ranges = np.zeros((2, most), np.float32)
        for player, hands in enumerate(self.hands):
            self.ranges[player, : hands.size] = ranges[player, hands]
        meeting = self._opposing(ranges)
        self.meetings = float(sum(ranges[0, self.hands[0]] * meeting[0]))
        if not self.meetings > 0:
            raise ValueError("no two hands of the ranges can meet")
        self._opposed = meeting
        later = later_runouts_of(self.board, ranges) if deals_of(tree) == 2 else {}
        self.game = build_subgame(tree, self.board, self.hands, runouts_of(self.board, ranges), later)
        often = np.array([1, self.game.runout_card.size, self.game.branch_card.size])  # blocks by part
        entries = int(self.game.block @ often)
        self.sums = Sums(np.zeros(entries, np.float32), np.zeros(entries, np.float32))
        nodes, starts, last_starts = tree.num_nodes, self.game.entry.size, self.game.last_entry.size
        self.room = Room(
            reach=np.zeros((nodes + starts + last_starts, most), np.float32),
            value=np.zeros((nodes, most), np.float32),
            total=np.zeros((starts, most), np.float32),
            last_total=np.zeros((last_starts, most), np.float32),
            scale=np.zeros(most, np.float32),
            even=np.zeros(most, np.float32),
            weight=np.zeros(NUM_WEIGHTS, np.float32),
            beside=np.zeros((most, LANES), np.float32),
            held=np.zeros((53, LANES)),
            gain=np.zeros((most, LANES), np.float32),
            every=np.zeros((most, LANES), np.float32),
        )

    def _opposing(self, ranges: np.ndarray) -> list[np.ndarray]:
        """float64[hand] by player, weight of the other's hands that can be held beside each hand."""
        opposed = []
        for player, hands in enumerate(self.hands):
            other = ranges[1 - player]
            held = np.bincount(HIGH, other, 52) + np.bincount(LOW, other, 52)
            left = other.sum() - held[HIGH[hands]] - held[LOW[hands]] + other[hands]
            opposed.append(np.where(left > _NOTHING * other.sum(), left, 0.0))
        return opposed

    def opposed(self, player: int) -> np.ndarray:
        """float64[hand], weight of the other's hands that each hand of ``player`` can meet."""
        return self._opposed[player]

    def warm_up(self) -> None:
        """Have all that iterations and looks call compiled or loaded; changes no sum."""
        self.run(0)
        self._sweep(self.game, 0, AVERAGE)

    def run(self, iterations: int, stop: Callable[[], bool] = lambda: False) -> None:
        """Go on for ``iterations``. On the flop, ``stop`` is asked before each turn card: where it says so, the
        iteration in hand is given up. It is not counted, but what it did stays: the sums are still a strategy's.
        """
        first, last = self.iterations, self.iterations + iterations
        weight, mode = self.weights.table(last), UPDATE_LATER if self.locked else UPDATE
        if self.game.share.size < 2:
            run_iterations(self.game, self.sums, self.room, self.ranges, weight, first, last, mode)
            self.iterations = last
            return
        for iteration in range(first, last):
            self.room.weight[:] = weight[iteration]
            for player in range(2):
                if not self._sweep(self.game, player, mode, stop):
                    return
            self.iterations += 1

    def _sweep(self, game: Subgame, player: int, mode: int, stop: Callable[[], bool] = lambda: False) -> bool:
        """A sweep over all of ``game``, which has this one's hands and cards; False where ``stop`` gave it up."""
        other = 1 - player
        self.room.reach[0, : self.hands[other].size] = self.ranges[other, : self.hands[other].size]
        if self.game.share.size < 2:
            sweep(game, self.sums, self.room, player, mode)
            return True
        # Python sees signals between calls of kernels alone, so these are short.
        go_down(game, self.sums, self.room, player, mode)
        for branch in range(game.branch_card.size):
            if stop():
                return False
            sweep_branch(game, self.sums, self.room, player, mode, branch)
        come_up(game, self.sums, self.room, player, mode)
        return True

    def lock(self, strategy_of_node: Mapping[int, np.ndarray]) -> None:
        """Fix both players' strategies at all decisions of the first street; iterations go on with those after it.

        strategy_of_node: {node: float[hand, action]}, rows of probabilities; a row of zeros plays evenly. ValueError
        where a decision is missing or unknown, an array is not like ``strategy``'s, or no street comes after.
        """
        decisions = self.game.upper[self.tree.kind_of_node[self.game.upper] == KIND_DECISION]
        if not decisions.size:
            raise ValueError("no street comes after the first one: nothing is left to solve")
        if set(strategy_of_node) != set(decisions.tolist()):
            raise ValueError(f"expected strategies at nodes {decisions.tolist()}, got {sorted(strategy_of_node)}")
        tables = {node: np.asarray(sigma, np.float32) for node, sigma in strategy_of_node.items()}
        for node, sigma in tables.items():
            shape = self._sums_at(node).T.shape
            if sigma.shape != shape or not (np.isfinite(sigma) & (sigma >= 0)).all():
                raise ValueError(f"node {node}: expected finite probabilities, {shape[0]} hands by {shape[1]} actions")
        for node, sigma in tables.items():
            self._sums_at(node)[:] = sigma.T
        self.locked = True

    def values(self, player: int, best: bool, locked: bool = False) -> np.ndarray:
        """float64[hand], chips that each hand of ``player`` wins on average against the other's average strategy, with
        its own average strategy or (``best``) its best response to it; from the start of the whole hand on.

        locked: the best response is bound to the average strategy on the first street.
        """
        self._sweep(self.game, player, (BEST_LATER if locked else BEST) if best else AVERAGE)
        mine = self.hands[player].size
        value = self.room.value[0, :mine].astype(np.float64)
        return np.divide(value, self._opposed[player], out=np.zeros(mine), where=self._opposed[player] > 0)

    def action_values(self) -> np.ndarray:
        """float64[hand, action] of the first player to act: chips won, as in ``values``, by each action at the root and
        the average strategies from there on.
        """
        player = int(self.tree.player_of_node[0])
        self.values(player, False)
        mine = self.hands[player].size
        value = self.room.value[self.tree.children(0), :mine].T.astype(np.float64)
        opposed = self._opposed[player][:, None]
        return np.divide(value, opposed, out=np.zeros(value.shape), where=opposed > 0)

    def equity(self, player: int) -> np.ndarray:
        """float64[hand], share of the pot (0 to 1) of each hand of ``player`` when both ranges go to the showdown."""
        mine = self.hands[player].size
        only, none = np.zeros(1, np.int32), np.zeros((2, 1), np.int32)
        # One node, where all cards are dealt.
        row = self.game.share.size
        showdown = self.game._replace(
            kind=np.array([KIND_SHOWDOWN], np.uint8),
            player=np.array([-1], np.int8),
            first_edge=np.zeros(2, np.int32),
            end=only + 1,
            stake=np.ones(1, np.float32),
            reach_row=none + row,
            ends=np.array([[[[-1, -1, -1]]] * 2, [[[row, -1, 0]]] * 2, [[[-1, -1, -1]]] * 2], np.int32),
            num_ends=np.array([[0, 0], [1, 1], [0, 0]], np.int32),
            entry=only,
            source=none,
            last_entry=only,
            last_source=none + row - 1,
            upper=only[:0],
            middle=only[:0],
        )
        self._sweep(showdown, player, AVERAGE)
        value = self.room.value[0, :mine].astype(np.float64)
        return 0.5 + 0.5 * np.divide(value, self._opposed[player], out=np.zeros(mine), where=self._opposed[player] > 0)

    def meeting_weight(self, player: int) -> np.ndarray:
        """float64[hand], how often each hand of ``player`` is dealt against the other's range; they add up to 1."""
        return self.ranges[player, : self.hands[player].size] * self._opposed[player] / self.meetings

    def mean(self, player: int, value: np.ndarray) -> float:
        """Mean of a value by hand over the player's range, against the other's."""
        return float(self.meeting_weight(player) @ value)

    def exploitability(self, locked: bool = False) -> float:
        """Half of NashConv, in chips: the mean over both players of what a best response gains.

        locked: best responses are bound to the average strategies on the first street, so what is left is the gap of
        the streets after it (of a single street: of that); else they are free everywhere, though a lock is set.
        """
        return sum(self.mean(player, self.values(player, True, locked)) for player in range(2)) / 2

    def strategy_sums(self, node: int) -> np.ndarray:
        """float64[hand, action], reach times strategy at a decision of the first street, summed over iterations."""
        return self._sums_at(node).T.astype(np.float64)

    def strategy(self, node: int) -> np.ndarray:
        """float64[hand, action], average strategy at a decision of the first street; even where nothing was summed."""
        sums = self.strategy_sums(node)
        total = sums.sum(axis=1, keepdims=True)
        return np.where(total > 0, sums / np.where(total > 0, total, 1.0), 1.0 / sums.shape[1])

    def _sums_at(self, node: int) -> np.ndarray:
        """float32[action, hand], a view of the strategy sums at a decision of the first street."""
        actions = len(self.tree.actions(node))
        hands = self.hands[int(self.tree.player_of_node[node])].size
        start = int(self.game.offset[node])
        return self.sums.strategy[start : start + actions * hands].reshape(actions, hands)
