"""Luck that is taken out of local best response's hands, without bias (as AIVAT does it, Burch et al. 2018).

Of each stroke of luck, public cards and the other player's actions, two things are known: how likely each outcome was,
and what the hand would be worth after each if nobody bet any more. The latter less its mean is zero in expectation. So
a fixed share of it can be taken from what is counted: the mean stays, and hands scatter less.
"""

from collections.abc import Sequence

import numpy as np

# Shares by street, of the luck of its cards and of the other player's actions: what shortened intervals most for a
# blueprint of the default game in 3,000 hands with another seed. Pots grow, so that luck before weighs more than now.
OF_CARDS = (0.0, 1.6, 1.6, 1.25)
OF_ACTIONS = (1.3, 1.0, 1.0, 1.0)


def luck_of_cards(before: float, after: float, street: int) -> float:
    """Chips to take off for cards of ``street``: chips won if nobody bets any more, ``before`` and ``after`` them."""
    return OF_CARDS[min(street, 3)] * (after - before)


def luck_of_action(mass: Sequence[float], worth: Sequence[float], drawn: int, street: int) -> float:
    """Chips to take off for an action on ``street``.

    mass: of each action that might have been drawn, above zero. worth: chips won after it if nobody bets any more.
    drawn: the place of the one that was.
    """
    return OF_ACTIONS[min(street, 3)] * (worth[drawn] - float(np.dot(mass, worth)) / float(np.sum(mass)))
