"""The arrays that traversal kernels share, as NamedTuples: what a kernel reads and what it changes.

Index spaces: ``pair`` counts (row, action) pairs of a table; a row of A actions that starts at pair ``p`` owns table
entries ``2 * p`` to ``2 * (p + A)``: A regrets, then A strategy sums.
"""

from typing import NamedTuple

import numpy as np

# Word 0 of a node's record in ``TreeCode.code``.
KIND_DECISION = 0
KIND_FOLD = 1
KIND_SHOWDOWN = 2
PLAYER_SHIFT = 2
STREET_SHIFT = 5
ACTIONS_SHIFT = 7
LAST_STREET_BIT = 1 << 15
# Bit 16 + a: action a leads to a terminal node.
TERMINAL_SHIFT = 16

# Indices of TraversalWorkspace.params.
P_LANE_WEIGHT = 0
P_REGRET_SCALE = 1
P_STRATEGY_SCALE = 2
P_EXPLORATION = 3
P_PRUNE_BELOW = 4
P_PRUNE_PROBABILITY = 5
P_REGRET_BOUND = 6
P_AVERAGE_INLINE = 7
NUM_PARAMS = 8

# A row of DeltaRows packs its pair and its number of actions; a place of its hash table, pair + 1 and slot / 2.
PAIR_BITS = 36
SLOT_BITS = 28

# Indices of DeltaRows.counters.
C_ROWS = 0
C_ENTRIES = 1
C_FAULTS = 2
C_VISITS = 3
NUM_COUNTERS = 4


class TreeCode(NamedTuple):
    """The public tree and the layout of its tables, as traversals read them. Nothing here changes in a run.

    code: uint32. Records of nodes, the root's first. A decision node: word 0 (bits above), word 1 its first pair
        within a segment, then a word for each action, the index of the child's record. A terminal node: word 0, and
        word 1, the terminal.
    stake_of_terminal: float64[terminal, player], chips that the player has put in.
    folded_of_terminal: uint8[terminal], bit p set where player p has folded.
    base_pair: uint64[street, player], first pair of bucket 0.
    width: uint64[street, player], pairs of one bucket (a segment).
    """

    code: np.ndarray
    stake_of_terminal: np.ndarray
    folded_of_terminal: np.ndarray
    base_pair: np.ndarray
    width: np.ndarray


class RowPattern(NamedTuple):
    """Where all rows of a table lie, without listing them: the rows of a segment are those of bucket 0 shifted.

    Places are (street, player) in table order, segments all buckets of place 0, then of place 1, and so on.
    base_pair, width: int64[place]; first_segment, first_row: int64[place + 1].
    pair, actions: int64[row], of one segment of each place: the row's first pair within it, and its actions.
    """

    base_pair: np.ndarray
    width: np.ndarray
    first_segment: np.ndarray
    first_row: np.ndarray
    pair: np.ndarray
    actions: np.ndarray


class DeltaRows(NamedTuple):
    """What lanes have added since the last merge: only the rows that they touched. Changed in place by traversals.

    hash_table: uint64[capacity], a power of two; 0 where free, else (pair + 1) << SLOT_BITS | slot / 2.
    values: int64[...] fixed-point sums (float64 in tests: then nothing is rounded), row after row without gaps.
    rows: uint64[...], the touched rows in order of first touch, lane after lane: actions << PAIR_BITS | pair.
    counters: int64[NUM_COUNTERS].
    """

    hash_table: np.ndarray
    values: np.ndarray
    rows: np.ndarray
    counters: np.ndarray


class InPlace(NamedTuple):
    """A table that traversals update at once, beside other ranks and without locks (``mode: racing``).

    values: float64[entries], the table itself; counters: int64[NUM_COUNTERS], this rank's own; floor: no regret stays
    below it.
    """

    values: np.ndarray
    counters: np.ndarray
    floor: float


class Deal(NamedTuple):
    """What a traversal knows of the cards. Filled by the deal kernel.

    segment: uint64[street, player], first pair of the player's bucket on that street.
    strength: int64[player], larger wins.
    cards: int64[...], the cards themselves: the players', then the public ones. For the deal kernel's use, like
    showdown: int64[7] and suit_map: uint8[4].
    """

    segment: np.ndarray
    strength: np.ndarray
    cards: np.ndarray
    showdown: np.ndarray
    suit_map: np.ndarray


class RandomStream(NamedTuple):
    """Where uniform draws come from: a Philox stream (``rng.open_stream``), or in tests a script of them.

    state: uint64[10], see ``rng.open_stream``; with a script, state[0] counts the draws used.
    script: float64[n], draws to use instead; empty in production.
    """

    state: np.ndarray
    script: np.ndarray


class TraversalWorkspace(NamedTuple):
    """Stacks and scratch of one traversal, and its parameters.

    params: float64[NUM_PARAMS].
    sigma, value: float64[depth * max_actions], strategy and action values of the updating player's open nodes.
    frame: uint64[depth, 6], per open node: record, pair, slot, next action, number of actions, pruned actions.
    expected: float64[depth], value so far.
    scratch: float64[max_actions].
    """

    params: np.ndarray
    sigma: np.ndarray
    value: np.ndarray
    frame: np.ndarray
    expected: np.ndarray
    scratch: np.ndarray
