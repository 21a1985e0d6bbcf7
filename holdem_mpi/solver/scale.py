"""Fixed-point scales from computed bounds: integer sums of a batch can then not overflow, whatever is sampled."""

import math
from dataclasses import dataclass

import numpy as np

from holdem_mpi.errors import ConfigError
from holdem_mpi.game.layout import Layout
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION

# An entry's sum over a batch stays below this; the sign and one bit are spare.
_SUM_LIMIT = 62
# Steps of the largest regret of one traversal: fewer would make rounding visible in the result.
_FEWEST_STEPS = 1 << 16
_MOST_BITS = 40


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


def largest_weight(tree: PublicTree, exploration: float) -> float:
    """Largest importance weight of outcome sampling: 1 / (least sampling reach of an updating player)."""
    num_actions = tree.num_actions()
    largest = 1.0
    weight = np.ones((tree.num_nodes, tree.num_players))
    for node in range(1, tree.num_nodes):
        above = tree.parent_of_node[node]
        weight[node] = weight[above]
        weight[node, tree.player_of_node[above]] *= num_actions[above] / exploration
        largest = max(largest, float(weight[node].max()))
    return largest


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
            f"up to {most:.3g} chips; expected a smaller batch, fewer lanes, or more exploration"
        )
    regret_scale = 2.0 ** min(bits, _MOST_BITS - math.ceil(math.log2(payoff_range(tree))))
    strategy_scale = 2.0 ** min(_SUM_LIMIT - math.ceil(math.log2(contributions_per_batch)) - 1, _MOST_BITS)
    # A little above the bound: sums in floating point may round up.
    return FixedPoint(regret_scale, strategy_scale, most * regret_scale * (1 + 1e-9))


def room_of_iteration(layout: Layout) -> tuple[int, int]:
    """(rows, table entries) that one iteration (a traversal and an averaging pass a player) can touch at most."""
    tree = layout.tree
    num_actions = tree.num_actions()
    rows = np.zeros((tree.num_nodes, tree.num_players), np.int64)
    pairs = np.zeros((tree.num_nodes, tree.num_players), np.int64)
    players = np.arange(tree.num_players)
    # Children come after their parents, so one pass from the end suffices: the updating player's children add up, of
    # another player's the largest counts.
    for node in range(tree.num_nodes - 1, -1, -1):
        if tree.kind_of_node[node] != KIND_DECISION:
            continue
        children = tree.children(node)
        mine = players == tree.player_of_node[node]
        rows[node] = 1 + np.where(mine, rows[children].sum(axis=0), rows[children].max(axis=0))
        below = np.where(mine, pairs[children].sum(axis=0), pairs[children].max(axis=0))
        pairs[node] = num_actions[node] + below
    depth = np.zeros(tree.num_nodes, np.int64)
    for node in range(1, tree.num_nodes):
        depth[node] = depth[tree.parent_of_node[node]] + 1
    longest = int(depth.max())
    passes = tree.num_players * longest
    return int(rows[0].sum()) + passes, 2 * (int(pairs[0].sum()) + passes * int(num_actions.max()))
