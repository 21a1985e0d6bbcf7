"""The average policy: strategy sums of a table, normalised row by row."""

import numpy as np
from numba import njit

from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.game.layout import Layout


@njit(cache=True)
def _normalise(table, first_pair, probability, visited):
    for row in range(first_pair.size - 1):
        pair = first_pair[row]
        actions = first_pair[row + 1] - pair
        start = 2 * pair + actions
        total = 0.0
        for action in range(actions):
            total += table[start + action]
        visited[row] = total > 0.0
        for action in range(actions):
            probability[pair + action] = table[start + action] / total if total > 0.0 else 1.0 / actions


def average_policy(layout: Layout, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(probability, visited) of a table.

    probability: float64[num_pairs], one for each (row, action) in table order; visited: bool[num_rows], False where a
    row's strategy sum is zero and the row is therefore uniform.
    """
    probability = np.empty(layout.num_pairs)
    visited = np.empty(layout.num_rows, np.bool_)
    _normalise(table, layout.first_pair_of_row(), probability, visited)
    return probability, visited


class TabularPolicy:
    """A policy by (node, bucket), which knows nothing of cards.

    probability: float[num_pairs], one for each (row, action) in table order.
    visited: bool[num_rows], False where training never came and the row is uniform.
    """

    def __init__(self, layout: Layout, probability: np.ndarray, visited: np.ndarray) -> None:
        self.layout = layout
        self.probability = probability
        self.visited = visited

    def of_row(self, node: int, bucket: int) -> tuple[np.ndarray, bool]:
        """(probabilities of the actions at a node with a bucket, False if the row was never visited and is uniform)."""
        pair = self.layout.pair(node, bucket)
        actions = len(self.layout.tree.actions(node))
        return self.probability[pair : pair + actions], bool(self.visited[self.layout.row(node, bucket)])

    def of_node(self, node: int) -> np.ndarray:
        """float[bucket, action], the probabilities at a node."""
        return self.probability[self.layout.pairs_of_node(node)]

    def visited_of_node(self, node: int) -> np.ndarray:
        """bool[bucket], False where training never came to a node with a bucket, and its row is uniform."""
        return self.visited[self.layout.rows_of_node(node)]


@njit(cache=True)
def count_visited(table, pattern):
    """Rows of a table (float[2 * pairs]) whose strategy sum is not zero; pattern: RowPattern."""
    rows = 0
    for place in range(pattern.width.size):
        for segment in range(pattern.first_segment[place + 1] - pattern.first_segment[place]):
            start = pattern.base_pair[place] + segment * pattern.width[place]
            for row in range(pattern.first_row[place], pattern.first_row[place + 1]):
                middle = 2 * (start + pattern.pair[row]) + pattern.actions[row]
                for entry in range(middle, middle + pattern.actions[row]):
                    if table[entry] != 0.0:
                        rows += 1
                        break
    return rows


def table_entries(config: RunConfig, layout: Layout) -> int:
    """Entries of a run's table: regrets and strategy sums of all rows, and the trunk's regrets of best responders."""
    return 2 * layout.num_pairs + (trunk_entries(layout) if config.solver.facts.best_responses else 0)


def trunk_entries(layout: Layout) -> int:
    """Regrets of the trunk: a best responder's, by seat, bucket before the flop, and action."""
    return int(layout.num_buckets[0] * layout.width[0].sum())
