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

# Indices of the counters of what traversals add to.
C_FAULTS = 0
C_VISITS = 1
NUM_COUNTERS = 2

# Pairs of a table are below two to this.
PAIR_BITS = 40

# Words of the state of one random stream (``rng.open_stream``).
STREAM_WORDS = 10


class TreeCode(NamedTuple):
    """The public tree and the layout of its tables, as traversals read them. Nothing here changes in a run.

    code: uint32. Records of nodes, the root's first. A decision node: word 0 (bits above), word 1 its first pair
        within a segment, then a word for each action, the index of the child's record. A terminal node: word 0, and
        word 1, the terminal.
    stake_of_terminal: float64[terminal, player], chips that the player has put in.
    folded_of_terminal: uint8[terminal], bit p set where player p has folded.
    fixed_of_terminal: float64[terminal * 2], of two players: net chips of a player, whatever the cards; one element
        with more players. A showdown pays ``matched_of_terminal`` (float64[terminal], chips; 0 after a fold) more to
        who is ahead, and less to who is behind.
    base_pair: uint64[street, player], first pair of bucket 0.
    width: uint64[street, player], pairs of one bucket (a segment).
    """

    code: np.ndarray
    stake_of_terminal: np.ndarray
    folded_of_terminal: np.ndarray
    fixed_of_terminal: np.ndarray
    matched_of_terminal: np.ndarray
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


class DenseDelta(NamedTuple):
    """What one lane has added to a table, entry by entry; the lane itself sees it. Changed in place by traversals.

    values: int64[entries] fixed-point sums (float64 in tests: then nothing is rounded).
    counters: int64[NUM_COUNTERS].
    """

    values: np.ndarray
    counters: np.ndarray


class SegmentLogs(NamedTuple):
    """What lanes add to a table that stays as it is meanwhile: two logs for each segment of 2 ** ``bits`` pairs, of
    regrets and of strategies, so that a merge works in a cache. The layout is described in ``segment_logs``.

    words: int32[chunks * (last + 1)], the chunks of all logs.
    first, at: uint64[2 * segments], where each log's first record is (0: it has none), and where its next one goes.
    pool: uint64[1], chunks given out.
    counters: int64[NUM_COUNTERS].
    bits: uint64. last: uint64, the last place of a chunk: a chunk has a power of two of words.
    wide: uint64, 1 where regrets take two words each.
    """

    words: np.ndarray
    first: np.ndarray
    at: np.ndarray
    pool: np.ndarray
    counters: np.ndarray
    bits: np.uint64
    last: np.uint64
    wide: np.uint64


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


class TraversalWorkspace(NamedTuple):
    """What traversals work with, some of them at once: each has a number; those of one deal have its hands in common.

    params: float64[NUM_PARAMS].
    script: float64[n], draws to use in place of a traversal's stream in tests; empty in production.
    random: uint64[traversal * STREAM_WORDS], each one's stream; with a script, the first word counts the draws used.
    segment: uint64[deal * streets * players], first pairs of the buckets (street, player) of each deal.
    strength: int64[deal, player], larger wins.
    player, of_deal: uint64[traversal], who is updated, and where its deal begins in ``segment``.
    ahead: float64[traversal], with two players: 1, 0 or -1 as the player wins, ties or loses at a showdown.
    prune_below: float64[traversal], regrets below which actions are passed over; -inf: never.
    nodes: uint64[3 * capacity], nodes still to be walked: the updating players', the others', and terminal ones. A node
        is its record's place, and in the upper half where in ``value`` its value belongs.
    places: uint64[3 * capacity], of each node its row's first pair (or its terminal), and from bit 48 on its traversal.
    kept, links: uint64[capacity], of each updating player's node that was opened: its pair, with its number of actions
        from bit 40 on; and the place of its value.
    pruned: uint64[capacity], of each such node the actions that are passed over, as bits.
    sigma: float64[capacity * widest], their strategies; value: float64[traversals + capacity * widest], values of the
        traversals themselves, and of the actions of such nodes.
    scratch: float64[widest]. uniform: float64[widest + 1], 1 / number of actions.
    path: uint64[traversal * depth * 3], of one sampled history: pair, action, number of actions.
    widest, depth, streets, players, capacity: uint64.
    """

    params: np.ndarray
    script: np.ndarray
    random: np.ndarray
    segment: np.ndarray
    strength: np.ndarray
    player: np.ndarray
    of_deal: np.ndarray
    ahead: np.ndarray
    prune_below: np.ndarray
    nodes: np.ndarray
    places: np.ndarray
    kept: np.ndarray
    links: np.ndarray
    pruned: np.ndarray
    sigma: np.ndarray
    value: np.ndarray
    scratch: np.ndarray
    uniform: np.ndarray
    path: np.ndarray
    widest: np.uint64
    depth: np.uint64
    streets: np.uint64
    players: np.uint64
    capacity: np.uint64
