"""What a best response needs of boards and policies, laid out for ``response``; and what passes between two streets."""

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.hands import hand_of
from holdem_mpi.kernels.cards.isomorphism import index_board
from holdem_mpi.kernels.cards.showdown import CARD_MASK, STRENGTH_SHIFT, sort_hands
from holdem_mpi.kernels.simd import WIDTH


@njit(cache=True)
def _renamed_hand(suit_map, high, low):
    """The hand once its suits are renamed by ``suit_map`` (uint8[4])."""
    first = (high & ~3) + np.int64(suit_map[high & 3])
    second = (low & ~3) + np.int64(suit_map[low & 3])
    if first < second:
        first, second = second, first
    return hand_of(first, second)


@njit(cache=True)
def _list_hands(cards, boards, board):
    """The hands that an incomplete board leaves, as one group."""
    on_board = 0
    for card in cards:
        on_board |= 1 << card
    hands = 0
    for high in range(52):
        if on_board >> high & 1 == 0:
            for low in range(high):
                if on_board >> low & 1 == 0:
                    boards.high[board, hands] = high
                    boards.low[board, hands] = low
                    boards.hand[board, hands] = hand_of(high, low)
                    hands += 1
    boards.first_of_group[board, 0] = 0
    boards.first_of_group[board, 1] = hands
    boards.count[board, 0] = hands
    boards.count[board, 1] = 1


@njit(cache=True)
def _sort_hands(tables, cards, sweep, boards, board):
    """The hands that a complete board leaves, weakest first, and their groups."""
    hands = sort_hands(tables, cards, cards.size, sweep)
    groups = 0
    before = -1
    for place in range(hands):
        entry = sweep.order[place]
        high = np.int64(entry >> 6 & CARD_MASK)
        low = np.int64(entry & CARD_MASK)
        boards.high[board, place] = high
        boards.low[board, place] = low
        boards.hand[board, place] = hand_of(high, low)
        if entry >> STRENGTH_SHIFT != before:
            before = entry >> STRENGTH_SHIFT
            boards.first_of_group[board, groups] = place
            groups += 1
    boards.first_of_group[board, groups] = hands
    boards.count[board, 0] = hands
    boards.count[board, 1] = groups


@njit(cache=True)
def fill_boards(tables, cards_of_board, complete, indexer, bucket_table, sweep, boards):
    """Fill ``boards`` (``response.ResponseBoards``) with the hands of each board and their buckets (15 us a complete
    board).

    cards_of_board: int64[boards, cards]; complete: whether no more cards come. indexer: of those boards; bucket_table:
    unsigned[board_iso, 1326] of the canonical boards, without rows where all hands are bucket 0. sweep: scratch.
    """
    suit_map = np.empty(4, np.uint8)
    for board in range(cards_of_board.shape[0]):
        cards = cards_of_board[board]
        if complete:
            _sort_hands(tables, cards, sweep, boards, board)
        else:
            _list_hands(cards, boards, board)
        if bucket_table.shape[0] == 0:
            boards.bucket[board] = 0
            continue
        row = index_board(indexer, cards, suit_map)
        for place in range(boards.count[board, 0]):
            high, low = np.int64(boards.high[board, place]), np.int64(boards.low[board, place])
            boards.bucket[board, place] = bucket_table[row, _renamed_hand(suit_map, high, low)]


@njit(cache=True)
def arrange_policy(strategy, pair_of_column, first_edge_of_node, bucket_width, buckets, policy):
    """Lay the opponent's probabilities out by column: policy float64[blocks, buckets, edges, WIDTH], written.

    strategy: float[num_pairs]. pair_of_column: int64[column, node], the first pair of bucket 0's row of each of the
    opponent's nodes; -1 for columns that are only padding. first_edge_of_node: int64[nodes + 1]. bucket_width: pairs
    between two buckets. buckets: int64[n], the buckets to lay out. Rows are made to add up to 1: float32 ones do not.
    """
    policy[:] = 0.0
    for column in range(pair_of_column.shape[0]):
        block, within = column // WIDTH, column % WIDTH
        for node in range(pair_of_column.shape[1]):
            if pair_of_column[column, node] < 0:
                continue
            first = first_edge_of_node[node]
            actions = first_edge_of_node[node + 1] - first
            for place in range(buckets.size):
                pair = pair_of_column[column, node] + buckets[place] * bucket_width
                total = 0.0
                for action in range(actions):
                    total += strategy[pair + action]
                for action in range(actions):
                    policy[block, place, first + action, within] = strategy[pair + action] / total


@njit(cache=True)
def leave_street(workspace, boards, moves, reach):
    """Copy the opponent's reach of the next street's columns from a block's slots to ``reach`` (float64[blocks, 1326,
    WIDTH]). moves: int64[n, 5], reach slot, value slot, column, next block, next column.
    """
    for number in range(moves.shape[0]):
        slot, _, column, next_block, next_column = moves[number]
        for place in range(boards.count[0, 0]):
            reach[next_block, boards.hand[0, place], next_column] = workspace.slot[slot, place, column]


@njit(cache=True)
def return_values(workspace, boards, moves, values, scale):
    """Write ``scale`` times the next street's ``values`` (float64[blocks, 1326, WIDTH]) to the exits' value slots."""
    for number in range(moves.shape[0]):
        _, slot, column, next_block, next_column = moves[number]
        for place in range(boards.count[0, 0]):
            workspace.slot[slot, place, column] = scale * values[next_block, boards.hand[0, place], next_column]


@njit(cache=True)
def read_values(workspace, slot, boards, values):
    """Copy a value slot to ``values`` (float64[1326, WIDTH]), by hand."""
    for place in range(boards.count[0, 0]):
        for column in range(WIDTH):
            values[boards.hand[0, place], column] = workspace.slot[slot, place, column]


@njit(cache=True)
def add_renamed(values, target_of_hand, total):
    """Add ``values`` to ``total`` (float64[blocks, 1326, WIDTH]) with every hand renamed; target_of_hand: int16."""
    for block in range(values.shape[0]):
        for hand in range(values.shape[1]):
            target = target_of_hand[hand]
            for column in range(WIDTH):
                total[block, target, column] += values[block, hand, column]
