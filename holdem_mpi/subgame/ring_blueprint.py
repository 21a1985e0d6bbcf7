"""A blueprint as a sampled search of three and more players goes on by it, packed once for many searches."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import numpy as np

from holdem_mpi.game.rules import CALL, FOLD
from holdem_mpi.kernels.cards.deal import DealTables
from holdem_mpi.kernels.traversal.ring_types import RingBlueprint
from holdem_mpi.policy.blueprint import Blueprint


class RingContinuation:
    """The blueprint's tree as kernels walk it, what its actions are, and its probabilities.

    record_of_node: int64[node], where each node's record begins in ``code``. streets: that were searched, see
    ``ring_street``.
    """

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.streets: OrderedDict[Hashable, Any] = OrderedDict()
        tree = blueprint.tree
        actions = tree.num_actions()
        self.code = blueprint.policy.layout.code()
        self.record_of_node = np.concatenate(([0], np.cumsum(2 + actions)))[:-1]
        kind = np.where(tree.action_of_edge == FOLD, 1, np.where(tree.action_of_edge == CALL, 2, 3)).astype(np.int8)
        parent = np.repeat(np.arange(tree.num_nodes), actions)
        place = np.arange(kind.size) - tree.first_edge_of_node[parent]
        kind_of_edge = np.zeros(self.code.code.size, np.int8)
        kind_of_edge[self.record_of_node[parent] + 2 + place] = kind
        probability = np.asarray(blueprint.policy.probability).view()
        probability.flags.writeable = False  # mapped or not: one compiled kernel
        self.arrays = RingBlueprint(kind_of_edge, probability)

    @property
    def tables(self) -> DealTables:
        """What turns cards into the blueprint's buckets."""
        return self.blueprint.tables
