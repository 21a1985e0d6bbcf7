"""Counts the nodes of a betting tree without walking it: states that go on alike are one, with how often it comes."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numba.extending import register_jitable

from holdem_mpi.kernels.betting.betting_rules import (
    ACTED,
    BET_SIZES,
    CAPS,
    CHIPS,
    FOLDED,
    LARGEST_RAISE,
    NUM_RAISES,
    PLAYER,
    PLAYERS,
    STREET,
    act,
)
from holdem_mpi.kernels.betting.menu_actions import ANY_NUMBER, MOST_RAISES, TOLD
from holdem_mpi.kernels.betting.spot_actions import follow, offered

COUNTED, TOO_MANY_STATES, TOO_MANY_NODES = range(3)
# Rows of ``counts``.
DECISIONS, PAIRS, STREET_ENDS, SHOWDOWNS, NUM_COUNTS = range(5)
# More nodes than that are not counted, lest numbers overflow.
LARGEST_COUNT = 1 << 57

_FACTOR, _HASH_BITS = 1_000_003, 38


class StateSets(NamedTuple):
    """Three sets of states: of this street after so many actions, after one more, and of the next street.

    rows: int64[3, room, row], rows of ``betting_rules``. times: int64[3, room], how often each comes.
    slots: int32[3, 2 * room], the hash table, -1 where it is empty; room is a power of two. slot: int32[3, room].
    size: int64[3].
    """

    rows: np.ndarray
    times: np.ndarray
    slots: np.ndarray
    slot: np.ndarray
    size: np.ndarray


@register_jitable
def make_alike(rules, limits, row):
    """Make states that go on alike the same row, in place."""
    street, players = row[STREET], rules[PLAYERS]
    row[ACTED] &= ~row[FOLDED]
    row[LARGEST_RAISE] = max(row[LARGEST_RAISE], rules[BET_SIZES + street])
    if rules[CAPS + street] < 0 and limits[MOST_RAISES] >= ANY_NUMBER:
        row[NUM_RAISES] = min(row[NUM_RAISES], limits[TOLD])
    # Of chips of players who folded, their sum counts alone, as long as none of them has the most.
    dead, highest, most = 0, 0, 0
    for seat in range(players):
        most = max(most, row[CHIPS + seat])
        if (row[FOLDED] >> seat) & 1:
            dead += row[CHIPS + seat]
        else:
            highest = max(highest, row[CHIPS + seat])
    if most == highest:
        for seat in range(players):
            if (row[FOLDED] >> seat) & 1:
                row[CHIPS + seat] = min(dead, highest)
                dead -= row[CHIPS + seat]


@njit(cache=True)
def count_states(rules, menu, actions, sets, counts, enough):
    """Count from the state in the first of ``sets`` on: COUNTED, or TOO_MANY_STATES where a set was full, or
    TOO_MANY_NODES beyond LARGEST_COUNT.

    rules, menu, actions: as in ``grow_tree``. counts: int64[NUM_COUNTS, streets * players], by (street, player) the
    decision nodes, their actions (there is a node for each of all actions, and the root), those that lead to a later
    street, and those that lead to a showdown; added to in place.
    enough: once a set is full, counting ends beyond so many nodes; till then what has no place in it is passed over.
    """
    rows, times, slots, slot, size = sets
    width, room = rows.shape[2], rows.shape[1]
    shift = _HASH_BITS
    while 1 << (_HASH_BITS - shift) < slots.shape[1]:
        shift -= 1
    here, there, later, nodes, passed_over = 0, 1, 2, 1, False
    child = np.empty(width, np.int64)
    while size[here]:
        for state in range(size[here]):
            row, often = rows[here, state], times[here, state]
            count = offered(menu, rules, row, actions)
            nodes += often * count
            if nodes > LARGEST_COUNT:
                return TOO_MANY_NODES
            place = row[STREET] * rules[PLAYERS] + row[PLAYER]
            counts[DECISIONS, place] += often
            counts[PAIRS, place] += often * count
            if passed_over and nodes > enough:
                return TOO_MANY_STATES
            for number in range(count):
                for word in range(width):
                    child[word] = row[word]
                act(rules, child, actions[number])
                follow(menu, rules, row, child, actions[number])
                if child[PLAYER] < 0:
                    left = rules[PLAYERS]
                    for seat in range(rules[PLAYERS]):
                        left -= (child[FOLDED] >> seat) & 1
                    counts[SHOWDOWNS, place] += often if left > 1 else 0
                    continue
                if child[STREET] != row[STREET]:
                    counts[STREET_ENDS, place] += often
                make_alike(rules, menu.limits, child)
                into = there if child[STREET] == row[STREET] else later
                mixed = 0
                for word in range(width):
                    mixed = ((mixed + child[word]) * _FACTOR) & ((1 << _HASH_BITS) - 1)
                at = mixed >> shift
                while True:
                    found = slots[into, at]
                    if found < 0:
                        break
                    word = 0
                    while word < width and rows[into, found, word] == child[word]:
                        word += 1
                    if word == width:
                        break
                    at = at + 1 if at + 1 < slots.shape[1] else 0
                if found < 0:
                    found = size[into]
                    if found == room:
                        passed_over = True
                        continue
                    slots[into, at], slot[into, found], times[into, found] = found, at, 0
                    for word in range(width):
                        rows[into, found, word] = child[word]
                    size[into] += 1
                times[into, found] += often
        for state in range(size[here]):
            slots[here, slot[here, state]] = -1
        size[here] = 0
        here, there = there, here
        if size[here] == 0:
            here, later = later, here
    return TOO_MANY_STATES if passed_over else COUNTED
