"""What clustering compares hands by: outcomes of the next card, equity against clusters of opponents, next buckets.

Rows are canonical boards, entries of a row the 1,326 hands in its suits; where a hand overlaps the board, nothing that
is written means anything. All features are integers, equal for hands that a board does not tell apart.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.hands import NUM_HANDS, hand_of
from holdem_mpi.kernels.cards.isomorphism import index_board, orbit_size, unindex_hand
from holdem_mpi.kernels.cards.showdown import CARD_MASK, STRENGTH_SHIFT, sort_hands, sweep_board

# Clusters of opponents' hands (Johanson et al. 2013 take eight).
CLUSTERS = 8
# A point's steps for each outcome: means of points are rounded to whole ones.
STEPS_AN_OUTCOME = 256
# Largest coordinate of an equity.
EQUITY_STEPS = 4095


@njit(cache=True, inline="always")
def _hand_of(entry):
    """Hand of an entry of ``workspace.order``."""
    return hand_of(np.int64(entry >> 6 & CARD_MASK), np.int64(entry & CARD_MASK))


@njit(cache=True)
def count_outcomes(tables, ix, first, workspace, bin_of_value, points, numerators):
    """Where the last card leaves each hand: outcomes above each edge of equity, on boards ``first`` onwards.

    ix: indexer of boards that lack one card; bin_of_value: uint8[values], the bin of a showdown value 2 * wins + ties.
    points: int16[boards, 1326, edges], written: STEPS_AN_OUTCOME times the outcomes in bins above each edge, which is
    the complement of the cumulative histogram; so the sum of absolute differences of two points is the earth mover's
    distance of their histograms, in bins, steps and outcomes. numerators: uint32[boards, 1326], written: the sums of
    the values. 0.9 ms a turn.
    """
    n = ix.first_card_of_round[-1]
    edges = points.shape[2]
    board = np.empty(n + 1, np.int64)
    values = np.empty(NUM_HANDS, np.uint32)
    histogram = np.empty((NUM_HANDS, edges + 1), np.int16)
    for row in range(len(points)):
        unindex_hand(ix, first + row, board)
        on_board = 0
        for i in range(n):
            on_board |= 1 << board[i]
        histogram[:] = 0
        numerators[row] = 0
        for card in range(52):
            if on_board >> card & 1:
                continue
            board[n] = card
            hands = sweep_board(tables, board, n + 1, workspace, values)
            for i in range(hands):
                hand = _hand_of(workspace.order[i])
                histogram[hand, bin_of_value[values[hand]]] += 1
                numerators[row, hand] += values[hand]
        for hand in range(NUM_HANDS):
            above = 0
            for edge in range(edges, 0, -1):
                above += histogram[hand, edge]
                points[row, hand, edge - 1] = STEPS_AN_OUTCOME * above


@njit(cache=True)
def count_class_outcomes(tables, ix, boards, workspace, class_of_hand, bin_of_value, counts):
    """Add the showdown values of all hands on complete boards to their preflop class's histogram.

    boards: (first, last), last not included; class_of_hand: uint16[1326]; counts: int64[169, bins], added to.
    """
    n = ix.first_card_of_round[-1]
    board = np.empty(n, np.int64)
    values = np.empty(NUM_HANDS, np.uint32)
    for index in range(boards[0], boards[1]):
        unindex_hand(ix, index, board)
        hands = sweep_board(tables, board, n, workspace, values)
        orbit = orbit_size(ix, index)
        for i in range(hands):
            hand = _hand_of(workspace.order[i])
            counts[class_of_hand[hand], bin_of_value[values[hand]]] += orbit


@njit(cache=True)
def _tally_clusters(workspace, hands, cluster_of_hand, of_card, values):
    """2 * wins + ties of every hand against each cluster (int32[1326, CLUSTERS]); ``of_card`` (int32[53, CLUSTERS])
    is left with the hands by cluster that hold each card, and all of them in its last row.

    The sweep of ``sweep_board`` with CLUSTERS counters side by side.
    """
    of_card[:] = 0
    total = of_card[52]
    start = 0
    while start < hands:
        strength = workspace.order[start] >> STRENGTH_SHIFT
        end = start
        while end < hands and workspace.order[end] >> STRENGTH_SHIFT == strength:
            high = np.int64(workspace.order[end] >> 6 & CARD_MASK)
            low = np.int64(workspace.order[end] & CARD_MASK)
            value = values[hand_of(high, low)]
            for cluster in range(CLUSTERS):
                value[cluster] = total[cluster] - of_card[high, cluster] - of_card[low, cluster]
            end += 1
        for i in range(start, end):
            cluster = cluster_of_hand[_hand_of(workspace.order[i])]
            of_card[workspace.order[i] >> 6 & CARD_MASK, cluster] += 1
            of_card[workspace.order[i] & CARD_MASK, cluster] += 1
            total[cluster] += 1
        for i in range(start, end):
            high = np.int64(workspace.order[i] >> 6 & CARD_MASK)
            low = np.int64(workspace.order[i] & CARD_MASK)
            hand = hand_of(high, low)
            value = values[hand]
            for cluster in range(CLUSTERS):
                value[cluster] += total[cluster] - of_card[high, cluster] - of_card[low, cluster]
            value[cluster_of_hand[hand]] += 1
        start = end


@njit(cache=True)
def weigh_clusters(tables, ix, first, workspace, cluster_of_hand, points, numerators):
    """Equity of every hand against each cluster of opponents, on complete boards ``first`` onwards.

    cluster_of_hand: int8[1326]; points: int16[boards, 1326, CLUSTERS], written: equity in EQUITY_STEPS, to nearest;
    against a cluster of which the cards leave no hand, the equity against all. numerators: uint16[boards, 1326],
    written: 2 * wins + ties against all. About 60 us a board.
    """
    n = ix.first_card_of_round[-1]
    board = np.empty(n, np.int64)
    values = np.empty((NUM_HANDS, CLUSTERS), np.int32)
    of_card = np.empty((53, CLUSTERS), np.int32)
    step_of_count = np.zeros(NUM_HANDS + 1)
    for count in range(1, NUM_HANDS + 1):
        step_of_count[count] = EQUITY_STEPS / (2 * count)
    for row in range(len(points)):
        unindex_hand(ix, first + row, board)
        hands = sort_hands(tables, board, n, workspace)
        _tally_clusters(workspace, hands, cluster_of_hand, of_card, values)
        opponents = (50 - n) * (49 - n) // 2
        for i in range(hands):
            high = np.int64(workspace.order[i] >> 6 & CARD_MASK)
            low = np.int64(workspace.order[i] & CARD_MASK)
            hand = hand_of(high, low)
            own = cluster_of_hand[hand]
            numerator = np.int64(0)
            for cluster in range(CLUSTERS):
                numerator += values[hand, cluster]
            numerators[row, hand] = numerator
            for cluster in range(CLUSTERS):
                # The hand itself is in the sum once and under each of its cards once.
                count = of_card[52, cluster] - of_card[high, cluster] - of_card[low, cluster]
                count += 1 if cluster == own else 0
                value, among = (np.int64(values[hand, cluster]), count) if count > 0 else (numerator, opponents)
                points[row, hand, cluster] = np.int64(value * step_of_count[among] + 0.5)


@njit(cache=True)
def list_next_buckets(indexers, first, next_table, points):
    """The bucket of every hand after each next card, on boards ``first`` onwards, in order of the cards.

    indexers: (these boards, those with a card more); next_table: unsigned[next boards, 1326]; points: uint16[boards,
    1326, cards that hand and board leave], written.
    """
    ix, next_ix = indexers
    n = ix.first_card_of_round[-1]
    board = np.empty(n + 1, np.int64)
    suit_map = np.empty(4, np.uint8)
    filled = np.empty(NUM_HANDS, np.int64)
    for row in range(len(points)):
        unindex_hand(ix, first + row, board)
        on_board = 0
        for i in range(n):
            on_board |= 1 << board[i]
        filled[:] = 0
        for card in range(52):
            if on_board >> card & 1:
                continue
            board[n] = card
            next_row = next_table[index_board(next_ix, board, suit_map)]
            gone = on_board | 1 << card
            for high in range(1, 52):
                if gone >> high & 1:
                    continue
                first_card = (high & ~3) + np.int64(suit_map[high & 3])
                for low in range(high):
                    if gone >> low & 1:
                        continue
                    second_card = (low & ~3) + np.int64(suit_map[low & 3])
                    top, bottom = max(first_card, second_card), min(first_card, second_card)
                    hand = hand_of(high, low)
                    points[row, hand, filled[hand]] = next_row[hand_of(top, bottom)]
                    filled[hand] += 1
