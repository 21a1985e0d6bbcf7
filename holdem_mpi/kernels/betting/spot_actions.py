"""Which legal actions the tree of a spot has, from its menu's numbers; plain Python as well as compiled (njit).

The keys of a spot file that they come from are in config/spot_config.py. A row of ``betting_rules`` ends in two words
more here, which ``follow`` keeps.
"""

from math import ceil, floor
from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from holdem_mpi.kernels.betting.betting_rules import (
    ACTED,
    CALL,
    CHIPS,
    FOLD,
    FOLDED,
    MAX_PLAYERS,
    MAX_STREETS,
    NUM_RAISES,
    PLAYER,
    PLAYERS,
    STACKS,
    STREET,
    STREETS,
    legal_actions,
)
from holdem_mpi.kernels.betting.menu_actions import menu_actions

# From a row's end: chips of those left before this street; 1 where who acts first on it came there by a call.
BEFORE, CALLED = -2, -1

# What a list of sizes is for. The place of a list is (situation, player, street).
BET, RAISE, DONK = range(3)
NUM_PLACES = 3 * MAX_PLAYERS * MAX_STREETS
# Kinds of sizes: a share of the pot after a call, a multiple of the bet faced, chips beyond it, the same share of the
# pot on each of some streets (0: all that are left) so that the last is all-in, and all-in.
POT, TIMES, CHIPS_MORE, GEOMETRIC, ALL = range(5)
# When all-in is offered beside a list of sizes: where the list is empty, always, or only where a size says so.
IF_EMPTY, ALWAYS, NEVER = range(3)

# Places of a spot's whole numbers and of its shares: see ``SpotArrays``.
CHIP, HALF, FIRST_STREET, NUM_LIMITS = range(4)
MERGE, ADD_ALL_IN, FORCE_ALL_IN, NEAR, NUM_SHARES = range(5)

# What is noted of a size, once each: it was below the smallest, the same as another, or more than is left.
BELOW, SAME, MORE, NUM_NOTES = range(4)
NOTED, EXACT, INSTEAD, NOTE_WORDS = range(4)
_TIE = 1e-9


class SpotArrays(NamedTuple):
    """A spot's menu. Of another game's menu all are empty.

    places: int64[NUM_PLACES + 1], where the lists of sizes begin and end. all_in: int64[place].
    kinds: int64[size]. numbers: float64[size]. most: float64[size], pots that a geometric size may be at most.
    limits: int64[NUM_LIMITS]: sizes are multiples of so many chips; chips put in before the spot; its street.
    shares: float64[NUM_SHARES]: a size of this share of all chips, or more, becomes all-in; all-in is added where it is
        at most so many pots; a size whose call leaves at most so many pots becomes all-in; of two sizes the smaller one
        goes where the pot after it, times one plus this, is at least that after the larger.
    line: int64[(n, players + 2)], what was done before now: player, chips by seat, action.
    notes: float64[(size, NUM_NOTES, NOTE_WORDS)], changed in place; chips are those of the street.
    """

    places: np.ndarray
    all_in: np.ndarray
    kinds: np.ndarray
    numbers: np.ndarray
    most: np.ndarray
    limits: np.ndarray
    shares: np.ndarray
    line: np.ndarray
    notes: np.ndarray


class MenuArrays(NamedTuple):
    """A menu's numbers. limits: int64[NUM_LIMITS of menu_actions] and fractions: float64[SIZES + sizes], as
    ``menu_actions`` has them; spot: SpotArrays, which are asked instead where they are not empty.
    """

    limits: np.ndarray
    fractions: np.ndarray
    spot: SpotArrays


@register_jitable
def offered(menu, rules, row, actions):
    """Write what a menu (MenuArrays) offers to the player to act; how many actions there are."""
    if len(menu.spot.places):
        return spot_actions(menu.spot, rules, row, actions)
    return menu_actions(menu.limits, menu.fractions, rules, row, actions)


@register_jitable
def follow(menu, rules, row, child, action):
    """Keep BEFORE and CALLED of a spot's ``child``, which comes after ``action`` in ``row``, in place."""
    if len(menu.spot.places) and child[STREET] != row[STREET]:
        end = len(row)
        for seat in range(rules[PLAYERS]):
            child[end + BEFORE] = max(child[end + BEFORE], child[CHIPS + seat])
        called = action == CALL and row[NUM_RAISES] > 0 and row[PLAYER] == child[PLAYER]
        child[end + CALLED] = 1 if called else 0


@register_jitable
def _whole(spot, amount, nearest):
    """A multiple of the smallest chip near ``amount``, or not below it."""
    exact = (amount - spot.limits[HALF]) / spot.limits[CHIP]
    count = floor(exact + 0.5 + _TIE) if nearest else ceil(exact - _TIE)
    return int(spot.limits[HALF] + spot.limits[CHIP] * count)


