"""Gadgets, which make re-solving a subgame safe: what the opponent does before it learns at the subgame's root.

With the re-solve gadget (Burch, Johanson and Bowling 2014) each hand of the opponent chooses whether it follows into
the subgame or ends there, for its alternative value. With maxmargin (Moravcik, Schmid, Ha, Hladik and Gaukrodger 2016)
the opponent chooses its hand, and is paid what the subgame gives that hand less its alternative value. In vector form
either is the opponent's range at the root, found by regret matching over what follows gains.

An iteration calls ``write_range`` before the sweep of the other player, whom the gadget protects, and ``learn`` after
the opponent's own sweep.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels.subgame.subgame_sweep import sweep
from holdem_mpi.kernels.subgame.subgame_types import NUM_WEIGHTS, W_NEGATIVE, W_POSITIVE, W_STRATEGY

RESOLVE, MAXMARGIN = 0, 1
# Rows of GadgetSums of a hand: into the subgame, or out of it (RESOLVE alone).
FOLLOW, TERMINATE = 0, 1


class GadgetSums(NamedTuple):
    """A gadget at the root of a subgame, and what it learns.

    kind: RESOLVE or MAXMARGIN; player: the opponent, whose range it is.
    weight: float64[hand], range of a hand whose probability in the gadget is 1. alternative: float64[hand], summed over
    the other's range as the values of a sweep are.
    regret, strategy: float64[2, hand], by FOLLOW and TERMINATE; regrets in chips, times the range that they count.
    follow: float64[hand], probability in this iteration.
    """

    kind: int
    player: int
    weight: np.ndarray
    alternative: np.ndarray
    regret: np.ndarray
    strategy: np.ndarray
    follow: np.ndarray


@njit(cache=True, _nrt=False)
def match_gadget(gadget, table):
    """Fill ``gadget.follow`` from regrets or strategy sums (float64[2, hand]); evenly where nothing is above zero."""
    hands = gadget.follow.size
    if gadget.kind == RESOLVE:
        for hand in range(hands):
            inside, outside = max(table[FOLLOW, hand], 0.0), max(table[TERMINATE, hand], 0.0)
            total = inside + outside
            gadget.follow[hand] = inside / total if total > 0.0 else 0.5
        return
    total, count = 0.0, 0
    for hand in range(hands):
        if gadget.weight[hand] > 0.0:
            total += max(table[FOLLOW, hand], 0.0)
            count += 1
    for hand in range(hands):
        gadget.follow[hand] = 0.0
        if gadget.weight[hand] > 0.0:
            gadget.follow[hand] = max(table[FOLLOW, hand], 0.0) / total if total > 0.0 else 1.0 / count


@njit(cache=True, _nrt=False)
def write_range(gadget, workspace):
    """Write the opponent's range of this iteration to row 0 of ``workspace.reach``, for the other player's sweep.

    It is added to the gadget's strategy sums, too.
    """
    match_gadget(gadget, gadget.regret)
    decay = np.float64(workspace.weight[W_STRATEGY])
    for hand in range(gadget.follow.size):
        follow = gadget.follow[hand]
        workspace.reach[0, hand] = np.float32(follow * gadget.weight[hand])
        gadget.strategy[FOLLOW, hand] = gadget.strategy[FOLLOW, hand] * decay + follow
        gadget.strategy[TERMINATE, hand] = gadget.strategy[TERMINATE, hand] * decay + (1.0 - follow)


@njit(cache=True, _nrt=False)
def learn(gadget, workspace):
    """Regrets from row 0 of ``workspace.value``, as the opponent's sweep leaves it."""
    match_gadget(gadget, gadget.regret)
    positive, negative = np.float64(workspace.weight[W_POSITIVE]), np.float64(workspace.weight[W_NEGATIVE])
    mean = 0.0
    for hand in range(gadget.follow.size):
        gain = gadget.weight[hand] * (np.float64(workspace.value[0, hand]) - gadget.alternative[hand])
        mean += gadget.follow[hand] * gain
    for hand in range(gadget.follow.size):
        gain = gadget.weight[hand] * (np.float64(workspace.value[0, hand]) - gadget.alternative[hand])
        if gadget.kind == RESOLVE:
            mean = gadget.follow[hand] * gain
        for choice in range(2):
            regret = gadget.regret[choice, hand]
            kept = regret * (positive if regret > 0.0 else negative)
            gadget.regret[choice, hand] = kept + (gain if choice == FOLLOW else 0.0) - mean


@njit(cache=True, _nrt=False)
def run_gadget_iterations(game, sums, workspace, gadget, range_of_player, weight_of_iteration, mode):
    """As many iterations of alternating updates as ``weight_of_iteration`` has rows, the gadget's among them.

    range_of_player: float32[player, hand], of which the opponent's is not read; weight_of_iteration:
    float32[iteration, NUM_WEIGHTS]; mode: UPDATE or UPDATE_LATER.
    """
    for iteration in range(weight_of_iteration.shape[0]):
        for weight in range(NUM_WEIGHTS):
            workspace.weight[weight] = weight_of_iteration[iteration, weight]
        for player in range(2):
            other = 1 - player
            if other == gadget.player:
                write_range(gadget, workspace)
            else:
                for hand in range(game.count[other]):
                    workspace.reach[0, hand] = range_of_player[other, hand]
            sweep(game, sums, workspace, player, mode)
            if player == gadget.player:
                learn(gadget, workspace)
