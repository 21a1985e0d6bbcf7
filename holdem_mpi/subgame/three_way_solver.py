"""A river spot between three players, range against range against range, with every hand apart."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.calls import KernelCall
from holdem_mpi.kernels.subgame.subgame_types import AVERAGE, BEST, NUM_WEIGHTS, UPDATE
from holdem_mpi.kernels.subgame.three_way_showdown import find_shares
from holdem_mpi.kernels.subgame.three_way_sweep import begin_sweep, end_sweep
from holdem_mpi.kernels.subgame.three_way_types import (
    AFTER,
    BOTH,
    EVERY,
    NEXT,
    NUM_CARDS,
    NUM_FOUND,
    ThreeWaySums,
    ThreeWayWorkspace,
)
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.storage.table_digest import digest_of_table
from holdem_mpi.subgame.branch_team import BranchTeam
from holdem_mpi.subgame.subgame_deck import SubgameDeck, holdem_deck
from holdem_mpi.subgame.three_way_arrays import PLAYERS, build_three_way, share_pieces
from holdem_mpi.subgame.tree_parts import ranges_at, subtree_ends
from holdem_mpi.subgame.weights import Weights

# A hand that meets less than this share of the pairs of the others' hands meets nothing: the rest of subtractions.
_NOTHING = 1e-12


class ThreeWaySolver:
    """Solves one subgame of a single street between three players; what it tells is like ``SubgameSolver``'s.

    tree: of the street, from the spot on. board: its cards, complete. ranges: float[player, hand of the deck], weights
    of hands; those that overlap the board count nothing. comm: ranks that share the tree's pieces; the methods that
    sweep (run, values, gains and so on) are then collective until ``gather``, and each rank has all of the result.
    ValueError where no three hands of the ranges can meet.

    hands: int64[hand] by player. ranges: float64[player, hand], by place in ``hands``. meetings: the weight of all
    triples of hands that can meet. iterations: done.
    """

    def __init__(
        self,
        tree: PublicTree,
        board: list[int],
        ranges: np.ndarray,
        weights: Weights | None = None,
        *,
        deck: SubgameDeck | None = None,
        comm: Communicator | None = None,
    ) -> None:
        self.tree, self.board, self.deck, self.comm = tree, list(board), deck or holdem_deck(), comm or Communicator()
        self.team = BranchTeam(Communicator(), [1])  # whoever solves decides alone when to stop
        ranges = np.array(ranges, np.float64)
        ranges[:, self.deck.blocked(board)] = 0.0
        self.hands = [np.flatnonzero(of_player > 0) for of_player in ranges]
        self.weights, self.iterations = weights or Weights(), 0
        most = max(hands.size for hands in self.hands)
        self.ranges = np.zeros((PLAYERS, most))
        for player, hands in enumerate(self.hands):
            self.ranges[player, : hands.size] = ranges[player, hands]
        if not all(hands.size for hands in self.hands):
            raise ValueError("no three hands of the ranges can meet")
        self.game = build_three_way(tree, self.board, self.hands, self.deck)
        decisions = tree.num_actions() * np.append(self.game.count, 0)[tree.player_of_node]
        self.sums = ThreeWaySums(np.zeros(int(decisions.sum())), np.zeros(int(decisions.sum())))
        self.workspace = ThreeWayWorkspace(
            reach=np.zeros((tree.num_nodes + PLAYERS, most)),
            value=np.zeros((tree.num_nodes, most)),
            scale=np.zeros(most),
            even=np.zeros(most),
            weight=np.zeros(NUM_WEIGHTS),
            pair=np.zeros((3, PLAYERS, NUM_CARDS, NUM_CARDS)),
            card=np.zeros((3, PLAYERS, NUM_CARDS + 1)),
            same=np.zeros((NUM_FOUND, NUM_CARDS + 1)),
            found=np.zeros((NUM_FOUND, most)),
        )
        self._begin, self._end = KernelCall(begin_sweep), KernelCall(end_sweep)
        self._subtree_end = subtree_ends(tree)
        self._share(self.comm)
        self._meet()
        if not self.meetings > 0:
            raise ValueError("no three hands of the ranges can meet")

    def _share(self, comm: Communicator) -> None:
        """Divide the pieces among the ranks of ``comm``."""
        self.comm, shares = comm, share_pieces(self.game, comm.size)
        self._mine, pieces = shares[comm.rank], np.concatenate(shares)
        self._roots = self.game.piece_start[pieces]
        self._starts = np.concatenate(([0], np.cumsum([share.size for share in shares])))

    def _meet(self, node: int = 0) -> None:
        """Find what each hand meets and wins, range against range against range, and how many triples do; at ``node``,
        where a player who has folded wins nothing, though his cards are gone.
        """
        self.workspace.reach[self.tree.num_nodes :] = self.ranges
        self._opposed, self._equity = [], []
        folded = self._folded(node)
        for player, hands in enumerate(self.hands):
            others = [(player + 1) % PLAYERS, (player + 2) % PLAYERS]
            kind = NEXT if folded[others[1]] else AFTER if folded[others[0]] else BOTH
            rows = [self.tree.num_nodes + other for other in others]
            find_shares(self.game, self.workspace, player, rows[0], rows[1], 1 << kind)
            met, won = self.workspace.found[EVERY, : hands.size], self.workspace.found[kind, : hands.size]
            all_pairs = self.ranges[others].sum(axis=1).prod()
            self._opposed.append(np.where(met > _NOTHING * all_pairs, met, 0.0))
            self._equity.append(_per(won * (not folded[player]), self._opposed[player]))
        self.meetings = float(self.ranges[0, : self.hands[0].size] @ self._opposed[0])

    def _folded(self, node: int) -> list[bool]:
        """By player, whether he has folded at ``node``: he has at all ends below it then."""
        below = np.arange(node, self._subtree_end[node])
        ends = self.tree.terminal_of_node[below][self.tree.terminal_of_node[below] >= 0]
        folded = int(np.bitwise_and.reduce(self.tree.folded_of_terminal[ends]))
        return [bool(folded >> seat & 1) for seat in range(PLAYERS)]

    def opposed(self, player: int) -> np.ndarray:
        """float64[hand], weight of the pairs of the others' hands that each hand of ``player`` can meet."""
        return self._opposed[player]

    def warm_up(self) -> None:
        """Have all that iterations and checks call compiled or loaded; changes no sum."""
        self._sweep(0, AVERAGE)

    def run(self, iterations: int, stop: Callable[[], bool] = lambda: False) -> None:
        """Go on for ``iterations``; before each of them, but the first of this call, ``stop`` may end it."""
        weight = self.weights.table(self.iterations + iterations, self.iterations)
        for number in range(iterations):
            if number and stop():
                return
            self.workspace.weight[:] = weight[number]
            for player in range(PLAYERS):
                self._sweep(player, UPDATE)
            self.iterations += 1

    def _sweep(self, player: int, mode: int) -> None:
        """A sweep from the ranges on; each rank sweeps its own pieces, and hears of the values of the others' roots."""
        game, workspace = self.game, self.workspace
        workspace.reach[self.tree.num_nodes :] = self.ranges
        self._begin(game, self.sums, workspace, player, mode, self._mine)
        if self.comm.size > 1:
            values = np.ascontiguousarray(workspace.value[self._roots])
            self.comm.bcast_parts(values.reshape(-1), self._starts * values.shape[1])
            workspace.value[self._roots] = values
        self._end(game, self.sums, workspace, player, mode)

    def gather(self) -> None:
        """Bring together on every rank what each has learnt; from then on each sweeps alone. Collective."""
        if self.comm.size > 1:
            offset = np.append(self.game.offset, self.sums.regret.size)
            others = np.ones(self.sums.regret.size, bool)
            for piece in self._mine:
                others[offset[self.game.piece_start[piece]] : offset[self.game.piece_end[piece]]] = False
            for node in self.game.top if self.comm.rank == 0 else ():  # all have the same
                others[offset[node] : offset[node + 1]] = False
            for table in self.sums:
                table[others] = 0.0
                self.comm.allreduce_sum(table)
        self._share(Communicator())

    @property
    def digest(self) -> str:
        """SHA-256 of regrets and strategy sums; the same on any number of ranks. After ``gather``."""
        return digest_of_table(np.stack(self.sums) + 0.0, 0, self.iterations)  # no zero is negative

    def value_sums(self, player: int, best: bool) -> np.ndarray:
        """float64[hand], ``values`` summed over the pairs of hands that each can meet."""
        self._sweep(player, BEST if best else AVERAGE)
        return self.workspace.value[0, : self.hands[player].size].copy()

    def values(self, player: int, best: bool) -> np.ndarray:
        """float64[hand], chips that each hand of ``player`` wins on average against both others' average strategies,
        with its own average strategy or (``best``) its best response to them; from the start of the whole hand on.
        """
        return _per(self.value_sums(player, best), self._opposed[player])

    def action_values(self, node: int = 0) -> np.ndarray:
        """float64[hand, action] of the player to act at a decision: chips won, as in ``values``, by each action there
        and the average strategies from there on, against the ranges that the others have there.
        """
        player = int(self.tree.player_of_node[node])
        self._sweep(player, AVERAGE)
        value = self.workspace.value[self.tree.children(node), : self.hands[player].size].T.copy()
        with self.narrowed_to(node):
            opposed = self._opposed[player][:, None]
        return _per(value, opposed)

    @contextmanager
    def narrowed_to(self, node: int, ranges: np.ndarray | None = None) -> Iterator[None]:
        """Within it, ranges are what the average strategies leave of them at a decision, or ``ranges`` (float[player,
        hand], by place in ``hands``); for ``opposed``, ``meetings``, ``meeting_weight`` and ``equity``. Values still
        belong to the root.
        """
        before, self.ranges = self.ranges, ranges_at(self, node) if ranges is None else ranges
        self._meet(node)
        try:
            yield
        finally:
            self.ranges = before
            self._meet()

    def equity(self, player: int) -> np.ndarray:
        """float64[hand], share of the pot (0 to 1) of each hand of ``player`` when all who have not folded go to the
        showdown; of a hand that meets none, none.
        """
        return self._equity[player]

    def meeting_weight(self, player: int) -> np.ndarray:
        """float64[hand], how often each hand of ``player`` is dealt against the others' ranges; they add up to 1."""
        return self.ranges[player, : self.hands[player].size] * self._opposed[player] / (self.meetings or 1.0)

    def mean(self, player: int, value: np.ndarray) -> float:
        """Mean of a value by hand over the player's range, against the others'."""
        return float(self.meeting_weight(player) @ value)

    def gains(self) -> np.ndarray:
        """float64[player], chips that each player's best response to both others' average strategies wins beyond his
        own average strategy, on average over his range: exact.
        """
        best, own = (
            [self.mean(player, self.values(player, response)) for player in range(PLAYERS)]
            for response in (True, False)
        )
        return np.array(best) - own

    def exploitability(self) -> float:
        """A third of NashConv, in chips: the mean of ``gains``. At any strategies all values add up to what the best
        responses' are compared with, so one sweep a player is enough.
        """
        return sum(self.mean(player, self.values(player, True)) for player in range(PLAYERS)) / PLAYERS

    def strategy_sums(self, node: int) -> np.ndarray:
        """float64[hand, action], reach times strategy at a decision, summed over iterations; see ``strategy``."""
        return self._block(node).T.copy()

    def strategy(self, node: int) -> np.ndarray:
        """float64[hand, action], average strategy at a decision; even where nothing was summed."""
        sums = self.strategy_sums(node)
        total = sums.sum(axis=1, keepdims=True)
        return np.where(total > 0, sums / np.where(total > 0, total, 1.0), 1.0 / sums.shape[1])

    def set_strategy(self, node: int, probability: np.ndarray) -> None:
        """Make float[hand, action] the average strategy at a decision: to value a strategy that is known."""
        self._block(node)[:] = probability.T

    def _block(self, node: int) -> np.ndarray:
        """float64[action, hand], strategy sums of a decision; a view."""
        actions, start = len(self.tree.actions(node)), int(self.game.offset[node])
        hands = self.hands[int(self.tree.player_of_node[node])].size
        return self.sums.strategy[start : start + actions * hands].reshape(actions, hands)


def gains_of(solver: object, positions: Sequence[str], pot: float) -> dict[str, dict[str, float]]:
    """``gain_pct`` of a solver of three: what each position's best response gains, in percent of ``pot`` (the solver's
    chips); nothing of another one.
    """
    if not isinstance(solver, ThreeWaySolver):
        return {}
    return {"gain_pct": dict(zip(positions, np.round(100 * solver.gains() / pot, 6).tolist()))}


def _per(sums: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """``sums`` divided by ``weight``, 0 where that is 0."""
    return np.divide(sums, weight, out=np.zeros(sums.shape), where=weight > 0)
