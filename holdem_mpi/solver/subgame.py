"""A spot solved range against range: from a public state with one or no card to come, to the end of the hand.

The first street of the subgame and the last one keep every hand apart; no abstraction is in it.
"""

from dataclasses import dataclass

import numpy as np

from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_SHOWDOWN
from holdem_mpi.kernels.gadget import run_gadget_iterations
from holdem_mpi.kernels.subgame import run_iterations, sweep
from holdem_mpi.kernels.subgame_arrays import (
    AVERAGE,
    BEST,
    LANES,
    NUM_WEIGHTS,
    W_NEGATIVE,
    W_POSITIVE,
    W_STRATEGY,
    Room,
    Sums,
)
from holdem_mpi.solver.gadget import Gadget, GadgetState
from holdem_mpi.solver.subgame_arrays import build_subgame, runouts_of
from holdem_mpi.solver.subgame_deck import SubgameDeck, holdem_deck

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

    tree: from the spot on (``build_tree`` with a start), over at most two streets. board: complete, or without one card
    where the tree's first street is the last but one. ranges: float[player, hand of the deck], weights of hands; those
    that overlap the board count nothing. deck: hold'em's with five board cards by default. ValueError where no two
    hands of the ranges can meet.

    gadget: makes solving anew safe. Then ``ranges`` of its player is not read: all hands that the board leaves are
    equally likely, and what it has learnt to follow with is its range in all that is told of the solution.
    """

    def __init__(
        self,
        tree: PublicTree,
        board: list[int],
        ranges: np.ndarray,
        weights: Weights | None = None,
        *,
        gadget: Gadget | None = None,
        deck: SubgameDeck | None = None,
    ) -> None:
        self.tree, self.board, self.deck = tree, list(board), deck or holdem_deck()
        ranges = np.array(ranges, np.float64)
        if gadget:
            ranges[gadget.player] = 1.0
        ranges[:, self.deck.blocked(board)] = 0.0
        self.hands = [np.flatnonzero(of_player > 0) for of_player in ranges]
        self.weights = weights or Weights()
        self.iterations = 0
        most = max(hands.size for hands in self.hands)
        self.ranges = np.zeros((2, most), np.float32)
        for player, hands in enumerate(self.hands):
            self.ranges[player, : hands.size] = ranges[player, hands]
        self._meet()
        if not self.meetings > 0:
            raise ValueError("no two hands of the ranges can meet")
        self.runouts = self.deck.runouts(self.board)
        known = [*ranges, np.where(ranges[gadget.player] > 0, gadget.alternative, 0.0)] if gadget else ranges
        standing = runouts_of(self.board, known, self.deck)
        self.game = build_subgame(tree, self.board, self.hands, standing, self.deck)
        entries = int(self.game.block[0] + self.game.runout_card.size * self.game.block[1])
        self.sums = Sums(np.zeros(entries, np.float32), np.zeros(entries, np.float32))
        nodes, starts = tree.num_nodes, self.game.entry.size
        self.room = Room(
            reach=np.zeros((nodes + starts, most), np.float32),
            value=np.zeros((nodes, most), np.float32),
            total=np.zeros((starts, most), np.float32),
            scale=np.zeros(most, np.float32),
            even=np.zeros(most, np.float32),
            weight=np.zeros(NUM_WEIGHTS, np.float32),
            beside=np.zeros((most, LANES), np.float32),
            held=np.zeros((53, LANES)),
            gain=np.zeros((most, LANES), np.float32),
            every=np.zeros((most, LANES), np.float32),
        )
        self.gadget = GadgetState(gadget, self.hands[gadget.player], self._opposed[gadget.player]) if gadget else None

    def _meet(self) -> None:
        """Find which share of the other's range each hand meets (float64[hand] by player), and how many pairs do."""
        self._opposed = []
        for player, hands in enumerate(self.hands):
            other = np.zeros(len(self.deck.card))
            other[self.hands[1 - player]] = self.ranges[1 - player, : self.hands[1 - player].size]
            held = np.bincount(self.deck.card.reshape(-1), np.repeat(other, 2))
            left = other.sum() - held[self.deck.card[hands]].sum(axis=1) + other[hands]
            self._opposed.append(np.where(left > _NOTHING * other.sum(), left, 0.0))
        self.meetings = float(self.ranges[0, : self.hands[0].size] @ self._opposed[0])

    def warm_up(self) -> None:
        """Have all that iterations and looks call compiled or loaded; changes no sum."""
        self.run(0)
        self.exploitability()

    def run(self, iterations: int) -> None:
        """Go on for ``iterations``."""
        first, last = self.iterations, self.iterations + iterations
        weight = self.weights.table(last)
        if self.gadget:
            sums, span = self.gadget.sums, (first, last)
            run_gadget_iterations(self.game, self.sums, self.room, sums, self.ranges, weight, span, self.runouts)
            self.take_range()
        else:
            run_iterations(self.game, self.sums, self.room, self.ranges, weight, first, last, self.runouts)
        self.iterations = last

    def take_range(self) -> None:
        """Take what the gadget has learnt for the range of its player: part of ``run``."""
        player = self.gadget.sums.player
        self.ranges[player, : self.hands[player].size] = self.gadget.average_range()
        self._meet()

    def value_sums(self, player: int, best: bool) -> np.ndarray:
        """float64[hand], ``values`` summed over the other's range."""
        count = self.hands[1 - player].size
        self.room.reach[0, :count] = self.ranges[1 - player, :count]
        sweep(self.game, self.sums, self.room, player, BEST if best else AVERAGE, self.runouts)
        return self.room.value[0, : self.hands[player].size].astype(np.float64)

    def values(self, player: int, best: bool) -> np.ndarray:
        """float64[hand], chips that each hand of ``player`` wins on average against the other's average strategy, with
        its own average strategy or (``best``) its best response to it; from the start of the whole hand on.
        """
        opposed = self._opposed[player]
        return np.divide(self.value_sums(player, best), opposed, out=np.zeros(opposed.size), where=opposed > 0)

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
        other, mine = 1 - player, self.hands[player].size
        only = np.zeros(1, np.int32)
        showdown = self.game._replace(
            kind=np.array([KIND_SHOWDOWN], np.uint8),
            player=np.array([-1], np.int8),
            first_edge=np.zeros(2, np.int32),
            end=only + 1,
            stake=np.ones(1, np.float32),
            reach_row=np.ones((2, 1), np.int32),
            ends=np.array([[[[-1, -1, -1]]] * 2, [[[1, -1, 0]]] * 2], np.int32),
            num_ends=np.array([[0, 0], [1, 1]], np.int32),
            entry=only,
            source=np.zeros((2, 1), np.int32),
            upper=only[:0],
        )
        self.room.reach[0, : self.hands[other].size] = self.ranges[other, : self.hands[other].size]
        sweep(showdown, self.sums, self.room, player, AVERAGE, self.runouts)
        value = self.room.value[0, :mine].astype(np.float64)
        return 0.5 + 0.5 * np.divide(value, self._opposed[player], out=np.zeros(mine), where=self._opposed[player] > 0)

    def meeting_weight(self, player: int) -> np.ndarray:
        """float64[hand], how often each hand of ``player`` is dealt against the other's range; they add up to 1."""
        return self.ranges[player, : self.hands[player].size] * self._opposed[player] / (self.meetings or 1.0)

    def mean(self, player: int, value: np.ndarray) -> float:
        """Mean of a value by hand over the player's range, against the other's."""
        return float(self.meeting_weight(player) @ value)

    def exploitability(self) -> float:
        """Half of NashConv, in chips: the mean over both players of what a best response gains; with a gadget in the
        game that it makes of the subgame.
        """
        if self.gadget:
            player = self.gadget.sums.player
            others = self.ranges[1 - player, : self.hands[1 - player].size] @ self.value_sums(1 - player, True)
            return self.gadget.nash_conv(self.value_sums(player, True), float(others)) / 2
        return sum(self.mean(player, self.values(player, True)) for player in range(2)) / 2

    def _block(self, node: int, runout: int) -> np.ndarray:
        """float32[action, hand], strategy sums of a decision; a view."""
        actions = len(self.tree.actions(node))
        hands = self.hands[int(self.tree.player_of_node[node])].size
        start = int(self.game.offset[node])
        if node not in self.game.upper:
            start += int(self.game.block[0] + runout * self.game.block[1])
        return self.sums.strategy[start : start + actions * hands].reshape(actions, hands)

    def strategy(self, node: int, runout: int = 0) -> np.ndarray:
        """float64[hand, action], average strategy at a decision, on the last street of two after the ``runout``-th next
        card; even where nothing was summed.
        """
        sums = self._block(node, runout).T.astype(np.float64)
        total = sums.sum(axis=1, keepdims=True)
        return np.where(total > 0, sums / np.where(total > 0, total, 1.0), 1.0 / sums.shape[1])

    def set_strategy(self, node: int, probability: np.ndarray, runout: int = 0) -> None:
        """Make float[hand, action] the average strategy at a decision: to value a strategy that is known."""
        self._block(node, runout)[:] = probability.T
