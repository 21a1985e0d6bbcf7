"""Fixed-point scales from computed bounds: integer sums of a batch can then not overflow, whatever is sampled."""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from holdem_mpi.errors import ConfigError
from holdem_mpi.game.layout import Layout
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION

# An entry's sum over a batch stays below this; the sign and one bit are spare.
_SUM_LIMIT = 62
# Steps of the largest regret of one traversal: fewer would make rounding visible in the result.
_FEWEST_STEPS = 1 << 16
_MOST_BITS = 40
# 1,326 hands, and a little more.
_HANDS_BITS = 11


@dataclass(frozen=True)
class FixedPoint:
    """Powers of two: integer regret = rint(chips * regret_scale), strategy = rint(probability * strategy_scale).

    regret_bound: largest scaled regret that one traversal can add to an entry.
    """

    regret_scale: float
    strategy_scale: float
    regret_bound: float


def payoff_range(tree: PublicTree) -> float:
    """Chips between the most that any one player can win in a hand and the most that it can lose."""
    stake = tree.stake_of_terminal
    gain = (stake.sum(axis=1, keepdims=True) - stake).max(axis=0)
    return float((gain + stake.max(axis=0)).max())


@njit(cache=True)
def _least_reach(parent_of_node, player_of_node, num_actions, exploration, players):
    inverse = np.ones((parent_of_node.size, players))
    largest = 1.0
    for node in range(1, parent_of_node.size):
        above = parent_of_node[node]
        for player in range(players):
            inverse[node, player] = inverse[above, player]
        inverse[node, player_of_node[above]] *= num_actions[above] / exploration
        largest = max(largest, inverse[node].max())
    return largest


def largest_weight(tree: PublicTree, exploration: float) -> float:
    """Largest importance weight of outcome sampling: 1 / (least sampling reach of an updating player)."""
    num_actions = tree.num_actions()
    return float(_least_reach(tree.parent_of_node, tree.player_of_node, num_actions, exploration, tree.num_players))


def choose_scales(tree: PublicTree, contributions_per_batch: int, weight: float = 1.0) -> FixedPoint:
    """Scales for ``contributions_per_batch`` (lanes * batch size) additions of at most payoff range * ``weight`` each.

    ConfigError where no scale keeps both the sums below 2**62 and a contribution at 2**16 steps.
    """
    most = payoff_range(tree) * weight
    bits = _SUM_LIMIT - math.ceil(math.log2(contributions_per_batch)) - math.ceil(math.log2(most)) - 1
    steps = math.log2(payoff_range(tree)) + bits
    if steps < math.log2(_FEWEST_STEPS):
        raise ConfigError(
            f"batch_size: no fixed-point scale fits {contributions_per_batch} iterations a batch with contributions of "
            f"up to {most:.3g} chips; expected a smaller batch (or batch_size_limit), fewer lanes, or more exploration"
        )
    regret_scale = 2.0 ** min(bits, _MOST_BITS - math.ceil(math.log2(payoff_range(tree))))
    strategy_scale = 2.0 ** min(_SUM_LIMIT - math.ceil(math.log2(contributions_per_batch)) - 1, _MOST_BITS)
    # A little above the bound: sums in floating point may round up.
    return FixedPoint(regret_scale, strategy_scale, most * regret_scale * (1 + 1e-9))


# Bits of the largest contribution to a regret, where contributions are kept in 32.
_NARROW_BITS = 30


def narrow_scales(tree: PublicTree, contributions_per_batch: int) -> FixedPoint:
    """Scales for contributions of at most the payoff range, each of which fits 32 bits, their sums 63. ConfigError
    where these do not.
    """
    scales = choose_scales(tree, contributions_per_batch)
    regret_scale = min(scales.regret_scale, 2.0 ** (_NARROW_BITS - math.ceil(math.log2(payoff_range(tree)))))
    strategy_scale = min(scales.strategy_scale, 2.0**_NARROW_BITS)
    return FixedPoint(regret_scale, strategy_scale, payoff_range(tree) * regret_scale * (1 + 1e-9))


def unit_scales(tree: PublicTree, weight: float = 1.0) -> FixedPoint:
    """Scales of tables without fixed point: regrets in chips, strategies as probabilities; ``weight`` as above."""
    return FixedPoint(1.0, 1.0, payoff_range(tree) * weight * (1 + 1e-9))


def full_width_scales(tree: PublicTree) -> FixedPoint:
    """Scales for sweeps over all boards, whose weights add up to 1: a bucket gains a payoff range for each hand."""
    bits = _SUM_LIMIT - _HANDS_BITS - 1
    regret_scale = 2.0 ** (bits - math.ceil(math.log2(payoff_range(tree))))
    return FixedPoint(regret_scale, 2.0**bits, payoff_range(tree) * regret_scale * (1 + 1e-9))


@njit(cache=True)
def depth_of_node(parent_of_node):
    """int64[node], decisions above each node; parents come before their children."""
    depth = np.zeros(parent_of_node.size, np.int64)
    for node in range(1, parent_of_node.size):
        depth[node] = depth[parent_of_node[node]] + 1
    return depth


@njit(cache=True)
def _most_below(parent_of_node, player_of_node, weight, player):
    """Most that one traversal for ``player`` can collect of ``weight``: its own children add up, of others' the largest
    counts. Children come after their parents, so one pass from the end suffices.
    """
    total = np.zeros(parent_of_node.size, np.int64)
    for node in range(parent_of_node.size - 1, 0, -1):
        above, found = parent_of_node[node], total[node] + weight[node]
        total[above] = total[above] + found if player_of_node[above] == player else max(total[above], found)
    return total[0] + weight[0]


def most_nodes(tree: PublicTree, player: int) -> int:
    """Nodes that one traversal for ``player`` can visit at most."""
    ones = np.ones(tree.num_nodes, np.int64)
    return int(_most_below(tree.parent_of_node, tree.player_of_node, ones, player))


def capacity_of_iteration(layout: Layout) -> tuple[int, int]:
    """(rows, table entries) that one iteration (a traversal and an averaging pass a player) can touch at most."""
    tree = layout.tree
    num_actions = tree.num_actions()
    decisions = (tree.kind_of_node == KIND_DECISION).astype(np.int64)
    passes = tree.num_players * int(depth_of_node(tree.parent_of_node).max())
    rows, pairs = passes, passes * int(num_actions.max())
    for player in range(tree.num_players):
        rows += _most_below(tree.parent_of_node, tree.player_of_node, decisions, player)
        pairs += _most_below(tree.parent_of_node, tree.player_of_node, num_actions, player)
    return int(rows), 2 * int(pairs)
