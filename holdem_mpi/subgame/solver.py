"""A spot solved range against range: from a public state on to the end of the hand, with every hand apart."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.calls import KernelCall
from holdem_mpi.kernels.subgame.gadget_sweep import learn, run_gadget_iterations, write_range
from holdem_mpi.kernels.subgame.subgame_sweep import finish_sweep, go_down, run_iterations, sweep_branches
from holdem_mpi.kernels.subgame.subgame_types import (
    AVERAGE,
    BEST,
    BEST_LATER,
    LAST,
    MIDDLE,
    NUM_WEIGHTS,
    UPDATE,
    UPDATE_LATER,
    UPPER,
    Subgame,
    Sums,
)
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.subgame.branch_team import BranchTeam, TeamStop
from holdem_mpi.subgame.gadget import Gadget, GadgetState
from holdem_mpi.subgame.locks import Lock, begin_locked, locks_of, marks_of
from holdem_mpi.subgame.rake import NO_RAKE, Rake
from holdem_mpi.subgame.solver_state import Halfway, digest_of
from holdem_mpi.subgame.subgame_arrays import build_subgame, later_runouts_of, runouts_of, showdown_of, workspace_of
from holdem_mpi.subgame.subgame_deck import SubgameDeck, holdem_deck
from holdem_mpi.subgame.tree_parts import counts_of, deals_of, ranges_at
from holdem_mpi.subgame.weights import Weights

# Seconds of iterations in one call of a kernel, since Python sees signals between such calls alone; and how many of
# them ranks do at most before they agree to go on.
_CALL, _TOGETHER = 0.1, 16
# A hand that meets less of the other's range than this share of it meets nothing: the rest of float64 subtractions.
_NOTHING = 1e-9


class SubgameSolver:
    """Solves one subgame, alone or on the ranks of a communicator.

    tree: from the spot on (``build_tree`` with a start), over at most three streets. board: the cards of the tree's
    first street. ranges: float[player, hand of the deck], weights of hands; those that overlap the board count nothing.
    deck: hold'em's with five board cards by default. ValueError where no two hands of the ranges can meet.

    gadget: makes solving anew safe. Then ``ranges`` of its player is not read: all hands that the board leaves are
    equally likely, and what it has learnt to follow with is its range in all that is told of the solution.

    comm: its ranks divide the first cards to come, with all that is learnt below them; each has the first street. Then
    whatever takes a sweep is collective (``run``, values, ``exploitability``, ``equity``), and the result is the same
    on any number of ranks. There is no gadget then, and strategies after the first street are known on one rank alone.

    rake: what the house takes of each pot; then what both players win does not add up to nothing. None beside a gadget.

    locks: hands that keep to strategies, in best responses as well, so that exploitability is what remains of the rest.

    marks: float[hand of the deck], several: cards are equal by such renamings of suits alone that change none of them.
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
        comm: Communicator | None = None,
        rake: Rake = NO_RAKE,
        locks: Sequence[Lock] = (),
        marks: Sequence[np.ndarray] = (),
    ) -> None:
        self.tree, self.board, self.deck, self.rake = tree, list(board), deck or holdem_deck(), rake
        ranges = np.array(ranges, np.float64)
        if gadget:
            ranges[gadget.player] = 1.0
        ranges[:, self.deck.blocked(board)] = 0.0
        self.hands = [np.flatnonzero(of_player > 0) for of_player in ranges]
        self.weights = weights or Weights()
        self.iterations = 0
        self.halfway: Halfway | None = None  # the iteration that a stop gave up, to be gone on with
        self._each = 0.0  # seconds of the last iteration
        self.locked = False
        most = int(counts_of(self.hands).max())
        self.ranges = np.zeros((2, most), np.float32)
        for player, hands in enumerate(self.hands):
            self.ranges[player, : hands.size] = ranges[player, hands]
        self._meet()
        if not self.meetings > 0:
            raise ValueError("no two hands of the ranges can meet")
        known = [*ranges, *marks_of(locks, self.deck), *marks]
        if gadget:
            known.append(np.where(ranges[gadget.player] > 0, gadget.alternative, 0.0))
        later = later_runouts_of(self.board, known, self.deck) if deals_of(tree) == 2 else {}
        standing = runouts_of(self.board, known, self.deck)
        # Of the branches of all ranks: how many runouts each has.
        self.runouts = [len(later[card]) if later else 1 for card in standing]
        self.team = BranchTeam(comm or Communicator(), [count + 1 for count in self.runouts])
        self.game = build_subgame(tree, self.board, self.hands, standing, later, self.deck, self.team.own, rake)
        self.game = self.game._replace(locks=locks_of(tree, self.game, self.hands, locks))
        entries = int(self.game.block @ (1, self.game.runout_card.size, self.game.branch_card.size))  # by part
        self.sums = Sums(np.zeros(entries, np.float32), np.zeros(entries, np.float32))
        self.workspace = workspace_of(self.game)
        self.team.make_room(self.workspace.passed.shape)
        self.gadget = GadgetState(gadget, self.hands[gadget.player], self._opposed[gadget.player]) if gadget else None
        self._go_down, self._sweep_branches = KernelCall(go_down), KernelCall(sweep_branches)
        self._finish_sweep = KernelCall(finish_sweep)
        self._run_iterations, self._run_gadget = KernelCall(run_iterations), KernelCall(run_gadget_iterations)
        begin_locked(self.game, self.sums)

    def _meet(self) -> None:
        """Find which share of the other's range each hand meets (float64[hand] by player), and how many pairs do."""
        self._opposed = [
            self._opposed_by(self.ranges[1 - player, : self.hands[1 - player].size], player) for player in range(2)
        ]
        self.meetings = float(self.ranges[0, : self.hands[0].size] @ self._opposed[0])

    def opposed(self, player: int, reach: np.ndarray | None = None) -> np.ndarray:
        """float64[hand], weight of the other's hands that each hand of ``player`` can meet: of its range, or of another
        ``reach`` (float[hand]).
        """
        return self._opposed[player] if reach is None else self._opposed_by(reach, player)

    def _opposed_by(self, reach: np.ndarray, player: int) -> np.ndarray:
        other, hands = np.zeros(len(self.deck.card)), self.hands[player]
        other[self.hands[1 - player]] = reach
        by_card = np.bincount(self.deck.card.reshape(-1), np.repeat(other, 2))
        left = other.sum() - by_card[self.deck.card[hands]].sum(axis=1) + other[hands]
        return np.where(left > _NOTHING * other.sum(), left, 0.0)

    def warm_up(self) -> None:
        """Have all that iterations and checks call compiled or loaded; changes no sum. Collective."""
        none, known = np.arange(0), (self.game, self.sums, self.workspace, 0, AVERAGE)
        self._run_at_once(np.zeros((0, NUM_WEIGHTS), np.float32), UPDATE)
        sweep_branches(*known, none)
        self._sweep(self.game, 0, AVERAGE)

    def run(self, iterations: int, stop: Callable[[], bool] = lambda: False) -> None:
        """Go on for ``iterations``. ``stop`` is asked every tenth of a second; where iterations take longer, before
        each card to come. Where it says so, on any rank, the iteration in hand is given up. It is not counted, but what
        it did stays: the sums are still a strategy's. The next call begins where it stopped (``halfway``), and the sums
        after whole iterations are those of a run without a stop.
        """
        first, last = self.iterations, self.iterations + iterations
        weight, mode = self.weights.table(last, first), UPDATE_LATER if self.locked else UPDATE
        team_stop = self.team.stopper(stop)
        while self.iterations < last and not team_stop.agree():
            done, begin = self.iterations, time.perf_counter()
            rows = weight[done - first :]
            if 0.0 < self._each < _CALL / 2 and self.halfway is None:
                many = int(_CALL / self._each)
                self._run_at_once(rows[: many if self.team.is_alone else min(many, _TOGETHER)], mode)
            else:
                self._run_one(rows[0], mode, team_stop)
            each = (time.perf_counter() - begin) / max(1, self.iterations - done)
            self._each = self.team.most(each)[0]
        if self.gadget:
            self.take_range()

    def _run_at_once(self, weight: np.ndarray, mode: int) -> None:
        known = (self.game, self.sums, self.workspace)
        if not self.team.is_alone:
            for row in weight:
                self._run_one(row, mode)
        elif self.gadget:
            self._run_gadget(*known, self.gadget.sums, self.ranges, weight, mode)
            self.iterations += len(weight)
        else:
            self._run_iterations(*known, self.ranges, weight, mode)
            self.iterations += len(weight)

    def _run_one(self, weight: np.ndarray, mode: int, stop: TeamStop | None = None) -> None:
        self.workspace.weight[:] = weight
        halfway, self.halfway = self.halfway, None
        for player in range(halfway.player if halfway else 0, 2):
            self.begin_sweep(player)
            if stop is None:
                self._sweep_down(self.game, player, mode)
            elif not self._sweep_by_card(player, mode, stop, halfway):
                return
            halfway = None
            self.end_sweep(player)
        self.iterations += 1

    def begin_sweep(self, player: int) -> None:
        """The other's range, by its gadget's current strategy where it has one, for an iteration's sweep."""
        other = 1 - player
        self.workspace.reach[0] = self.ranges[other]
        if self.gadget and self.gadget.sums.player == other:
            write_range(self.gadget.sums, self.workspace)

    def end_sweep(self, player: int) -> None:
        """Let the gadget learn from an iteration's sweep, where it is that of ``player``."""
        if self.gadget and self.gadget.sums.player == player:
            learn(self.gadget.sums, self.workspace)

    def take_range(self, weight: np.ndarray | None = None) -> None:
        """Take ``weight`` (float[hand]), or what the gadget has learnt as ``run`` does, for its player's range."""
        player = self.gadget.sums.player
        learnt = self.gadget.average_range() if weight is None else weight
        self.ranges[player, : self.hands[player].size] = learnt
        self._meet()

    def _sweep(self, game: Subgame, player: int, mode: int) -> None:
        """A sweep over all of ``game``, which has this one's hands and cards, for the range that is known."""
        self.workspace.reach[0] = self.ranges[1 - player]
        self._sweep_down(game, player, mode)

    def _sweep_down(self, game: Subgame, player: int, mode: int) -> None:
        """A sweep from the other's range in row 0 of the reach on."""
        self.workspace = self.workspace._replace(passed=self.team.next_rows(self.workspace.passed))
        known = game, self.sums, self.workspace, player, mode
        self._go_down(*known, np.arange(game.own.size))
        self.team.exchange(self.workspace.passed, in_common=True)
        self._finish_sweep(*known)

    def _sweep_by_card(self, player: int, mode: int, stop: TeamStop, halfway: Halfway | None) -> bool:
        """Likewise, of an iteration; ``stop`` is asked before each card. False, with ``halfway`` set, where it gave the
        sweep up; ``halfway``: of the same sweep, given up before.
        """
        self.workspace = self.workspace._replace(passed=self.team.next_rows(self.workspace.passed))
        known, here = (self.game, self.sums, self.workspace, player, mode), np.arange(self.game.own.size)
        done = halfway.done.copy() if halfway else np.zeros(here.size, bool)
        if halfway:
            self.workspace.passed[self.game.own[done]] = halfway.passed[done]
        above = self.sums.strategy[: self.game.block[UPPER]]
        before = above.copy()
        # Python sees signals between calls of kernels alone, so these are short.
        self._go_down(*known, here[:0])
        for branch in here[~done]:
            if stop():
                break
            self._sweep_branches(*known, here[branch : branch + 1])
            done[branch] = True
        self.team.exchange(self.workspace.passed, in_common=True)
        if stop.agree():
            above[:] = before  # what went down goes down again
            self.halfway = Halfway(player, done, self.workspace.passed[self.game.own])
            return False
        self._finish_sweep(*known)
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
            shape = self._block(node, 0).T.shape
            if sigma.shape != shape or not (np.isfinite(sigma) & (sigma >= 0)).all():
                raise ValueError(f"node {node}: expected finite probabilities, {shape[0]} hands by {shape[1]} actions")
        for node, sigma in tables.items():
            self._block(node, 0)[:] = sigma.T
        self.locked = True

    def value_sums(self, player: int, best: bool, locked: bool = False) -> np.ndarray:
        """float64[hand], ``values`` summed over the other's range."""
        self._sweep(self.game, player, (BEST_LATER if locked else BEST) if best else AVERAGE)
        return self.workspace.value[0, : self.hands[player].size].astype(np.float64)

    def values(self, player: int, best: bool, locked: bool = False) -> np.ndarray:
        """float64[hand], chips that each hand of ``player`` wins on average against the other's average strategy, with
        its own average strategy or (``best``) its best response to it; from the start of the whole hand on.

        locked: the best response is bound to the average strategy on the first street.
        """
        opposed = self._opposed[player]
        sums = self.value_sums(player, best, locked)
        return np.divide(sums, opposed, out=np.zeros(opposed.size), where=opposed > 0)

    def action_values(self, node: int = 0) -> np.ndarray:
        """float64[hand, action] of the player to act at a decision of the first street: chips won, as in ``values``, by
        each action there and the average strategies from there on, against the range that the other has there.
        """
        player = int(self.tree.player_of_node[node])
        self.values(player, False)
        mine = self.hands[player].size
        value = self.workspace.value[self.tree.children(node), :mine].T.astype(np.float64)
        with self.narrowed_to(node):
            opposed = self._opposed[player][:, None]
        return np.divide(value, opposed, out=np.zeros(value.shape), where=opposed > 0)

    @contextmanager
    def narrowed_to(self, node: int, ranges: np.ndarray | None = None) -> Iterator[None]:
        """Within it, ranges are what the average strategies leave of them at a decision of the first street, or
        ``ranges`` (float[player, hand], by place in ``hands``); for ``opposed``, ``meetings``, ``meeting_weight`` and
        ``equity``. Values are still those of the root.
        """
        before, self.ranges = self.ranges, ranges_at(self, node) if ranges is None else ranges
        self._meet()
        try:
            yield
        finally:
            self.ranges = before
            self._meet()

    def equity(self, player: int) -> np.ndarray:
        """float64[hand], share of the pot (0 to 1) of each hand of ``player`` when both ranges go to the showdown."""
        mine, opposed = self.hands[player].size, self._opposed[player]
        self._sweep(showdown_of(self.game), player, AVERAGE)
        value = self.workspace.value[0, :mine].astype(np.float64)
        return 0.5 + 0.5 * np.divide(value, opposed, out=np.zeros(mine), where=opposed > 0)

    def meeting_weight(self, player: int) -> np.ndarray:
        """float64[hand], how often each hand of ``player`` is dealt against the other's range; they add up to 1."""
        return self.ranges[player, : self.hands[player].size] * self._opposed[player] / (self.meetings or 1.0)

    def mean(self, player: int, value: np.ndarray) -> float:
        """Mean of a value by hand over the player's range, against the other's."""
        return float(self.meeting_weight(player) @ value)

    def exploitability(self, locked: bool = False) -> float:
        """Half of NashConv, in chips: the mean over both players of what a best response gains; with a gadget in the
        game that it makes of the subgame.

        locked: best responses are bound to the average strategies on the first street, so what is left is the gap of
        the streets after it (of a single street: of that); else they are free everywhere, though a lock is set.
        """
        if self.gadget:
            player = self.gadget.sums.player
            others = self.ranges[1 - player, : self.hands[1 - player].size] @ self.value_sums(1 - player, True, locked)
            return self.gadget.nash_conv(self.value_sums(player, True, locked), float(others)) / 2
        best = [self.mean(player, self.values(player, True, locked)) for player in range(2)]
        if self.rake.share:  # else what they win by their own strategies adds up to nothing
            best += [-self.mean(player, self.values(player, False)) for player in range(2)]
        return sum(best) / 2

    def gains(self) -> tuple[float, float]:
        """Chips that each player's best response wins more, on average, than its own average strategy."""
        first, second = (
            self.mean(player, self.values(player, True)) - self.mean(player, self.values(player, False))
            for player in range(2)
        )
        return first, second

    @property
    def digest(self) -> str:
        """SHA-256 of all sums, branch by branch in the order of cards: the same on any number of ranks."""
        return digest_of(self.game, self.sums, self.team)

    def strategy_sums(self, node: int, runout: int = 0) -> np.ndarray:
        """float64[hand, action], reach times strategy at a decision, summed over iterations; see ``strategy``."""
        return self._block(node, runout).T.astype(np.float64)

    def strategy(self, node: int, runout: int = 0) -> np.ndarray:
        """float64[hand, action], average strategy at a decision; even where nothing was summed. After the first street
        ``runout`` counts the cards to come as ``Subgame`` does: by runout, on the street between by branch.
        """
        sums = self.strategy_sums(node, runout)
        total = sums.sum(axis=1, keepdims=True)
        return np.where(total > 0, sums / np.where(total > 0, total, 1.0), 1.0 / sums.shape[1])

    def set_strategy(self, node: int, probability: np.ndarray, runout: int | None = 0) -> None:
        """Make float[hand, action] the average strategy at a decision: to value a strategy that is known.

        runout: None, where it is float[runout, hand, action] at a decision of the last street after each of them.
        """
        if runout is not None:
            self._block(node, runout)[:] = probability.T
            return
        size, (runouts, hands, actions) = int(self.game.block[LAST]), probability.shape
        first, start = int(self.game.block[UPPER]), int(self.game.offset[node])
        rows = self.sums.strategy[first : first + runouts * size].reshape(runouts, size)
        count = int(self.game.count[int(self.tree.player_of_node[node])])
        there = rows[:, start : start + actions * count].reshape(runouts, actions, count)
        there[:, :, :hands] = probability.transpose(0, 2, 1)

    def _block(self, node: int, runout: int) -> np.ndarray:
        """float32[action, hand], strategy sums of a decision; a view."""
        actions, player = len(self.tree.actions(node)), int(self.tree.player_of_node[node])
        hands, count = self.hands[player].size, int(self.game.count[player])
        start, block = int(self.game.offset[node]), self.game.block
        if node in self.game.middle:
            start += int(block[UPPER] + self.game.runout_card.size * block[LAST] + runout * block[MIDDLE])
        elif node not in self.game.upper:
            start += int(block[UPPER] + runout * block[LAST])
        return self.sums.strategy[start : start + actions * count].reshape(actions, count)[:, :hands]
