"""Public cards for one sweep of a sampled subgame: drawn, and what they make of both players' hands."""

import numpy as np
from numba import njit

from holdem_mpi.kernels import rng
from holdem_mpi.kernels.cards.board_buckets import read_board_buckets
from holdem_mpi.kernels.cards.sweep import rank_hands


@njit(cache=True)
def _draw_cards(game, stream, player):
    """Complete ``game.board``. The next card goes through the deck in random order, so that all come equally often to
    each player's sweeps.
    """
    known, cards = game.known[0], stream.cards[player]
    if known == game.board.size:
        return
    left = 52 - known
    if stream.taken[player] == left:
        stream.taken[player] = 0
    if stream.taken[player] == 0:
        for place in range(left - 1, 0, -1):
            other = rng.draw_below(stream.state, place + 1)
            cards[place], cards[other] = cards[other], cards[place]
    game.board[known] = cards[stream.taken[player]]
    stream.taken[player] += 1
    for place in range(known + 1, game.board.size):
        used = True
        while used:
            card = cards[rng.draw_below(stream.state, left)]
            used = False
            for before in range(known, place):
                used = used or game.board[before] == card
        game.board[place] = card


@njit(cache=True)
def _read_buckets(game, tables, stream):
    """Fill ``game.bucket`` for all streets but the root's, where every hand is a bucket of its own."""
    for street in range(game.street[0] + 1, game.seen.size):
        read_board_buckets(tables, street, game.board[: game.seen[street]], stream.bucket_of_hand)
        for player in range(2):
            for hand in range(game.count[player]):
                game.bucket[street, player, hand] = max(stream.bucket_of_hand[game.hand[player, hand]], 0)


@njit(cache=True)
def draw_board(game, tables, stream, player):
    """Draw a board for a sweep of ``player``, and fill ``game.order``, ``strength``, ``live`` and ``bucket``. 40 us.

    tables: DealTables whose buckets stand for hands on the streets after the root's; stream: BoardStream, changed.
    """
    _draw_cards(game, stream, player)
    ranked = stream.ranked
    rank_hands(tables.evaluator, game.board, game.board.size, stream.workspace, ranked)
    game.live[:] = 0
    for group in range(ranked.count[1]):
        for place in range(ranked.first_of_group[group], ranked.first_of_group[group + 1]):
            for seat in range(2):
                hand = game.index[seat, ranked.hand[place]]
                if hand >= 0:
                    game.order[0, seat, game.live[0, seat]] = hand
                    game.strength[0, seat, game.live[0, seat]] = group
                    game.live[0, seat] += 1
    _read_buckets(game, tables, stream)


@njit(cache=True)
def opposing(game, player, reach, by_card, out):
    """Write the other's ``reach`` (float32[hand]) that each hand of ``player`` can meet on this board to ``out``
    (float64[hand]); zero for hands that the board blocks. by_card: float64[53], scratch.
    """
    other = 1 - player
    by_card[:] = 0.0
    out[:] = 0.0
    for place in range(game.live[0, other]):
        hand = game.order[0, other, place]
        by_card[game.card[other, hand, 0]] += reach[hand]
        by_card[game.card[other, hand, 1]] += reach[hand]
        by_card[52] += reach[hand]
    for place in range(game.live[0, player]):
        hand = game.order[0, player, place]
        twin = game.twin[player, hand]
        same = np.float64(reach[twin]) if twin >= 0 else 0.0
        out[hand] = by_card[52] - by_card[game.card[player, hand, 0]] - by_card[game.card[player, hand, 1]] + same
