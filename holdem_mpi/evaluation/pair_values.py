"""Values of a blueprint's own play for each pair of hand groups: the baseline that AIVAT takes away.

Hands are taken for their buckets, neighbouring buckets of fine abstractions for one group, and the pair of groups for
all that the next street's groups depend on. The tables so made are rough, which AIVAT forgives, and cheap, which lets
them be averaged over all cards to come; on the last street the rest of the tree is valued exactly instead.
"""

from typing import NamedTuple

import numpy as np

from holdem_mpi.game.layout import Layout
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD, Deal
from holdem_mpi.kernels.cards.deal import DealTables, cards_dealt
from holdem_mpi.kernels.values.bucket_deals import sample_bucket_deals, step_back
from holdem_mpi.kernels.values.subtree_value import LastStreet
from holdem_mpi.policy.blueprint import Blueprint

# Groups after the first street, and deals that the ways from street to street are counted from.
_MOST_GROUPS = 50
DEALS = 1 << 20
_LANES = 512


class PairValues(NamedTuple):
    """Seat 0's chips where ``blueprints`` (by seat, of one layout and one abstraction) play each other.

    group_of_bucket: by street, int64[bucket].
    value_of_node: float32[group of seat 0, group of seat 1] of decision nodes once their street's cards are known;
        those inside the last street are left out.
    equity: by street, seat 0's mean result of a showdown, -1 to 1.
    last_street: what ``subtree_value`` walks.
    """

    blueprints: tuple[Blueprint, Blueprint]
    group_of_bucket: tuple[np.ndarray, ...]
    value_of_node: dict[int, np.ndarray]
    equity: tuple[np.ndarray, ...]
    last_street: LastStreet


def pair_values(blueprints: tuple[Blueprint, Blueprint], seed: int = 0, deals: int = DEALS) -> PairValues:
    """Values of ``blueprints`` by seat, from so many deals drawn by ``seed``. 3 s for nolimit_hu_200bb."""
    layout = blueprints[0].policy.layout
    streets = layout.tree.num_streets
    groups = tuple(_groups(buckets, blueprints[0].seen[street]) for street, buckets in enumerate(layout.num_buckets))
    pairs, result = _sampled_pairs(layout, blueprints[0].tables, groups, seed, deals)
    sizes = [int(group.max()) + 1 for group in groups]
    equity = tuple(_mean_result(pairs[street], result, sizes[street]) for street in range(streets))
    sweep = _BackwardSweep(blueprints, groups, equity)
    for street in reversed(range(streets)):
        following = {}
        if street + 1 < streets:
            step = _transition(pairs[street], pairs[street + 1], sizes[street], sizes[street + 1])
            following = _one_street_earlier(step, sweep.entries(street + 1), sizes[street])
        sweep.fill(street, following)
    return PairValues(blueprints, groups, sweep.value, equity, _last_street(layout))


def _groups(buckets: int, seen: int) -> np.ndarray:
    """Group of each bucket: the bucket itself where there are few or no public cards are seen."""
    bucket = np.arange(buckets)
    return bucket if buckets <= _MOST_GROUPS or seen == 0 else bucket * _MOST_GROUPS // buckets


