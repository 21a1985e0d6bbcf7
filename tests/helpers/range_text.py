"""Ranges as text: the way back from ``formats/range_text.py``."""

import numpy as np

from holdem_mpi.cards import NUM_HANDS, RANKS, SUITS, hand_of_cards, parse_card
from holdem_mpi.formats.range_text import EVERY_HAND, Shape, hands_of_shape


def format_range(weight_of_hand: np.ndarray) -> str:
    """Short text of a range, which ``parse_range`` reads back to the same weights; runs first, single hands last."""
    if weight_of_hand.shape == (NUM_HANDS,) and (weight_of_hand == weight_of_hand[0]).all() and weight_of_hand[0] > 0:
        return EVERY_HAND[0] + _suffix(weight_of_hand[0])
    left = np.array(weight_of_hand, np.float64)
    entries = []
    for line in _lines():
        entries += _runs_of_line(line, left)
    singles = [
        card + other + _suffix(left[hand_of_cards(parse_card(card), parse_card(other))])
        for card, other in _card_pairs()
        if left[hand_of_cards(parse_card(card), parse_card(other))] > 0
    ]
    return ",".join(entries + singles)


def _lines() -> list[list[Shape]]:
    """Shapes in lines that ``+`` goes up along: the pairs, then for each high card the suited and offsuit kickers."""
    ranks = range(len(RANKS))
    lines = [[(rank, rank, "") for rank in ranks]]
    for suits in "so":
        lines += [[(high, low, suits) for low in range(high)] for high in reversed(ranks[1:])]
    return lines


def _runs_of_line(line: list[Shape], left: np.ndarray) -> list[str]:
    """Entries for the shapes of a line whose hands all weigh the same, highest first; clears them in ``left``."""
    weights = []
    for shape in line:
        hands = hands_of_shape(shape)
        whole = (left[hands] == left[hands[0]]).all() and left[hands[0]] > 0
        weights.append(float(left[hands[0]]) if whole else 0.0)
        if whole:
            left[hands] = 0.0
    entries, end = [], len(line)
    while end > 0:
        start = end - 1
        while start > 0 and weights[start - 1] == weights[end - 1]:
            start -= 1
        if weights[start]:
            low, high = _name(line[start]), _name(line[end - 1])
            short = low if start == end - 1 else low + "+" if end == len(line) else f"{high}-{low}"
            entries.append(short + _suffix(weights[start]))
        end = start
    return entries


def _name(shape: Shape) -> str:
    return RANKS[shape[0]] + RANKS[shape[1]] + shape[2]


def _suffix(weight: float) -> str:
    return "" if weight == 1 else f":{float(weight)!r}"


def _card_pairs() -> list[tuple[str, str]]:
    cards = [rank + suit for rank in reversed(RANKS) for suit in reversed(SUITS)]
    return [(card, other) for place, card in enumerate(cards) for other in cards[place + 1 :]]
