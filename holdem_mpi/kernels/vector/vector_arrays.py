"""The arrays of vector-form CFR: the betting tree cut into blocks, and the hands of one complete public board.

A *round* is one street's betting after one betting history; it is entered with a range for each player. A *block* is a
few rounds of one street, next to each other in depth-first order, whose terminal nodes are valued together. Within a
round a player's *sequence* is the last of its own (row, action) pairs, or the round's entry: reach probabilities and
counterfactual values need no more of the tree than which sequence of each player leads to a row, a terminal node or a
later round (Koller, Megiddo and von Stengel 1994).

Local sequences of a block: the entries of its rounds, then the player's pairs in table order.
"""

from typing import NamedTuple

import numpy as np

from holdem_mpi.kernels.cards.showdown import ShowdownWorkspace, showdown_workspace
from holdem_mpi.kernels.cards.sweep import RankedHands, ranked_hands

# Columns of VectorPlan.block; where a block's part of a list ends is where the next block's begins.
B_STREET = 0
B_FIRST_ROUND = 1
B_ROUNDS = 2
B_SHOWDOWN = 3
B_FOLD = 4
B_ENTRY = 5
# The player's number is added: first of its rows, number of rows, first pair within the segment,
# table entries.
B_ROW = 6
B_ROWS = 8
B_PAIR = 10
B_ENTRIES = 12
NUM_BLOCK = 14

# Columns of VectorPlan.row.
R_ENTRY = 0
R_ACTIONS = 1
R_ABOVE = 2
R_ROUND = 3
R_LOCAL = 4

# Where what a street's rows gain goes: to touched segments of DenseDelta, to their places in a dense array, or at once
# into the table.
TO_OWN = 0
TO_DENSE = 1
TO_TABLE = 2


class VectorPlan(NamedTuple):
    """The public tree in blocks. Nothing here changes in a run.

    block: int64[blocks + 1, NUM_BLOCK], by street; first_block: int64[street + 1].
    row: uint32[rows, 5], rows of one bucket by street and player: first table entry counted from the block's first,
        actions, the local sequence that leads there, the local round, the local sequence of action 0.
    is_sum: uint8[entries], of one segment's table entries by street and player: 1 for strategy sums, 0 for regrets;
        first_entry: int64[street, player], where those of a segment begin.
    showdown: int32[n, 3], local round and the local sequence of each player; showdown_pay: float64[n], chips matched.
    fold: int32[n, 3], likewise; fold_pay: float64[n, player], net chips.
    entry: int32[n, 4], likewise, and the round that is entered (numbered over all streets).
    base_pair, width: uint64[street, player], as in TreeCode.
    """

    block: np.ndarray
    first_block: np.ndarray
    row: np.ndarray
    is_sum: np.ndarray
    first_entry: np.ndarray
    showdown: np.ndarray
    showdown_pay: np.ndarray
    fold: np.ndarray
    fold_pay: np.ndarray
    entry: np.ndarray
    base_pair: np.ndarray
    width: np.ndarray


class BoardHands(NamedTuple):
    """The hands that a complete board leaves, weakest first, and their buckets; filled by ``vector_board.load_board``.

    ranked: RankedHands whose ``hand`` is the place in the order, 0, 1, 2, ...; workspace: scratch of the ranking.
    hand: int32[n], the hands themselves. opponents: float64[1], hands that an opponent can hold beside any one hand.
    groups: int64[street], different buckets; bucket: int64[street, group].
    first: int32[street, group + 1]: ``member[street]`` from there on lists the group's hands as places.
    pure: uint8[street, group], 1 where the group's hands are in one group on every street before, too.
    group_of_bucket: int32[buckets], -1 between uses; group_of_place: int32[street, n], scratch.
    cards: int64[7]: scratch for one private card and the public ones; suit_map: uint8[4].
    """

    ranked: RankedHands
    workspace: ShowdownWorkspace
    hand: np.ndarray
    opponents: np.ndarray
    groups: np.ndarray
    bucket: np.ndarray
    first: np.ndarray
    member: np.ndarray
    pure: np.ndarray
    group_of_bucket: np.ndarray
    group_of_place: np.ndarray
    cards: np.ndarray
    suit_map: np.ndarray