@register_jitable
def _exact_size(spot, rules, row, size, called, pot):
    """Chips over the whole hand that a size means, before they are made whole and legal."""
    kind, number = spot.kinds[size], spot.numbers[size]
    stack, before = rules[STACKS + row[PLAYER]], row[len(row) + BEFORE]
    if kind == POT:
        return called + number * pot
    if kind == TIMES:
        return before + number * (called - before)
    if kind == CHIPS_MORE:
        return called + number
    streets = number if number > 0 else rules[STREETS] - row[STREET]
    share = (stack - called) / pot
    if kind == GEOMETRIC and streets > 1:
        share = ((1.0 + 2.0 * share) ** (1.0 / streets) - 1.0) / 2.0
    if kind == ALL or (streets <= 1 and share <= spot.most[size]):
        return float(stack)
    return called + min(share, spot.most[size]) * pot


@register_jitable
def _sized(spot, rules, row, size, called, pot, least, most):
    """(chips over the whole hand, as the tree has them; before they were made whole and legal) of a size."""
    exact = _exact_size(spot, rules, row, size, called, pot)
    chips = max(_whole(spot, exact, True), _whole(spot, least, False))
    left = most - chips
    if chips >= spot.shares[MERGE] * most or left <= spot.shares[FORCE_ALL_IN] * (pot + 2 * (chips - called)):
        chips = most
    return chips, exact


@register_jitable
def _note(spot, size, about, exact, instead):
    at = (size * NUM_NOTES + about) * NOTE_WORDS
    if spot.notes[at + NOTED] == 0:
        spot.notes[at + NOTED], spot.notes[at + EXACT], spot.notes[at + INSTEAD] = 1.0, exact, instead


@register_jitable
def _insert(actions, begin, count, chips):
    """Put a size into its place among those from ``begin`` on, unless it is there; the new number of actions."""
    place = count
    while place > begin and actions[place - 1] >= chips:
        place -= 1
    if place < count and actions[place] == chips:
        return count
    for later in range(count, place, -1):
        actions[later] = actions[later - 1]
    actions[place] = chips
    return count + 1


@register_jitable
def _merge_near(spot, actions, begin, count, called, pot):
    """Leave out sizes that are nearly as large as the next larger one that stays; the new number of actions."""
    kept, last = count - 1, count - 1
    for place in range(count - 2, begin - 1, -1):
        larger, smaller = pot + actions[kept] - called, pot + actions[place] - called
        if smaller * (1.0 + spot.shares[NEAR]) < larger:
            kept -= 1
            actions[kept] = actions[place]
    for place in range(kept, last + 1):
        actions[begin + place - kept] = actions[place]
    return begin + last + 1 - kept


@register_jitable
def spot_actions(spot, rules, row, actions):
    """Write what a spot's menu offers to the player to act: fold when facing a bet, call, and sizes in rising order.

    actions: a list or an int64 array, with room for four more than a list has sizes. Returns how many there are.
    """
    seat, street = row[PLAYER], row[STREET]
    owed, call, least, most = legal_actions(rules, row)
    begin = 1
    actions[0] = CALL
    if owed > 0:
        actions[0], actions[1] = FOLD, CALL
        begin = 2
    if most == 0:
        return begin
    count, called, pot = begin, row[CHIPS + seat] + call, call
    for other in range(rules[PLAYERS]):
        pot += row[CHIPS + other]
    situation = RAISE if owed > 0 else DONK if row[len(row) + CALLED] and row[ACTED] == 0 else BET
    place = (situation * MAX_PLAYERS + seat) * MAX_STREETS + street
    first, end, before = spot.places[place], spot.places[place + 1], row[len(row) + BEFORE]
    for size in range(first, end):
        chips, exact = _sized(spot, rules, row, size, called, pot, least, most)
        if spot.kinds[size] != ALL and spot.kinds[size] != GEOMETRIC:
            smallest = _whole(spot, least, False)
            if _whole(spot, exact, True) < smallest:
                _note(spot, size, BELOW, exact - before, float(min(smallest, most) - before))
            if exact > most and owed == 0 and street == spot.limits[FIRST_STREET]:
                _note(spot, size, MORE, exact - before, float(most - before))
        many = count
        count = _insert(actions, begin, count, chips)
        if count == many and chips < most:
            other = first
            while _sized(spot, rules, row, other, called, pot, least, most)[0] != chips:
                other += 1
            _note(spot, size, SAME, float(chips - before), float(other))
    always = spot.all_in[place] == ALWAYS or (first == end and spot.all_in[place] != NEVER)
    if always or (spot.all_in[place] != NEVER and most - called <= spot.shares[ADD_ALL_IN] * pot):
        count = _insert(actions, begin, count, most)
    if spot.shares[NEAR] > 0 and count > begin:
        count = _merge_near(spot, actions, begin, count, called, pot)
    words = rules[PLAYERS] + 2
    for at in range(0, len(spot.line), words):
        here = spot.line[at] == seat and street == spot.limits[FIRST_STREET]
        for other in range(rules[PLAYERS]):
            out = (row[FOLDED] >> other) & 1  # whose chips may have been changed for each other
            here = here and (out == 1 or spot.line[at + 1 + other] == row[CHIPS + other])
        if here:
            count = _insert(actions, begin, count, spot.line[at + words - 1])
    return count
