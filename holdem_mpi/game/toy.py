"""Decks of the small games: Kuhn poker (Kuhn 1950) and Leduc hold'em (Southey et al. 2005), as OpenSpiel plays them.

A toy deck has ranks with some copies each; every player holds one card and a second street shows one public card.
Infosets know ranks only: a private card is bucket ``rank`` and, with a public one, ``private * num_ranks + public``.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np

_RANK_NAMES = {"kuhn": "23456789TJQK", "leduc": "JQKA"}


@dataclass(frozen=True)
class ToyDeck:
    """A deck of ``num_ranks * copies`` cards, card = rank * copies + copy; the higher rank wins, a pair with the public
    card beats everything.

    name: kuhn or leduc.
    num_players: who get one card each.
    num_ranks: of the cards.
    copies: cards of each rank.
    public_cards: 0 or 1.
    """

    name: str
    num_players: int
    num_ranks: int
    copies: int
    public_cards: int

    @property
    def num_cards(self) -> int:
        """Cards in the deck."""
        return self.num_ranks * self.copies

    @property
    def num_buckets(self) -> tuple[int, ...]:
        """Buckets by street."""
        return (self.num_ranks, self.num_ranks**2)[: 1 + self.public_cards]

    def bucket(self, private: int, public: int | None) -> int:
        """Bucket of a private and (on the second street) a public card."""
        rank = private // self.copies
        return rank if public is None else rank * self.num_ranks + public // self.copies

    def strength(self, private: int, public: int | None) -> int:
        """Showdown strength, larger wins."""
        rank = private // self.copies
        paired = public is not None and public // self.copies == rank
        return rank + self.num_ranks * paired

    def bucket_name(self, street: int, bucket: int) -> str:
        """``K``, or ``K-Q`` for a private king with a public queen."""
        names = _RANK_NAMES[self.name][-self.num_ranks :] if self.name == "kuhn" else _RANK_NAMES[self.name]
        if street == 0:
            return names[bucket]
        return f"{names[bucket // self.num_ranks]}-{names[bucket % self.num_ranks]}"

    def deals(self) -> np.ndarray:
        """Every deal, all equally likely: cards int64[deal, players + public_cards], the public card last."""
        return np.array(list(permutations(range(self.num_cards), self.num_players + self.public_cards)), np.int64)


def toy_deck(name: str, num_players: int) -> ToyDeck:
    """The deck of ``kuhn`` (players + 1 ranks, one card each) or ``leduc`` (players + 1 ranks, two cards each)."""
    if name == "kuhn":
        return ToyDeck(name, num_players, num_players + 1, 1, 0)
    return ToyDeck(name, num_players, num_players + 1, 2, 1)