class VectorWorkspace(NamedTuple):
    """Scratch of one traversal.

    reach: float64[round, player, place], each player's own reach probability at a round's entry; value:
    float64[round, place], the updating player's counterfactual values there, in fixed-point units.
    columns: float64[4, most columns * hands], reach and value at a block's showdowns and folds.
    sums, running: float64[54 * most columns].
    x, y, gain, sigma: float64[most sequences], reach of the opponent's and the own sequences, values, and strategy.
    row_gain: float64[most entries], what a group's rows gain.
    leaf: float64[most columns]; pay: float64[2, most columns], of showdowns and folds in fixed-point units.
    weight: float64[most sequences], the group's own reach at entries.
    """

    reach: np.ndarray
    value: np.ndarray
    columns: np.ndarray
    sums: np.ndarray
    running: np.ndarray
    x: np.ndarray
    y: np.ndarray
    gain: np.ndarray
    sigma: np.ndarray
    row_gain: np.ndarray
    leaf: np.ndarray
    pay: np.ndarray
    weight: np.ndarray


class SweepTask(NamedTuple):
    """One traversal: who is updated, at which weight, and what becomes of the sums.

    player: updating player. where: int64[street], TO_OWN, TO_DENSE or TO_TABLE. dense_first: int64[street], entry
    of the dense array where the street's rows begin. lane_weight: how often a lane's own additions count beside the
    table (TO_OWN). regret_scale, strategy_scale: fixed-point steps of a chip and of probability 1, times the
    board's weight. bound: largest scaled regret that one hand can add. keep: float64[3], factors of regrets above zero
    and below, and of strategy sums, before something is added (TO_TABLE). floor: what no regret falls below.
    """

    player: int
    where: np.ndarray
    dense_first: np.ndarray
    lane_weight: float
    regret_scale: float
    strategy_scale: float
    bound: float
    keep: np.ndarray
    floor: float


def board_hands(num_streets: int, num_hands: int, most_buckets: int) -> BoardHands:
    """Empty BoardHands for decks of ``num_hands`` private hands."""
    return BoardHands(
        ranked=ranked_hands(num_hands),
        workspace=showdown_workspace(),
        hand=np.zeros(num_hands, np.int32),
        opponents=np.zeros(1),
        groups=np.zeros(num_streets, np.int64),
        bucket=np.zeros((num_streets, num_hands), np.int64),
        first=np.zeros((num_streets, num_hands + 1), np.int32),
        member=np.zeros((num_streets, num_hands), np.int32),
        pure=np.zeros((num_streets, num_hands), np.uint8),
        group_of_bucket=np.full(most_buckets, -1, np.int32),
        group_of_place=np.zeros((num_streets, num_hands), np.int32),
        cards=np.zeros(7, np.int64),
        suit_map=np.zeros(4, np.uint8),
    )


def vector_workspace(plan: VectorPlan, num_hands: int) -> VectorWorkspace:
    """Scratch for ``plan`` with ``num_hands`` private hands."""
    block = plan.block
    rounds = int(block[-1, B_FIRST_ROUND])
    size = np.diff(block[:, [B_SHOWDOWN, B_FOLD]], axis=0)
    columns = int(size.max())
    entries = int(block[:, B_ENTRIES : B_ENTRIES + 2].max())
    sequences = int(block[:-1, B_ROUNDS].max()) + entries // 2
    return VectorWorkspace(
        reach=np.ones((rounds, 2, num_hands)),
        value=np.zeros((rounds, num_hands)),
        columns=np.zeros((4, columns * num_hands)),
        sums=np.zeros(54 * columns),
        running=np.zeros(54 * columns),
        x=np.zeros(sequences),
        y=np.zeros(sequences),
        gain=np.zeros(sequences),
        sigma=np.zeros(sequences),
        row_gain=np.zeros(entries),
        leaf=np.zeros(columns),
        pay=np.zeros((2, columns)),
        weight=np.zeros(sequences),
    )
