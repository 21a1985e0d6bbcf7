"""How a decision is searched: to what depth, with cards drawn or enumerated, and how ranks share the work.

Rank 0 decides by what it expects of the time that there is. The times below are of one core of an AMD EPYC (Zen 5);
what they are for is a choice between two ways that are about equally good where it falls.
"""

import functools
import os
from typing import NamedTuple

import numpy as np

from holdem_mpi.drivers.search_config import SearchConfig
from holdem_mpi.game.rules import BettingState
from holdem_mpi.game.tree import PublicTree, build_tree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.solver.root_search import Spot, cards_to_come

# Seconds of an iteration for each round of betting and hand of either player: on a drawn board, and on one of those
# that are enumerated.
_SAMPLED_SECONDS, _ENUMERATED_SECONDS = 80e-9, 55e-9
# Iterations below which a coarser way is better in the same time (benchmarks/search_quality.py): cards drawn instead of
# enumerated, and no bets from the second street to come on.
LEAST_ENUMERATED, LEAST_SAMPLED = 25, 40


class Way(NamedTuple):
    """sampled: cards to come are drawn, later streets in buckets. divided: ranks share the cards of each iteration.
    deepest: street after which nobody bets, None for the last one.
    """

    sampled: bool
    divided: bool
    deepest: int | None


@functools.lru_cache(maxsize=512)
def _tree(state: BettingState, config: str, deepest: int | None) -> PublicTree:
    menu = SearchConfig.model_validate_json(config).menu_of(state.rules, state.street, deepest)
    return build_tree(state.rules, menu, state)


def search_tree(state: BettingState, config: SearchConfig, deepest: int | None) -> PublicTree:
    """The betting from ``state`` on that is searched; kept for states that come again."""
    return _tree(state, config.model_dump_json(), deepest)


def choose_way(spot: Spot, config: SearchConfig, team: Communicator, seconds: float) -> Way:
    """The way that is expected to be best in ``seconds``."""
    to_come, ranks = cards_to_come(spot), team.size
    if to_come == 0:
        return Way(False, False, None)
    hands = int((spot.weight > 0).sum())
    rounds = _rounds(search_tree(spot.state, config, None))
    host_ranks = team.split_host()[1]
    share = min(1.0, len(os.sched_getaffinity(0)) / host_ranks)
    if to_come == 1:
        iterations = seconds * share * ranks / (_ENUMERATED_SECONDS * 44 * rounds * hands)
        if config.share == "average":
            iterations /= ranks
        enough = {"auto": iterations >= LEAST_ENUMERATED, "always": False, "never": True}[config.sampled]
        return Way(not enough, enough and ranks > 1 and config.share != "average", None)
    shallow = seconds * share / (_SAMPLED_SECONDS * rounds * hands) < LEAST_SAMPLED
    return Way(True, False, spot.state.street + 1 if shallow else None)


def _rounds(tree: PublicTree) -> int:
    """Rounds of betting: the root's, and one for each way into a later street."""
    above = np.maximum(tree.parent_of_node, 0)
    begins = (tree.kind_of_node == KIND_DECISION) & (tree.street_of_node != tree.street_of_node[above])
    return 1 + int(begins.sum())
