"""Whether a decision is searched with a gadget, so that the opponent gains nothing by the new solution."""

import time

import numpy as np

from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.drivers.search_plan import Planner
from holdem_mpi.solver.root_search import Spot, cards_to_come
from holdem_mpi.subgame.alternatives import Alternatives
from holdem_mpi.subgame.gadget import Gadget

# What ``auto`` is, see docs/safe_resolving.md; the share of the time that finding the alternatives may take.
AUTO, _SHARE = "maxmargin", 0.25


def made_safe(
    spot: Spot, config: SearchConfig, planner: Planner, alternatives: Alternatives | None, end: float
) -> Spot:
    """``spot`` with a gadget, where the alternatives are at hand and the time (until ``end``) is enough for them and
    for searching every hand and card apart then.
    """
    if alternatives is None or config.safe == "unsafe" or cards_to_come(spot) > 1:
        return spot
    kind = AUTO if config.safe == "auto" else config.safe
    left, takes = end - time.perf_counter(), alternatives.expected_seconds()
    guarded = spot._replace(gadget=Gadget(kind, alternatives.opponent, np.zeros(NUM_HANDS, np.float32)))
    if takes > _SHARE * left or planner.choose(guarded, left - takes).sampled:
        return spot
    return spot._replace(gadget=Gadget(kind, alternatives.opponent, alternatives.find()))
