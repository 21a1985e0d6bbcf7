"""One complete public board: its hands in order of strength, and which share a bucket on each street."""

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.deal import D_CARDS, D_DECK, D_PUBLIC, D_STREETS, DECK_TOY
from holdem_mpi.kernels.cards.hands import NO_CARD, NUM_HANDS, hand_of
from holdem_mpi.kernels.cards.isomorphism import index_board
from holdem_mpi.kernels.cards.sweep import rank_hands


@njit(cache=True)
def _rank_toy_hands(tables, public, hands):
    """Fill ``hands.ranked`` with the single cards beside ``public`` (-1: none), weakest first."""
    ranked, at_public = hands.ranked, max(public, 0)
    count = 0
    for card in range(tables.shape[D_CARDS]):
        if card != public:
            strength = tables.toy_strength[card, at_public]
            place = count
            while place > 0 and tables.toy_strength[ranked.hand[place - 1], at_public] > strength:
                ranked.hand[place] = ranked.hand[place - 1]
                place -= 1
            ranked.hand[place] = card
            count += 1
    groups = 0
    for place in range(count):
        card = ranked.hand[place]
        ranked.high[place] = card
        ranked.low[place] = NO_CARD
        before = ranked.hand[place - 1] if place > 0 else card
        if place == 0 or tables.toy_strength[before, at_public] != tables.toy_strength[card, at_public]:
            ranked.first_of_group[groups] = place
            groups += 1
    ranked.first_of_group[groups] = count
    ranked.count[0] = count
    ranked.count[1] = groups


@njit(cache=True)
def _bucket_of_place(tables, street, board, hands, out):
    """Write the bucket of every ranked hand on ``street`` to ``out`` (int64[n])."""
    n = hands.ranked.count[0]
    if tables.shape[D_DECK] == DECK_TOY:
        public = board[0] if tables.shape[D_PUBLIC] > 0 else 0
        for place in range(n):
            out[place] = tables.toy_bucket[street, hands.hand[place], public]
        return
    seen = tables.board_of_street[street]
    if seen == 0:
        for place in range(n):
            out[place] = tables.class_of_hand[hands.hand[place]]
        return
    if seen == 3:
        at = index_board(tables.index_of_3, board, hands.suit_map)
    elif seen == 4:
        at = index_board(tables.index_of_4, board, hands.suit_map)
    else:
        at = index_board(tables.index_of_5, board, hands.suit_map)
    for place in range(n):
        high, low = np.int64(hands.ranked.high[place]), np.int64(hands.ranked.low[place])
        high = (high & ~3) + np.int64(hands.suit_map[high & 3])
        low = (low & ~3) + np.int64(hands.suit_map[low & 3])
        high, low = max(high, low), min(high, low)
        entry = at * NUM_HANDS + hand_of(high, low)
        if seen == 3:
            out[place] = tables.bucket_of_3[entry]
        elif seen == 4:
            out[place] = tables.bucket_of_4[entry]
        else:
            out[place] = tables.bucket_of_5[entry]


@njit(cache=True)
def _group(street, hands, bucket_of_place):
    """Put hands of one bucket together: groups in order of their weakest hand, members weakest first."""
    n = hands.ranked.count[0]
    groups = 0
    first = hands.first[street]
    for place in range(n):
        bucket = bucket_of_place[place]
        group = hands.group_of_bucket[bucket]
        if group < 0:
            group = groups
            hands.group_of_bucket[bucket] = group
            hands.bucket[street, group] = bucket
            hands.pure[street, group] = 1
            first[group + 1] = 0
            groups += 1
        hands.group_of_place[street, place] = group
        first[group + 1] += 1
    first[0] = 0
    for group in range(groups):
        hands.group_of_bucket[hands.bucket[street, group]] = -1
        first[group + 1] += first[group]
    for place in range(n):
        group = hands.group_of_place[street, place]
        # first[group] runs ahead while members are put down, and is set back below.
        hands.member[street, first[group]] = place
        first[group] += 1
    for group in range(groups, 0, -1):
        first[group] = first[group - 1]
    first[0] = 0
    if street > 0:
        for place in range(n):
            group = hands.group_of_place[street, place]
            before = hands.group_of_place[street - 1, place]
            leader = hands.member[street, first[group]]
            if before != hands.group_of_place[street - 1, leader] or not hands.pure[street - 1, before]:
                hands.pure[street, group] = 0
    hands.groups[street] = groups


@njit(cache=True)
def load_board(tables, board, hands):
    """Fill ``hands`` for a complete ``board`` (int64[cards], in the order dealt). Cost: some 20 us in hold'em.

    tables: DealTables. Buckets are read from each street's own first cards of the board.
    """
    public = tables.shape[D_PUBLIC]
    if tables.shape[D_DECK] == DECK_TOY:
        _rank_toy_hands(tables, board[0] if public > 0 else -1, hands)
        hands.opponents[0] = hands.ranked.count[0] - 1
    else:
        rank_hands(tables.evaluator, board, public, hands.workspace, hands.ranked)
        left = 50 - public
        hands.opponents[0] = left * (left - 1) // 2
    n = hands.ranked.count[0]
    bucket_of_place = np.empty(n, np.int64)
    for place in range(n):
        hands.hand[place] = hands.ranked.hand[place]
    for street in range(tables.shape[D_STREETS]):
        _bucket_of_place(tables, street, board, hands, bucket_of_place)
        _group(street, hands, bucket_of_place)
    for place in range(n):
        hands.ranked.hand[place] = place
