"""Cards and their names.

A card is an int 0..51: ``4 * rank + suit``, rank 0 (deuce) to 12 (ace), suits in the order ``cdhs``.
A hand is an int 0..1325: two cards ``low < high`` in colexicographic order, ``high * (high - 1) // 2 + low``.
A preflop class is an int 0..168 on the 13 x 13 grid: ``13 * row + column`` with rank ``12 - row`` and ``12 - column``;
pairs on the diagonal, suited above it, offsuit below.
"""

from holdem_mpi.errors import UserError

RANKS = "23456789TJQKA"
SUITS = "cdhs"
NUM_CARDS = 52
NUM_HANDS = 1326
NUM_CLASSES = 169


def parse_card(text: str) -> int:
    """Card of a two-letter name such as ``Ah``. UserError if it is none."""
    if len(text) != 2 or text[0] not in RANKS or text[1] not in SUITS:
        raise UserError(f"card {text!r}: expected a rank of {RANKS} and a suit of {SUITS}, such as Ah")
    return 4 * RANKS.index(text[0]) + SUITS.index(text[1])


def parse_cards(text: str) -> list[int]:
    """Cards of names written one after another, blanks allowed: ``AhKh`` or ``Ah Kh``. UserError on a repeated card."""
    letters = "".join(text.split())
    cards = [parse_card(letters[i : i + 2]) for i in range(0, len(letters), 2)]
    if len(set(cards)) != len(cards):
        raise UserError(f"cards {text!r}: a card appears twice")
    return cards


def card_name(card: int) -> str:
    """Two-letter name of a card."""
    return RANKS[card >> 2] + SUITS[card & 3]


def hand_of_cards(first: int, second: int) -> int:
    """Hand (0..1325) of two different cards in any order."""
    low, high = (first, second) if first < second else (second, first)
    return high * (high - 1) // 2 + low


def class_of_cards(first: int, second: int) -> int:
    """Preflop class (0..168) of two different cards in any order."""
    low, high = sorted((first, second))
    row, column = 12 - (high >> 2), 12 - (low >> 2)
    return 13 * row + column if (first & 3) == (second & 3) or row == column else 13 * column + row


def class_name(preflop_class: int) -> str:
    """Name of a preflop class: ``AA``, ``AKs``, ``AKo``."""
    row, column = divmod(preflop_class, 13)
    high, low = RANKS[12 - min(row, column)], RANKS[12 - max(row, column)]
    return high + low + ("" if row == column else "s" if row < column else "o")
