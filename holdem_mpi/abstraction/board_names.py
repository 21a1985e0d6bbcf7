"""The texture of a board in words: suits, pairs, high card and straights, by which reports are sorted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from holdem_mpi.cards import RANKS, card_name

_ACE = 12
# Ranks of each straight, an ace being low in the first.
_STRAIGHTS = [{rank % 13 for rank in range(first, first + 5)} for first in range(_ACE, _ACE + 10)]
FLOP_SUITS = ("rainbow", "two-tone", "monotone")
_PAIRS = {
    (1, 1): "unpaired",
    (2, 1): "paired",
    (2, 2): "two pairs",
    (3, 0): "trips",
    (3, 1): "trips",
    (3, 2): "full house",
    (4, 0): "quads",
    (4, 1): "quads",
}
# How groups of boards are sorted.
_ORDER = {name: place for place, name in enumerate((*_PAIRS.values(), *FLOP_SUITS, *"AKQJT98765432"))}
_SUITS_SHOWN = (3, 2, 1, 0)  # spades first


class Texture(NamedTuple):
    """What all players see of a board.

    pairs: unpaired, paired, two pairs, trips, full house or quads.
    suits: of a flop rainbow, two-tone or monotone; of longer boards ``2 of a suit``, ``3 of a suit`` and so on.
    high: the highest rank, ``A`` to ``2``.
    straights: how many straights need no more than two cards of a hand, 0 to 3 on a flop.
    """

    pairs: str
    suits: str
    high: str
    straights: int

    @property
    def group(self) -> str:
        """``unpaired, rainbow, A high``."""
        return f"{self.pairs}, {self.suits}, {self.high} high"

    @property
    def order(self) -> tuple:
        """By which groups, and boards within them, are sorted."""
        return _ORDER[self.pairs], _ORDER.get(self.suits, 99), self.suits, _ORDER[self.high], -self.straights


def texture_of(board: Sequence[int]) -> Texture:
    """The texture of a flop, turn or river."""
    ranks, suits = Counter(card >> 2 for card in board), Counter(card & 3 for card in board)
    many = sorted(ranks.values(), reverse=True)
    most = max(suits.values())
    return Texture(
        pairs=_PAIRS[many[0], many[1] if len(many) > 1 else 0],
        suits=FLOP_SUITS[most - 1] if len(board) == 3 else f"{most} of a suit",
        high=RANKS[max(ranks)],
        straights=sum(len(straight & ranks.keys()) >= 3 for straight in _STRAIGHTS),
    )


def board_text(board: Sequence[int]) -> str:
    """``Ks7h2h``: the flop's cards from the highest down, then turn and river. Names boards that have one meaning."""
    flop = sorted(board[:3], reverse=True)
    return "".join(map(card_name, [*flop, *board[3:]]))


def usual_suits(board: Iterable[int]) -> list[int]:
    """The same flop with the suits that people write: spades for its highest card, then hearts, diamonds, clubs; of a
    pair, the suit that it shares with the third card first.
    """
    cards = list(board)
    of_suit = Counter(card & 3 for card in cards)
    cards.sort(key=lambda card: (-(card >> 2), -of_suit[card & 3], card & 3))
    shown: dict[int, int] = {}
    for card in cards:
        shown.setdefault(card & 3, _SUITS_SHOWN[len(shown)])
    return [(card & ~3) + shown[card & 3] for card in cards]
