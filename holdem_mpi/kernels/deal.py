"""Cards to what traversals know of them: a segment a player and street, a strength a player."""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels import rng

DECK_TOY = 0
DECK_HOLDEM = 1

# Indices of DealTables.shape.
D_DECK = 0
D_CARDS = 1
D_PLAYERS = 2
D_STREETS = 3
D_PUBLIC = 4
NUM_SHAPE = 5


class DealTables(NamedTuple):
    """What turns cards into buckets and strengths. Read only; all arrays are marked so, which keeps one compiled kernel
    for mapped and for plain tables.

    shape: int64[NUM_SHAPE], the kind of deck, cards in it, players, streets, public cards.
    toy_bucket: uint16[street, private card, public card].
    toy_strength: int64[private card, public card].
    """

    shape: np.ndarray
    toy_bucket: np.ndarray
    toy_strength: np.ndarray


@njit(cache=True, _nrt=False)
def draw_cards(state, num_cards, count, cards):
    """Fill ``cards[:count]`` with different cards, all orders equally likely (rejection on a bit mask)."""
    used = np.uint64(0)
    dealt = 0
    while dealt < count:
        card = rng.draw_below(state, num_cards)
        bit = np.uint64(1) << np.uint64(card)
        if used & bit == np.uint64(0):
            used |= bit
            cards[dealt] = card
            dealt += 1


@njit(cache=True, _nrt=False)
def read_toy(tables, tree, deal):
    """Fill segments and strengths from ``deal.cards``: one private card a player, then the public card."""
    players = tables.shape[D_PLAYERS]
    public = deal.cards[players] if tables.shape[D_PUBLIC] > 0 else 0
    for player in range(players):
        card = deal.cards[player]
        deal.strength[player] = tables.toy_strength[card, public]
        for street in range(tables.shape[D_STREETS]):
            bucket = np.uint64(tables.toy_bucket[street, card, public])
            deal.segment[street, player] = tree.base_pair[street, player] + bucket * tree.width[street, player]


@njit(cache=True, _nrt=False)
def sample_deal(tables, tree, state, deal):
    """Draw the cards of one hand and fill ``deal``."""
    players = tables.shape[D_PLAYERS]
    draw_cards(state, tables.shape[D_CARDS], players + tables.shape[D_PUBLIC], deal.cards)
    read_toy(tables, tree, deal)
