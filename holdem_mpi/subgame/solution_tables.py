"""Where a solution's strategies lie in its tables, by decision and by the cards that have come."""

import functools
from typing import NamedTuple

import numpy as np

from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.subgame.subgame_types import LAST, MIDDLE, TINY, UPPER
from holdem_mpi.subgame.locks import marks_of
from holdem_mpi.subgame.spot import Spot
from holdem_mpi.subgame.strengths import Standing
from holdem_mpi.subgame.subgame_arrays import later_runouts_of, runouts_of
from holdem_mpi.subgame.subgame_deck import holdem_deck
from holdem_mpi.subgame.tree_parts import counts_of, deals_of, offsets_of, parts_of

# Probabilities after the first street are kept as so many parts of one.
PARTS = 65535
_SAME = (0, 1, 2, 3)
# Cards whose rows are remembered: all of a flop.
_ROWS = 2500


class Block(NamedTuple):
    """A decision's place in a row of a table: entries [action, hand] from ``start`` on; the last hands are nobody's."""

    start: int
    actions: int
    hands: int


class SolutionTables:
    """The form of a spot's tables: one row for the first street; one for each runout (``last``) and, of a flop spot,
    for each turn card (``middle``), only of those cards that stand for others that are equal to them.

    tree, board: of the spot. hands: int64[hand] by player, those of the ranges that the board leaves. ranges: float64
    [player, 1326], without those that it does not. marks: what beside ranges a renaming of suits must not change.
    """

    def __init__(self, spot: Spot) -> None:
        tree, board, ranges = spot.tree, spot.board, spot.ranges
        self.tree, self.board = tree, board
        blocked = holdem_deck().blocked(board)
        self.ranges = np.where(blocked, 0.0, np.array(ranges, np.float64))
        self.hands = [np.flatnonzero(of_player > 0) for of_player in self.ranges]
        self._decision = tree.kind_of_node == KIND_DECISION
        counts = counts_of(self.hands) if len(ranges) == 2 else np.array([hands.size for hands in self.hands])
        _, self.part = parts_of(tree)
        self._offset, self.sizes = offsets_of(tree, counts, self._decision, self.part)
        self._counts = counts
        self.marks = marks_of(spot.locks, holdem_deck())
        self._rows = functools.lru_cache(_ROWS)(self._find_row)
        self._places = functools.lru_cache(_ROWS)(self._find_places)

    @property
    def first_part(self) -> int:
        """The part of the tree that is the first street."""
        return UPPER if deals_of(self.tree) else LAST

    @functools.cached_property
    def standing(self) -> Standing:
        """The next cards to come, see ``runouts_of``."""
        return runouts_of(self.board, [*self.ranges, *self.marks])

    @functools.cached_property
    def later(self) -> dict[int, Standing]:
        """After each of them, of a flop spot: see ``later_runouts_of``."""
        return later_runouts_of(self.board, [*self.ranges, *self.marks]) if deals_of(self.tree) == 2 else {}

    @functools.cached_property
    def rows(self) -> tuple[int, int]:
        """Rows of ``last`` and of ``middle``."""
        branches = len(self.standing)
        return (sum(map(len, self.later.values())), branches) if self.later else (branches, 0)

    @functools.cached_property
    def first_nodes(self) -> np.ndarray:
        """int64[place], the first street's decisions and the nodes that their actions lead to."""
        here = np.flatnonzero(self._decision & (self.part == self.first_part))
        return np.unique(np.concatenate([here, *(self.tree.children(int(node)) for node in here)]))

    def block(self, node: int) -> Block:
        """The place of a decision in its row."""
        actions = len(self.tree.actions(node))
        return Block(int(self._offset[node]), actions, int(self._counts[self.tree.player_of_node[node]]))

    def probabilities(self, part: int, sums: np.ndarray, dtype: type) -> np.ndarray:
        """Average strategies of strategy sums (float[row, entries] of a part), as they are kept: dtype[row, entries],
        shares of 1, or of PARTS where ``dtype`` is uint16; even where nothing was summed.
        """
        kept = np.zeros(sums.shape, dtype)
        one = sums.dtype.type(PARTS if dtype is np.uint16 else 1)
        for node in np.flatnonzero(self._decision & (self.part == part)).tolist():
            start, actions, hands = self.block(node)
            here = slice(start, start + actions * hands)
            of_node = sums[:, here].reshape(-1, actions, hands)
            total = of_node.sum(axis=1, keepdims=True)
            some = total > TINY
            share = np.where(some, of_node * (one / np.where(some, total, 1)), one / actions)
            kept[:, here] = (np.rint(share) if dtype is np.uint16 else share).reshape(len(sums), -1)
        return kept

    def row_of(self, cards: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        """(row of the table of the street that these cards, after the board, lead to; the renaming of suits that makes
        the row's cards these).
        """
        return self._rows(cards)

    def _find_row(self, cards: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        branch, suits = _find(self.standing, cards[0])
        if len(cards) == 1:
            return branch, suits
        deck, kept = holdem_deck(), list(self.later)[branch]
        back = [suits.index(suit) for suit in range(deck.suits)]
        place, more = _find(self.later[kept], deck.renamed_card(cards[1], back))
        before = sum(len(each) for each in list(self.later.values())[:branch])
        return before + place, tuple(suits[suit] for suit in more)

    def places(self, player: int, suits: tuple[int, ...]) -> np.ndarray:
        """int64[1326], the place in a player's block of each hand that renaming suits makes of one of the range."""
        return self._places(player, suits)

    def _find_places(self, player: int, suits: tuple[int, ...]) -> np.ndarray:
        place, mine = np.zeros(NUM_HANDS, np.int64), self.hands[player]
        place[holdem_deck().renamed_hands(suits)[mine]] = np.arange(mine.size)
        return place

    def strategy(self, node: int, cards: tuple[int, ...], row: np.ndarray, suits: tuple[int, ...] | None) -> np.ndarray:
        """float64[1326, action] at a decision, from its row; even for hands that are not in the range.

        suits: as ``row_of`` says it, of a street after the first one.
        """
        start, actions, hands = self.block(node)
        mine = self.hands[int(self.tree.player_of_node[node])]
        kept = row[start : start + actions * hands].reshape(actions, hands)[:, : mine.size].T.astype(np.float64)
        kept /= kept.sum(axis=1, keepdims=True)
        full = np.full((NUM_HANDS, actions), 1.0 / actions)
        full[mine if suits is None else holdem_deck().renamed_hands(suits)[mine]] = kept
        return full

    def renamed(self, part: int, row: np.ndarray, suits: tuple[int, ...]) -> np.ndarray:
        """A row of a part's table as it is where suits are renamed: of the cards that ``row_of`` found it for."""
        if suits == _SAME:
            return row
        found = np.array(row)
        for node in np.flatnonzero(self._decision & (self.part == part)).tolist():
            start, actions, hands = self.block(node)
            player = int(self.tree.player_of_node[node])
            mine = self.hands[player]
            to = self.places(player, _SAME)[holdem_deck().renamed_hands(suits)[mine]]
            here = slice(start, start + actions * hands)
            found[here].reshape(actions, hands)[:, to] = row[here].reshape(actions, hands)[:, : mine.size]
        return found


def _find(standing: Standing, card: int) -> tuple[int, tuple[int, ...]]:
    """(place of the card that stands for ``card``, the renaming of suits that leads to it)."""
    for place, images in enumerate(standing.values()):
        if card in images:
            return place, images[card]
    raise KeyError(card)


def table_of_part(part: int) -> str:
    """The name of a part's table."""
    return {UPPER: "upper", LAST: "last", MIDDLE: "middle"}[part]