def _sampled_pairs(
    layout: Layout, tables: DealTables, groups: tuple[np.ndarray, ...], seed: int, deals: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """(group pair of each deal by street, result of each deal): every deal twice, once with the seats swapped."""
    streets = len(groups)
    places = np.zeros((streets, 2), np.uint64), np.ones((streets, 2), np.uint64)
    buckets_only = layout.code()._replace(base_pair=places[0], width=places[1])
    deal = Deal(
        np.zeros((streets, 2), np.uint64),
        np.zeros(2, np.int64),
        np.zeros(cards_dealt(tables), np.int64),
        np.zeros(7, np.int64),
        np.zeros(4, np.uint8),
    )
    buckets, strength = np.empty((deals, streets, 2), np.int32), np.empty((deals, 2), np.int64)
    sample_bucket_deals(tables, buckets_only, deal, np.uint64(seed), 0, buckets, strength)
    result = np.sign(strength[:, 0] - strength[:, 1]).astype(np.int8)
    pairs = []
    for street, group in enumerate(groups):
        first, second = group[buckets[:, street, 0]], group[buckets[:, street, 1]]
        size = int(group.max()) + 1
        pairs.append(np.concatenate((first * size + second, second * size + first)))
    return pairs, np.concatenate((result, -result))


def _mean_result(pair: np.ndarray, result: np.ndarray, size: int) -> np.ndarray:
    """float32[group, group], mean result of the deals of each pair; 0 where none was drawn."""
    count = np.bincount(pair, minlength=size * size)
    total = np.bincount(pair, result, minlength=size * size)
    return (total / np.maximum(count, 1)).astype(np.float32).reshape(size, size)


class _Transition(NamedTuple):
    first_of_pair: np.ndarray
    next_pair: np.ndarray
    share: np.ndarray


def _transition(now: np.ndarray, then: np.ndarray, size: int, next_size: int) -> _Transition:
    """How often each pair of groups becomes each pair of the next street's, as sparse rows."""
    keys, count = np.unique(now * next_size**2 + then, return_counts=True)
    row, column = keys // next_size**2, keys % next_size**2
    of_row = np.bincount(row, count, minlength=size * size)
    first = np.searchsorted(row, np.arange(size * size + 1))
    return _Transition(first, column.astype(np.int32), (count / of_row[row]).astype(np.float32))


def _one_street_earlier(step: _Transition, later: dict[int, np.ndarray], size: int) -> dict[int, np.ndarray]:
    """Values of the street before for ``later`` (node -> values on its own street), many nodes side by side."""
    nodes, result = list(later), {}
    for start in range(0, len(nodes), _LANES):
        some = nodes[start : start + _LANES]
        values = np.stack([later[node].reshape(-1) for node in some], axis=1)
        earlier = np.empty((size * size, len(some)), np.float32)
        step_back(*step, values, earlier)
        result |= {node: earlier[:, column].reshape(size, size) for column, node in enumerate(some)}
    return result


class _BackwardSweep:
    """Fills ``value`` (node -> float32[group, group]) street by street from the last."""

    def __init__(
        self,
        blueprints: tuple[Blueprint, Blueprint],
        groups: tuple[np.ndarray, ...],
        equity: tuple[np.ndarray, ...],
    ) -> None:
        self.value: dict[int, np.ndarray] = {}
        self._blueprints, self._equity = blueprints, equity
        self._tree: PublicTree = blueprints[0].tree
        self._first_of_group = [np.flatnonzero(np.diff(group, prepend=-1)) for group in groups]
        self._size_of_group = [np.bincount(group) for group in groups]

    def entries(self, street: int) -> dict[int, np.ndarray]:
        """{node: float32[group, group]}, the values of the nodes that begin a street."""
        above = self._tree.street_of_node[self._tree.parent_of_node]
        return {node: self.value[node] for node in np.flatnonzero(self._decides(street) & (above < street)).tolist()}

    def _decides(self, street: int) -> np.ndarray:
        return (self._tree.kind_of_node == KIND_DECISION) & (self._tree.street_of_node == street)

    def fill(self, street: int, following: dict[int, np.ndarray]) -> None:
        """Values of the street's decision nodes; ``following``: those of the next street's first nodes, seen from here.

        Of the last street only the first nodes stay.
        """
        tree = self._tree
        last = street == tree.num_streets - 1
        for node in np.flatnonzero(self._decides(street))[::-1].tolist():
            player = int(tree.player_of_node[node])
            sigma = self._sigma(node, player, street)
            total = np.zeros_like(self._equity[street])
            for action, child in enumerate(tree.children(node).tolist()):
                weight = sigma[:, action]
                weight = weight[:, None] if player == 0 else weight[None, :]
                total += weight * self._child(child, street, following)
                if last:
                    self.value.pop(child, None)
            self.value[node] = total

    def _sigma(self, node: int, player: int, street: int) -> np.ndarray:
        """float32[group, action], the mean of the buckets' strategies."""
        sigma = self._blueprints[player].policy.of_node(node).astype(np.float32)
        sums = np.add.reduceat(sigma, self._first_of_group[street], axis=0)
        return sums / self._size_of_group[street][:, None].astype(np.float32)

    def _child(self, child: int, street: int, following: dict[int, np.ndarray]) -> np.ndarray | np.float32:
        tree = self._tree
        if tree.kind_of_node[child] == KIND_DECISION:
            return self.value[child] if tree.street_of_node[child] == street else following[child]
        terminal = tree.terminal_of_node[child]
        stake = tree.stake_of_terminal[terminal]
        if tree.kind_of_node[child] == KIND_FOLD:
            return np.float32(-stake[0] if tree.folded_of_terminal[terminal] & 1 else stake[1])
        return np.float32(stake.min()) * self._equity[street]


def _last_street(layout: Layout) -> LastStreet:
    tree, last = layout.tree, layout.tree.num_streets - 1
    return LastStreet(
        kind=tree.kind_of_node,
        player=tree.player_of_node,
        parent=tree.parent_of_node,
        first_edge=tree.first_edge_of_node,
        child=tree.child_of_edge,
        terminal=tree.terminal_of_node,
        first_pair=layout.pair_of_node,
        stake=tree.stake_of_terminal,
        folded=tree.folded_of_terminal,
        base=layout.base_pair[last].copy(),
        width=layout.width[last].copy(),
    )
