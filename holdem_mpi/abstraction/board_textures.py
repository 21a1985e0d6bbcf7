"""Textures of boards: what all players see of a board, ever finer.

A texture is what makes boards play alike whatever anyone holds: flushes and straights that are possible, pairs, high
cards. Suits matter by their counts alone, so isomorphic boards share their texture.
"""

import functools

import numpy as np

from holdem_mpi.abstraction import features
from holdem_mpi.kernels.cards.texture_counts import list_boards_into

_ACE = 12
# Groups of ranks, 2 to A: up to 6, 7 to 9, T and J, Q, K, A.
_GROUP_OF_RANK = np.array([0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5])
_STRAIGHTS = np.array([[rank % 13 for rank in range(first, first + 5)] for first in range(_ACE, _ACE + 10)])


def _numbered(columns: list[np.ndarray]) -> np.ndarray:
    """int32[boards]: rows of ``columns`` numbered from 0 in their order, equal ones alike."""
    return np.unique(np.stack(columns, 1), axis=0, return_inverse=True)[1].reshape(-1).astype(np.int32)


@functools.cache
def textures_of_street(street: int) -> tuple[np.ndarray, ...]:
    """Four partitions of a street's canonical boards (1 flop to 3 river), each a refinement of the one before it:
    int32[boards], numbered from 0.

    The coarsest tells apart how many cards share a suit, where a flush can come of it, and how many a rank. Then: how
    many straights are possible and how near, and whether the highest card is an ace, a king or less; then groups of
    the two highest ranks and of the paired one; then the two highest ranks and the paired one themselves.
    """
    cards = features.CARDS_OF_STREET[street]
    boards = np.empty((features.number_of_boards(street), cards), np.int64)
    list_boards_into(features.board_indexer(street), boards)
    of_rank = np.stack([(boards >> 2 == rank).sum(1) for rank in range(13)], 1)
    of_suit = np.sort(np.stack([(boards & 3 == suit).sum(1) for suit in range(4)], 1), axis=1)[:, ::-1]
    most = of_suit[:, 0]
    suits = np.maximum(most, 2) if cards == 5 else 10 * most + (of_suit[:, 1] if cards == 4 else 0)
    multiples = np.sort(of_rank, axis=1)[:, ::-1]
    paired = 10 * multiples[:, 0] + multiples[:, 1]
    coarse = [suits, paired]

    held = of_rank > 0
    in_straight = held[:, _STRAIGHTS].sum(2)
    nearest = np.maximum(in_straight.max(1), 2)
    ways = np.minimum((in_straight == nearest[:, None]).sum(1) * (nearest > 2), 3 if cards == 3 else 2)
    ranks = np.sort(boards >> 2, axis=1)[:, ::-1]
    top = ranks[:, 0]
    middle = [*coarse, nearest, ways, np.clip(top - _ACE + 2, 0, 2)]

    below = np.where(held & (np.arange(13) < top[:, None]), np.arange(13), -1).max(1)
    twin = np.where(of_rank >= 2, np.arange(13), -1).max(1)
    groups = [_GROUP_OF_RANK[top], np.where(below < 0, -1, _GROUP_OF_RANK[below])]
    fine = [*middle, *groups, np.where(twin < 0, -1, _GROUP_OF_RANK[twin])]
    return tuple(map(_numbered, (coarse, middle, fine, [*fine, top, below, twin])))
