"""Plain twins of the traversal kernels: walks over the public tree, dictionaries for tables, as in the literature.

They share no code with the kernels: no packed tree, no logs, no importance weights cancelled by hand.
"""

import math
from collections import defaultdict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np

from holdem_mpi.game.layout import Layout
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD


@dataclass
class NaiveHand:
    """What a traversal knows of the cards: bucket[street][player] and strength[player], larger wins."""

    bucket: list[list[int]]
    strength: list[int]


@dataclass
class NaiveLane:
    """A lane on one game. Rows are named (node, bucket).

    merged: row -> regrets at the last merge, in scaled chips. regret, strategy: row -> what this lane has added up to
    the last ``settle``, which strategies of later traversals see ``lane_weight`` times, and pruning ``prune_weight``
    times. draw: next uniform number. quantise: contributions are rounded to the nearest integer before they are added.
    """

    layout: Layout
    merged: dict[tuple[int, int], list[float]]
    draw: Callable[[], float]
    lane_weight: float = 1.0
    regret_scale: float = 1.0
    strategy_scale: float = 1.0
    exploration: float = 0.6
    prune_below: float = -math.inf
    prune_weight: float = 0.0
    average_inline: bool = True
    quantise: bool = False
    regret: dict[tuple[int, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    strategy: dict[tuple[int, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    unsettled: list[tuple[list[float], int, float]] = field(default_factory=list)
    visits: int = 0
    pruned: int = 0

    def settle(self) -> None:
        """Let what was added count, for this lane's strategies too."""
        for sums, action, amount in self.unsettled:
            sums[action] += amount
        self.unsettled.clear()

    def rows(self) -> dict[tuple[int, int], list[float]]:
        """What the lane has added by row: regrets, then strategy sums."""
        return {row: self.regret[row] + self.strategy[row] for row in self.regret}

    def _row(self, node: int, hand: NaiveHand) -> tuple[int, int]:
        tree = self.layout.tree
        row = node, hand.bucket[tree.street_of_node[node]][tree.player_of_node[node]]
        if row not in self.regret:
            self.regret[row] = [0.0] * len(tree.actions(node))
            self.strategy[row] = [0.0] * len(tree.actions(node))
        return row

    def _sigma(self, row: tuple[int, int]) -> list[float]:
        """Regret matching on the merged regrets plus ``lane_weight`` times the lane's own."""
        seen = [old + self.lane_weight * own for old, own in zip(self.merged[row], self.regret[row])]
        positive = [max(regret, 0.0) for regret in seen]
        total = sum(positive)
        return [regret / total for regret in positive] if total > 0 else [1 / len(seen)] * len(seen)

    def _add(self, sums: list[float], amounts: list[float], scale: float, passed_over: Collection[int] = ()) -> None:
        for action, amount in enumerate(amounts):
            if action not in passed_over:
                # Python's round is to the nearest, ties to even.
                self.unsettled.append((sums, action, round(amount * scale) if self.quantise else amount * scale))

    def _choose(self, probabilities: list[float]) -> int:
        uniform, cumulative = self.draw(), 0.0
        for action, probability in enumerate(probabilities[:-1]):
            cumulative += probability
            if uniform < cumulative:
                return action
        return len(probabilities) - 1

    def _payoff(self, node: int, hand: NaiveHand, player: int) -> float:
        """Net chips at a terminal node: side pots from the smallest stake up, ties split."""
        tree = self.layout.tree
        terminal = tree.terminal_of_node[node]
        stake = [float(chips) for chips in tree.stake_of_terminal[terminal]]
        left = [seat for seat in range(len(stake)) if not int(tree.folded_of_terminal[terminal]) >> seat & 1]
        won, below = 0.0, 0.0
        for level in sorted(set(stake)):
            pot = sum(min(chips, level) - min(chips, below) for chips in stake)
            eligible = [seat for seat in left if stake[seat] >= level] or left
            if tree.kind_of_node[node] != KIND_FOLD:
                best = max(hand.strength[seat] for seat in eligible)
                eligible = [seat for seat in eligible if hand.strength[seat] == best]
            if player in eligible:
                won += pot / len(eligible)
            below = level
        return won - stake[player]

    def external(self, hand: NaiveHand, player: int) -> float:
        """External sampling (Lanctot et al. 2009, algorithm 3.7 of Lanctot's thesis) for ``player``; its value.

        In the order in which kernels draw: all of the player's nodes that were reached, then all of the others', and
        again. The value of a node belongs to the way there of the player's own actions.
        """
        tree = self.layout.tree
        own: deque[tuple[int, tuple[int, ...]]] = deque()
        others: deque[tuple[int, tuple[int, ...]]] = deque()
        value, opened = {}, []

        def reach(node: int, way: tuple[int, ...]) -> None:
            self.visits += 1
            if tree.kind_of_node[node] != KIND_DECISION:
                value[way] = self._payoff(node, hand, player)
            else:
                (own if tree.player_of_node[node] == player else others).append((node, way))

        reach(0, ())
        while own or others:
            while own:
                node, way = own.popleft()
                row = self._row(node, hand)
                sigma = self._sigma(row)
                passed_over = self._passed_over(node, row, sigma)
                opened.append((row, way, sigma, passed_over))
                for action, child in enumerate(tree.children(node)):
                    if action not in passed_over:
                        reach(int(child), (*way, action))
            while others:
                node, way = others.popleft()
                row = self._row(node, hand)
                sigma = self._sigma(row)
                if self.average_inline:
                    self._add(self.strategy[row], sigma, self.strategy_scale)
                reach(int(tree.children(node)[self._choose(sigma)]), way)
        for row, way, sigma, passed_over in reversed(opened):
            values = [0.0 if action in passed_over else value[(*way, action)] for action in range(len(sigma))]
            value[way] = sum(share * of_action for share, of_action in zip(sigma, values))
            regrets = [of_action - value[way] for of_action in values]
            self._add(self.regret[row], regrets, self.regret_scale, passed_over)
        return value[()]

    def _passed_over(self, node: int, row: tuple[int, int], sigma: list[float]) -> set[int]:
        """Actions that regret-based pruning skips, as in Pluribus: not on the last street, not where the hand ends."""
        tree = self.layout.tree
        if tree.street_of_node[node] == tree.num_streets - 1:
            return set()
        passed_over = {
            action
            for action, child in enumerate(tree.children(node))
            if self.merged[row][action] + self.prune_weight * self.regret[row][action] < self.prune_below
            and sigma[action] == 0
            and tree.kind_of_node[child] == KIND_DECISION
        }
        self.pruned += len(passed_over)
        return passed_over

    def outcome(self, hand: NaiveHand, player: int) -> float:
        """Outcome sampling (Lanctot et al. 2009, section 3.1) for ``player``; an estimate of its value.

        Keeps every probability apart: others_reach (pi_{-i} of the history), sampled (q of the history) and the tail
        (pi of what follows an action), instead of what is left once they cancel.
        """
        return self._outcome(0, hand, player, 1.0, 1.0) * self._weighted

    def _outcome(self, node: int, hand: NaiveHand, player: int, others_reach: float, sampled: float) -> float:
        """The player's tail from this node on; leaves W = u(z) * pi_{-i}(z) / q(z) in ``_weighted``."""
        self.visits += 1
        tree = self.layout.tree
        if tree.kind_of_node[node] != KIND_DECISION:
            self._weighted = self._payoff(node, hand, player) * others_reach / sampled
            return 1.0
        row = self._row(node, hand)
        sigma = self._sigma(row)
        if tree.player_of_node[node] != player:
            chosen = self._choose(sigma)
            share = sigma[chosen]
            return self._outcome(int(tree.children(node)[chosen]), hand, player, others_reach * share, sampled * share)
        mixed = [self.exploration / len(sigma) + (1 - self.exploration) * share for share in sigma]
        chosen = self._choose(mixed)
        child = int(tree.children(node)[chosen])
        tail = self._outcome(child, hand, player, others_reach, sampled * mixed[chosen])
        of_node = self._weighted * tail * sigma[chosen]
        regrets = [(self._weighted * tail if action == chosen else 0.0) - of_node for action in range(len(sigma))]
        self._add(self.regret[row], regrets, self.regret_scale)
        return tail * sigma[chosen]

    def average(self, hand: NaiveHand, player: int) -> None:
        """One history that adds ``player``'s strategy where it acts; the others act uniformly."""
        tree, node = self.layout.tree, 0
        while tree.kind_of_node[node] == KIND_DECISION:
            self.visits += 1
            children = tree.children(node)
            if tree.player_of_node[node] == player:
                row = self._row(node, hand)
                sigma = self._sigma(row)
                self._add(self.strategy[row], sigma, self.strategy_scale)
                node = int(children[self._choose(sigma)])
            else:
                node = int(children[self._choose([1 / len(children)] * len(children))])


def merged_of_table(layout: Layout, table: np.ndarray) -> dict[tuple[int, int], list[float]]:
    """(node, bucket) -> regrets of a table (float[2 * num_pairs])."""
    tree, merged = layout.tree, {}
    for node in np.flatnonzero(tree.kind_of_node == KIND_DECISION):
        actions = len(tree.actions(node))
        for bucket in range(layout.num_buckets[tree.street_of_node[node]]):
            start = 2 * layout.pair(int(node), bucket)
            merged[int(node), bucket] = [float(regret) for regret in table[start : start + actions]]
    return merged


def add_to_table(layout: Layout, rows: dict[tuple[int, int], list[float]], table: np.ndarray) -> None:
    """Add what a lane has added to a table, in place."""
    for (node, bucket), sums in rows.items():
        start = 2 * layout.pair(node, bucket)
        table[start : start + len(sums)] += sums


@dataclass
class NaiveRanges:
    """Vector-form CFR on one board, as matrices over pairs of hands (Zinkevich et al. 2007 over all hands at once).

    bucket: [street][hand], strength: [hand], of the hands on this board; beside: bool[hand, hand], pairs that can be
    dealt together; sigma: (node, bucket) -> strategy. ``update`` fills regret and strategy: (node, bucket) -> sums.
    """

    layout: Layout
    bucket: list[list[int]]
    strength: list[int]
    beside: np.ndarray
    sigma: Callable[[int, int], list[float]]
    regret: dict[tuple[int, int], np.ndarray] = field(default_factory=dict)
    strategy: dict[tuple[int, int], np.ndarray] = field(default_factory=dict)

    def update(self, player: int) -> None:
        """Add ``player``'s regrets (chips against one hand of the opponent) and reach-weighted strategy."""
        hands = len(self.strength)
        self._player = player
        self._opponents = self.beside.sum(axis=1).astype(float)
        strength = np.array(self.strength)
        self._wins = self.beside * np.sign(strength[:, None] - strength[None, :])
        self._walk(0, np.ones(hands), np.ones(hands))

    def _walk(self, node: int, own: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Values of all hands at a node, weighted by the opponent's reach."""
        tree, player = self.layout.tree, self._player
        if tree.kind_of_node[node] != KIND_DECISION:
            terminal = tree.terminal_of_node[node]
            stake, folded = tree.stake_of_terminal[terminal], int(tree.folded_of_terminal[terminal])
            if tree.kind_of_node[node] == KIND_FOLD:
                chips = -stake[player] if folded >> player & 1 else stake[1 - player]
                return chips * (self.beside @ others) / self._opponents
            return min(stake) * (self._wins @ others) / self._opponents
        owner, street = int(tree.player_of_node[node]), int(tree.street_of_node[node])
        buckets = self.bucket[street]
        sigma = np.array([self.sigma(node, bucket) for bucket in buckets])
        if owner != player:
            children = enumerate(tree.children(node))
            return sum(self._walk(int(child), own, others * sigma[:, action]) for action, child in children)
        children = [self._walk(int(c), own * sigma[:, a], others) for a, c in enumerate(tree.children(node))]
        values = np.array(children).T
        value = (sigma * values).sum(axis=1)
        for hand, bucket in enumerate(buckets):
            for sums, added in (
                (self.regret, values[hand] - value[hand]),
                (self.strategy, own[hand] * sigma[hand]),
            ):
                sums[node, bucket] = sums.get((node, bucket), 0.0) + added
        return value

    def table(self) -> np.ndarray:
        """float64[2 * num_pairs]: what ``update`` has added."""
        table = np.zeros(2 * self.layout.num_pairs)
        for (node, bucket), regrets in self.regret.items():
            start = 2 * self.layout.pair(node, bucket)
            table[start : start + 2 * len(regrets)] = [*regrets, *self.strategy[node, bucket]]
        return table
