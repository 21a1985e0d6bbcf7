"""Cards, the 1,326 hands of hold'em, their names and classes, and which hands a card blocks.

A card is an int 0..51: ``4 * rank + suit``, rank 0 (deuce) to 12 (ace), suits in the order ``cdhs``.
A hand is an int 0..1325: two cards ``low < high`` in colexicographic order, ``high * (high - 1) // 2 + low``.
A preflop class is an int 0..168 on the 13 x 13 grid: ``13 * row + column`` with rank ``12 - row`` and ``12 - column``;
pairs on the diagonal, suited above it, offsuit below.

In a toy deck (Kuhn, Leduc) hands are single cards: hand ``h`` is card ``h``, and blocks itself alone. A function tells
the two kinds of decks apart by the number of hands.
"""

import functools
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from holdem_mpi.errors import UserError

RANKS = "23456789TJQKA"
SUITS = "cdhs"
NUM_CARDS = 52
NUM_HANDS = 1326
NUM_CLASSES = 169
# Cards as people name them: AhKh, or Ah and Kh in a list.
Cards = str | Sequence[str] | None
_LETTER_OF_SIGN = str.maketrans("♣♦♥♠♧♢♡♤", SUITS + SUITS)


def _table_of_hands() -> tuple[np.ndarray, np.ndarray]:
    cards = np.stack(np.tril_indices(NUM_CARDS, -1), axis=1)
    row, column = 12 - (cards >> 2).T
    suited = cards[:, 0] % 4 == cards[:, 1] % 4
    class_of_hand = np.where(suited | (row == column), 13 * row + column, 13 * column + row)
    for table in (cards, class_of_hand):
        table.flags.writeable = False
    return cards, class_of_hand


# By hand, read-only: its two cards, the higher one first (int64[1326, 2]), and its preflop class (int64[1326]).
CARDS_OF_HAND, CLASS_OF_HAND = _table_of_hands()


def plain_cards(text: str) -> str:
    """The text with ``T`` for 10, and letters for the signs of suits, of the deck's four (♠♥♦♣, filled or not)."""
    return text.translate(_LETTER_OF_SIGN).replace("10", "T")


def parse_card(text: str) -> int:
    """Card of a two-letter name such as ``Ah``, in any case. UserError if it is none."""
    if len(text) != 2 or text[0].upper() not in RANKS or text[1].lower() not in SUITS:
        raise UserError(f"card {text!r}: expected a rank of {RANKS} and a suit of {SUITS}, such as Ah")
    return 4 * RANKS.index(text[0].upper()) + SUITS.index(text[1].lower())


def parse_cards(text: str) -> list[int]:
    """Cards of names written one after another, with blanks or commas between them or without: ``AhKh``, ``Ah Kh``,
    ``ah,kh``; also 10 for T, and signs of suits. UserError where one is none, or is there twice.
    """
    letters = re.sub(r"[\s,;]", "", plain_cards(text))
    cards = [parse_card(letters[i : i + 2]) for i in range(0, len(letters), 2)]
    if len(set(cards)) != len(cards):
        raise UserError(f"cards {text!r}: a card appears twice")
    return cards


def cards_text(what: str, given: Any) -> str:
    """The names of cards as one text: a text as it is, or the names of a list. UserError on anything else, with
    ``what`` the cards are.
    """
    if isinstance(given, str):
        return given
    if isinstance(given, list | tuple) and all(isinstance(card, str) for card in given):
        return " ".join(given)
    shown = "nothing" if given is None else repr(given)[:60]
    raise UserError(f"{what} {shown}: expected names of cards, such as AhKh or ['Ah', 'Kh']")


def card_name(card: int) -> str:
    """Two-letter name of a card."""
    return RANKS[card >> 2] + SUITS[card & 3]


def hand_of_cards(first: int, second: int) -> int:
    """Hand (0..1325) of two different cards in any order."""
    low, high = (first, second) if first < second else (second, first)
    return high * (high - 1) // 2 + low


def cards_of_hand(hand: int) -> tuple[int, int]:
    """The two cards of a hand (0..1325), the higher one first."""
    high, low = CARDS_OF_HAND[hand].tolist()
    return high, low


def class_of_cards(first: int, second: int) -> int:
    """Preflop class (0..168) of two different cards in any order."""
    return int(CLASS_OF_HAND[hand_of_cards(first, second)])


def _name_of_class(row: int, column: int) -> str:
    high, low = RANKS[12 - min(row, column)], RANKS[12 - max(row, column)]
    return high + low + ("" if row == column else "s" if row < column else "o")


# By preflop class: ``AA``, ``AKs``, ``AKo``.
CLASS_NAMES = tuple(_name_of_class(*divmod(each, 13)) for each in range(NUM_CLASSES))


def class_name(preflop_class: int) -> str:
    """Name of a preflop class: ``AA``, ``AKs``, ``AKo``."""
    return CLASS_NAMES[preflop_class]


@functools.cache
def hands_of_card(num_hands: int = NUM_HANDS) -> np.ndarray:
    """bool[card, hand]: whether a hand holds a card, in hold'em or in a toy deck of ``num_hands`` cards. Read-only."""
    if num_hands == NUM_HANDS:
        holds = (np.arange(NUM_CARDS)[:, None, None] == CARDS_OF_HAND).any(axis=2)
    else:
        holds = np.eye(num_hands, dtype=bool)
    holds.flags.writeable = False
    return holds


def hands_holding(cards: Iterable[int], num_hands: int = NUM_HANDS) -> np.ndarray:
    """bool[hand]: whether a hand holds at least one of ``cards``, and so cannot be dealt once they lie on the board."""
    return hands_of_card(num_hands)[list(cards)].any(axis=0)


def without_blocked(weight: np.ndarray, board: Iterable[int]) -> np.ndarray:
    """A copy of ``weight`` (float[..., hand]) with zeros where a hand holds a card of the board."""
    return np.where(hands_holding(board, weight.shape[-1]), 0.0, weight)


def mass_of_others(reach: np.ndarray) -> np.ndarray:
    """float64[1326]: for each hand, the sum of ``reach`` (float64[1326]) over all hands that share no card with it."""
    of_card = sum(np.bincount(CARDS_OF_HAND[:, side], reach, NUM_CARDS) for side in (0, 1))
    # The sums of its two cards both hold the hand itself, which is added back once.
    return reach.sum() - of_card[CARDS_OF_HAND].sum(axis=1) + reach


def mass_of_pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """float64[1326]: for each hand, the sum of ``first[v] * second[w]`` (each float64[1326]) over all pairs of hands v
    and w that share no card with it, nor with each other.
    """
    high, low = CARDS_OF_HAND.T
    clear, by_card = [], []
    for reach in (first, second):
        pair = np.zeros((NUM_CARDS, NUM_CARDS))
        pair[high, low] = pair[low, high] = reach
        of_card = pair.sum(axis=0)
        clear.append(reach.sum() - of_card[high] - of_card[low] + reach)
        # float64[hand, card]: what holds the card, and neither of the hand's.
        left = of_card - pair[high] - pair[low]
        left[np.arange(NUM_HANDS), high] = left[np.arange(NUM_HANDS), low] = 0.0
        by_card.append(left)
    # Pairs that share one card are taken off once, pairs of the same hand twice.
    return clear[0] * clear[1] - (by_card[0] * by_card[1]).sum(axis=1) + mass_of_others(first * second)
