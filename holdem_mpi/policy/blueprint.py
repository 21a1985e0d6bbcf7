"""A policy over buckets as one over cards: what each hand does at a node of its tree."""

import functools

import numpy as np

from holdem_mpi.kernels.cards.board_buckets import read_board_buckets
from holdem_mpi.kernels.cards.deal import D_DECK, D_PUBLIC, DECK_TOY, DealTables, num_hands
from holdem_mpi.policy.tabular import TabularPolicy

_BOARDS_KEPT = 8192


class Blueprint:
    """A ``TabularPolicy`` and the tables that it was trained on.

    num_hands: 1326, or the cards of a toy deck, whose hands are single cards. seen: public cards seen by street.
    tables: what turns cards into its buckets.
    """

    def __init__(self, policy: TabularPolicy, tables: DealTables) -> None:
        self.policy = policy
        self.tree = policy.layout.tree
        toy = tables.shape[D_DECK] == DECK_TOY
        self.num_hands = num_hands(tables)
        streets = self.tree.num_streets
        public = int(tables.shape[D_PUBLIC])
        self.seen = (0, public)[:streets] if toy else tuple(int(n) for n in tables.board_of_street[:streets])
        self.tables = tables
        self._buckets = functools.lru_cache(_BOARDS_KEPT)(self._read_buckets)

    def _read_buckets(self, street: int, board: tuple[int, ...]) -> np.ndarray:
        if not board and self.tables.shape[D_DECK] != DECK_TOY:  # as the kernel has it, which takes long to load
            bucket_of_hand = self.tables.class_of_hand.astype(np.int64)
        else:
            bucket_of_hand = np.empty(self.num_hands, np.int64)
            read_board_buckets(self.tables, street, np.array(board, np.int64), bucket_of_hand)
        bucket_of_hand.flags.writeable = False
        return bucket_of_hand

    def buckets(self, street: int, board: tuple[int, ...]) -> np.ndarray:
        """int64[hand], bucket of each hand on ``street`` (later cards of ``board`` are not looked at); -1 where a hand
        overlaps the board. Read-only.
        """
        return self._buckets(street, tuple(board[: self.seen[street]]))

    def strategy(self, node: int, board: tuple[int, ...]) -> np.ndarray:
        """float64[hand, action], probabilities of the actions of decision ``node``; zero where a hand overlaps."""
        bucket = self.buckets(int(self.tree.street_of_node[node]), board)
        sigma = self.policy.of_node(node).astype(np.float64, copy=False)[bucket]
        sigma[bucket < 0] = 0.0
        return sigma

    def strategy_of_hand(self, node: int, board: tuple[int, ...], hand: int) -> np.ndarray:
        """float64[action], the row of ``strategy`` for one hand."""
        bucket = int(self.buckets(int(self.tree.street_of_node[node]), board)[hand])
        if bucket < 0:
            return np.zeros(len(self.tree.actions(node)))
        return np.asarray(self.policy.of_row(node, bucket)[0], np.float64)
