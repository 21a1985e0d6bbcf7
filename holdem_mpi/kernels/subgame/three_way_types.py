"""The arrays of the kernels for three players on a river, as NamedTuples: what a sweep reads and what it changes."""

from typing import NamedTuple

import numpy as np

# Which hands of another player are looked at: all of them, those that hero beats with his equals counted half, the
# equals alone.
ALL, BEATEN, EQUAL = 0, 1, 2
# What is found by hero's hand of each end of the game: pairs of hands that he can meet, the share of them that he wins
# of a pot between all three, and of one between him and the next player, or him and the one after that.
EVERY, BOTH, NEXT, AFTER = 0, 1, 2, 3
NUM_FOUND = 4
# Columns of ``ThreeWayGame.ends``.
E_NEXT, E_AFTER, E_WANTED = 0, 1, 2
# Cards, and the place after them where the sum over all hands is.
NUM_CARDS = 52


class ThreeWayGame(NamedTuple):
    """What is fixed: the tree of one street, the hands, what ends pay.

    Seen from a player, the next one and the one after are the players 1 and 2 places later, modulo 3.

    kind: uint8[node]; player: int8[node], who acts. first_edge: int32[node + 1] and child: int32[edge], nodes depth
        first, the root first. offset: int64[node], first entry of a decision in the table.
    row: int32[player, node], row of ``ThreeWayWorkspace.reach`` with the player's reach at the node.
    top: int32[top], decisions above all pieces, the root first. piece_start, piece_end: int32[piece], first node of
        each piece, a subtree, and the first one after it.
    count: int32[player], hands. card: int32[player, hand, 2]. twin: int32[player, hand], where the next player has the
        same hand, or -1. order: int32[player, place], hands weakest first; strength: int32[player, place].
    pay: float64[player, node, NUM_FOUND], chips of each share that is found at an end of the hand.
    ends: int32[player, end, 3], for a sweep of the player: rows with the reach of the next one and of the one after,
        and bits of what is wanted. end_node: int32[player, terminal], nodes that these rows come to, by end;
        end_start: int32[player, end + 1], first of each. piece_ends: int32[player, piece + 1], first end of each piece.
    """

    kind: np.ndarray
    player: np.ndarray
    first_edge: np.ndarray
    child: np.ndarray
    offset: np.ndarray
    row: np.ndarray
    top: np.ndarray
    piece_start: np.ndarray
    piece_end: np.ndarray
    count: np.ndarray
    card: np.ndarray
    twin: np.ndarray
    order: np.ndarray
    strength: np.ndarray
    pay: np.ndarray
    ends: np.ndarray
    end_node: np.ndarray
    end_start: np.ndarray
    piece_ends: np.ndarray


class ThreeWaySums(NamedTuple):
    """What a solver learns: regret and strategy, float64[entries], [action, hand] by node."""

    regret: np.ndarray
    strategy: np.ndarray


class ThreeWayWorkspace(NamedTuple):
    """Scratch of one sweep.

    reach: float64[node + 3, hand]; the last three rows are the players' ranges. value: float64[node, hand].
    scale, even: float64[hand], see ``_normalise``. weight: float64[NUM_WEIGHTS].
    pair: float64[kind, player, 52, 52], reach of the hand with these two cards, by which hands are looked at (ALL,
        BEATEN, EQUAL). card: float64[kind, player, 53], of hands with a card, and of all. same: float64[NUM_FOUND, 53],
        products of both others' reach of the same hand, likewise. (EQUAL's are in place AFTER.)
    found: float64[NUM_FOUND, hand].
    """

    reach: np.ndarray
    value: np.ndarray
    scale: np.ndarray
    even: np.ndarray
    weight: np.ndarray
    pair: np.ndarray
    card: np.ndarray
    same: np.ndarray
    found: np.ndarray
