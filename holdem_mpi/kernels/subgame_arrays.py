"""The arrays of the subgame kernels, as NamedTuples: what a sweep reads and what it changes."""

from typing import NamedTuple

import numpy as np

# What a sweep does.
UPDATE = 0  # of regrets and strategy sums, with current strategies
BEST = 1  # best response of the player to the other's average strategy
AVERAGE = 2  # value of the player's own average strategy against the other's

# Indices of the weights that a sweep multiplies sums by, before it adds to them.
W_POSITIVE = 0
W_NEGATIVE = 1
W_STRATEGY = 2
NUM_WEIGHTS = 3

# Sums that are no more count as none: the inverse of a smaller one could be infinite.
TINY = np.float32(1e-30)

# Rows of reach whose ends of the hand are valued at once, side by side; the widest that stays in the first cache.
LANES = 16

# Where ends lie: on the upper streets or on the last one. What ``Subgame.ends`` says of a row.
UPPER, LAST = 0, 1
E_ROW, E_FOLD, E_SHOWDOWN = 0, 1, 2


class Subgame(NamedTuple):
    """What is fixed: the tree, the hands, the runouts.

    kind: uint8[node]; player: int8[node], who acts, or who folded at the end. first_edge: int32[node + 1] and child:
        int32[edge], nodes depth first, the root first. end: int32[node], the first node after its subtree.
    stake: float32[node], chips that a player wins or loses at an end of the hand.
    offset: int64[node], first entry of a decision node in its block (upper streets: of the table).
    reach_row: int32[player, node], for a sweep of the player: the row of ``Room.reach`` with the other's reach.
    entry: int32[entry], nodes where the last street begins, or hands are shown before it; source: int32[player, entry],
        the row that carries the other's reach to it. upper: int32[upper], all other nodes but those below entries.
    count: int32[player], hands; card: int32[player, hand, 2]; twin: int32[player, hand], where the other player has
        the same hand, or -1.
    block: int64[2], entries of the upper streets, entries of one runout.
    ends: int32[part, player, end, 3], for a sweep of the player: a row of ``Room.reach``, the fold and the showdown
        that it comes to (-1: none); by UPPER and LAST part. num_ends: int32[part, player].
    order: int32[runout + 1, player, place], the hands that the runout leaves, weakest first, then those that it
        blocks; strength: likewise by place, of those left; live: int32[runout + 1, player], how many those are. The
        last row, for the upper streets, has every hand.
    runout_card: int32[runout], -1 where the board was complete.
    first_image: int32[runout + 1], image: int32[image, player, hand]: the hand that a hand becomes when a renaming of
        suits makes this runout one that stands for it (the runout itself first).
    """

    kind: np.ndarray
    player: np.ndarray
    first_edge: np.ndarray
    child: np.ndarray
    end: np.ndarray
    stake: np.ndarray
    offset: np.ndarray
    reach_row: np.ndarray
    entry: np.ndarray
    source: np.ndarray
    upper: np.ndarray
    count: np.ndarray
    card: np.ndarray
    twin: np.ndarray
    block: np.ndarray
    ends: np.ndarray
    num_ends: np.ndarray
    order: np.ndarray
    strength: np.ndarray
    live: np.ndarray
    runout_card: np.ndarray
    first_image: np.ndarray
    image: np.ndarray


class Sums(NamedTuple):
    """What a solver learns: regret and strategy, float32[block[0] + runouts * block[1]], [action, hand] by node."""

    regret: np.ndarray
    strategy: np.ndarray


class Room(NamedTuple):
    """Scratch of one sweep.

    reach: float32[node + entry, hand], the other player's by node, and by entry without the hands that a runout blocks.
    value: float32[node, hand]; total: float32[entry, hand], values of entries summed over runouts.
    scale, even: float32[hand], see ``_normalise``; weight: float32[NUM_WEIGHTS].
    beside: float32[hand, LANES], reach of some rows side by side; held: float64[53, LANES], of them by card, and of
    all; gain, every: float32[hand, LANES], reach that a hand beats less that which beats it, and all that it can meet.
    """

    reach: np.ndarray
    value: np.ndarray
    total: np.ndarray
    scale: np.ndarray
    even: np.ndarray
    weight: np.ndarray
    beside: np.ndarray
    held: np.ndarray
    gain: np.ndarray
    every: np.ndarray
