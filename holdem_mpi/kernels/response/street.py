"""Best-response values of all hands over one street's betting, WIDTH betting sequences at a time.

A street's betting, seen by the player who responds, is a short program over slots
(``best_response/street_program.py``); a slot holds WIDTH numbers for each hand: the opponent's reach of a node, or the
responder's value there. Hands stand in the order of a board's strengths, so that all passes run through memory in
order. Where a player may fold or call, both outcomes and the sums that card removal needs come out of the same passes.
After Johanson et al., "Accelerating best response calculation in large extensive games" (IJCAI 2011).

With Q, the reach of the weaker hands plus half of a base, summed up in order of strength, in all (row 53) and by card,
``Q before the hand's group + Q after it`` (each: all less the hand's two cards) is wins + (wins + ties) + base. At the
responder's own showdown the base is minus all the reach, which leaves wins less losses; where the opponent decides, it
is his folding reach times the stake less his calling reach times the stake.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from holdem_mpi.kernels.cards.hands import NUM_HANDS
from holdem_mpi.kernels.response.record import BEST, MIXED, marks_of, note_reach, played, weighed
from holdem_mpi.kernels.simd import WIDTH, add, aligned, load, multiply, spread, store, subtract

# Columns of an instruction. OP_OPPONENT: kind, reach slot, value slot (written), first edge in the policy's rows, then
# of fold, showdown and two further children: edge or -1, and amount (for the first two) or reach slot; the number of
# the decision among the opponent's.
# OP_OWN: kind, reach slot, value slot, 1 to add to it and 0 to write it, amount of fold and of showdown or -1, value
# slots of two further children or -1; the number of the decision among the responder's, its first edge in rows of
# theirs, and the edges of the four children or -1. OP_ADD: kind, value slot to add, value slot to add it to.
OP_OPPONENT, OP_OWN, OP_ADD = 0, 1, 2
OP_WIDTH = 14
OPPONENT_NODE, OWN_NODE, OWN_FIRST, OWN_EDGES = 12, 8, 9, 10

_ALL = np.uint64(53)
_SUMS = np.uint64(54)
_HANDS = np.uint64(NUM_HANDS)


class Program(NamedTuple):
    """The betting of columns of one shape for one responder.

    ops: int64[n, OP_WIDTH], slot 0 is the reach at the start; result: int64[1], the value slot of the start.
    amount: float64[blocks, amounts, WIDTH], chips won (or lost, below zero) by column.
    policy: float64[blocks, buckets, edges, WIDTH], probabilities of the opponent's actions.
    """

    ops: np.ndarray
    result: np.ndarray
    amount: np.ndarray
    policy: np.ndarray


class ResponseBoards(NamedTuple):
    """Hands of boards in order of strength, filled by ``response_boards``; [board, place in that order].

    count: int64[board, 2], hands and groups of equal strength. hand: int16; high, low: uint8, its cards; bucket:
    uint32. first_of_group: int16[board, 1327]. On boards that more cards follow, all hands are one group.
    """

    count: np.ndarray
    hand: np.ndarray
    high: np.ndarray
    low: np.ndarray
    bucket: np.ndarray
    first_of_group: np.ndarray


class ResponseWorkspace(NamedTuple):
    """What the kernels below overwrite: slot float64[slots, 1326, WIDTH]; sums float64[slots, 54, WIDTH], of a reach
    slot by card, and of all hands in row 53; running: float64[54, WIDTH].
    """

    slot: np.ndarray
    sums: np.ndarray
    running: np.ndarray


def empty_boards(number: int) -> ResponseBoards:
    """ResponseBoards with space for ``number`` boards, not filled yet."""
    shape = (number, NUM_HANDS)
    return ResponseBoards(
        np.zeros((number, 2), np.int64),
        np.zeros(shape, np.int16),
        np.zeros(shape, np.uint8),
        np.zeros(shape, np.uint8),
        np.zeros(shape, np.uint32),
        np.zeros((number, NUM_HANDS + 1), np.int16),
    )


def response_workspace(slots: int) -> ResponseWorkspace:
    """ResponseWorkspace of ``slots`` slots, all zero."""
    return ResponseWorkspace(aligned(slots, NUM_HANDS, WIDTH), aligned(slots, 54, WIDTH), aligned(54, WIDTH))


@njit(cache=True, _nrt=False, inline="always")
def _count(sums, first, high, low, weight):
    """Add a hand's weight to the rows of its cards."""
    store(sums, first + high, add(load(sums, first + high), weight))
    store(sums, first + low, add(load(sums, first + low), weight))


@njit(cache=True, _nrt=False, inline="always")
def _others(sums, first, every, high, low):
    """All less both cards' rows."""
    return subtract(subtract(every, load(sums, first + high)), load(sums, first + low))


@njit(cache=True, _nrt=False, inline="always")
def _clear(sums, first):
    for row in range(_SUMS):
        store(sums, first + row, spread(0.0))


@njit(cache=True, _nrt=False)
def _sweep(boards, board, workspace, first_reach, first_value):
    """Add Q before and Q after to each hand's value; ``workspace.running`` holds half the base, and is used up.

    first_reach: first row of the slot whose reach is summed up; first_value: that of the slot that is added to.
    """
    running = workspace.running
    every = load(running, _ALL)
    for group in range(np.uint64(boards.count[board, 1])):
        first = np.uint64(boards.first_of_group[board, group])
        end = np.uint64(boards.first_of_group[board, np.uint64(group) + np.uint64(1)])
        for place in range(first, end):
            high, low = np.uint64(boards.high[board, place]), np.uint64(boards.low[board, place])
            value = load(workspace.slot, first_value + place)
            store(workspace.slot, first_value + place, add(value, _others(running, np.uint64(0), every, high, low)))
        for place in range(first, end):
            high, low = np.uint64(boards.high[board, place]), np.uint64(boards.low[board, place])
            weight = load(workspace.slot, first_reach + place)
            every = add(every, weight)
            _count(running, np.uint64(0), high, low, weight)
        for place in range(first, end):
            high, low = np.uint64(boards.high[board, place]), np.uint64(boards.low[board, place])
            value = load(workspace.slot, first_value + place)
            store(workspace.slot, first_value + place, add(value, _others(running, np.uint64(0), every, high, low)))


@njit(cache=True, _nrt=False)
def _opponent(op, program, block, boards, board, workspace, record):
    """The opponent acts: his reach of each child, and the value of the actions that end the hand.

    record: a ResponseRecord whose marks he follows, or None.
    """
    marks = np.uint64(0)
    # Not one condition: compiled without a record, the branch is left out before its fields are looked for.
    if record is not None:  # noqa: SIM102
        if record.mode == MIXED:
            marks = marks_of(record, block, boards, board, op[OPPONENT_NODE])
    slot, sums = workspace.slot, workspace.sums
    reach, value = np.uint64(op[1]) * _HANDS, np.uint64(op[2]) * _HANDS
    folds, shows, one, two = op[4] >= 0, op[6] >= 0, op[8] >= 0, op[10] >= 0
    buckets, edges = np.uint64(program.policy.shape[1]), np.uint64(program.policy.shape[2])
    start = block * buckets * edges + np.uint64(op[3])
    amounts = block * np.uint64(program.amount.shape[1])
    fold_stake = load(program.amount, amounts + np.uint64(max(op[5], 0)))
    show_stake = load(program.amount, amounts + np.uint64(max(op[7], 0)))
    # The last slot keeps what he calls with, times the stake.
    called = np.uint64(slot.shape[0] - 1) * _HANDS
    reach_one, sums_one = np.uint64(max(op[9], 0)) * _HANDS, np.uint64(max(op[9], 0)) * _SUMS
    reach_two, sums_two = np.uint64(max(op[11], 0)) * _HANDS, np.uint64(max(op[11], 0)) * _SUMS
    half = spread(0.5)
    base = spread(0.0)
    every_one = base
    every_two = base
    _clear(workspace.running, np.uint64(0))
    if one:
        _clear(sums, sums_one)
    if two:
        _clear(sums, sums_two)
    for place in range(np.uint64(boards.count[board, 0])):
        high, low = np.uint64(boards.high[board, place]), np.uint64(boards.low[board, place])
        row = start + np.uint64(boards.bucket[board, place]) * edges
        weight = load(slot, reach + place)
        if record is not None:
            note_reach(record, block, np.uint64(boards.bucket[board, place]), op[OPPONENT_NODE], board, weight)
        folded = spread(0.0)
        if folds:
            folded = multiply(played(program, row, record, marks + place, op[4], weight), fold_stake)
        store(slot, value + place, folded)
        if folds or shows:
            if shows:
                calls = multiply(played(program, row, record, marks + place, op[6], weight), show_stake)
                store(slot, called + place, calls)
                folded = subtract(folded, calls)
            folded = multiply(folded, half)
            base = add(base, folded)
            _count(workspace.running, np.uint64(0), high, low, folded)
        if one:
            child = played(program, row, record, marks + place, op[8], weight)
            store(slot, reach_one + place, child)
            every_one = add(every_one, child)
            _count(sums, sums_one, high, low, child)
        if two:
            child = played(program, row, record, marks + place, op[10], weight)
            store(slot, reach_two + place, child)
            every_two = add(every_two, child)
            _count(sums, sums_two, high, low, child)
    store(workspace.running, _ALL, base)
    if one:
        store(sums, sums_one + _ALL, every_one)
    if two:
        store(sums, sums_two + _ALL, every_two)
    if shows:
        _sweep(boards, board, workspace, called, value)
    elif folds:
        two_halves = spread(2.0)
        for place in range(np.uint64(boards.count[board, 0])):
            high, low = np.uint64(boards.high[board, place]), np.uint64(boards.low[board, place])
            others = multiply(_others(workspace.running, np.uint64(0), base, high, low), two_halves)
            store(slot, value + place, add(load(slot, value + place), others))


@njit(cache=True, _nrt=False)
def _own(op, program, block, boards, board, workspace, record):
    """The responder acts: the largest of the values of folding, of showing down and of further children; with a
    ResponseRecord that says so, their mean.
    """
    slot, sums = workspace.slot, workspace.sums
    reach, value = np.uint64(op[1]) * _HANDS, np.uint64(op[2]) * _HANDS
    first_sum = np.uint64(op[1]) * _SUMS
    folds, shows, one, two = op[4] >= 0, op[5] >= 0, op[6] >= 0, op[7] >= 0
    amounts = block * np.uint64(program.amount.shape[1])
    fold_stake = load(program.amount, amounts + np.uint64(max(op[4], 0)))
    show_stake = load(program.amount, amounts + np.uint64(max(op[5], 0)))
    shown = np.uint64(slot.shape[0] - 1) * _HANDS
    value_one, value_two = np.uint64(max(op[6], 0)) * _HANDS, np.uint64(max(op[7], 0)) * _HANDS
    every = load(sums, first_sum + _ALL)
    worst = spread(-np.inf)
    marks = start = edges = np.uint64(0)
    if record is not None:
        edges = np.uint64(record.policy.shape[2])
        start = block * np.uint64(record.policy.shape[1]) * edges + np.uint64(op[OWN_FIRST])
        if record.mode == BEST:
            marks = marks_of(record, block, boards, board, op[OWN_NODE])
        else:
            worst = spread(0.0)
    if shows:
        minus_half = spread(-0.5)
        for row in range(_SUMS):
            store(workspace.running, row, multiply(load(sums, first_sum + row), minus_half))
        for place in range(np.uint64(boards.count[board, 0])):
            store(slot, shown + place, spread(0.0))
        _sweep(boards, board, workspace, reach, shown)
    for place in range(np.uint64(boards.count[board, 0])):
        at, row = marks + place, start
        if record is not None:
            row += np.uint64(boards.bucket[board, place]) * edges
        found = worst
        if folds:
            high, low = np.uint64(boards.high[board, place]), np.uint64(boards.low[board, place])
            against = add(_others(sums, first_sum, every, high, low), load(slot, reach + place))
            found = weighed(found, record, at, row, op[OWN_EDGES], board, multiply(against, fold_stake))
        if shows:
            option = multiply(load(slot, shown + place), show_stake)
            found = weighed(found, record, at, row, op[OWN_EDGES + 1], board, option)
        if one:
            found = weighed(found, record, at, row, op[OWN_EDGES + 2], board, load(slot, value_one + place))
        if two:
            found = weighed(found, record, at, row, op[OWN_EDGES + 3], board, load(slot, value_two + place))
        if op[3] != 0:
            found = add(found, load(slot, value + place))
        store(slot, value + place, found)


@njit(cache=True, _nrt=False)
def run_ops(program, first, end, block, boards, board, workspace, record):
    """Run the instructions ``first`` to ``end`` (not included) for one block of columns on one board.

    Slot 0 and its sums must be filled where they are read; slots are changed in place. record: a ResponseRecord, or
    None.
    """
    for number in range(first, end):
        op = program.ops[number]
        if op[0] == OP_OPPONENT:
            _opponent(op, program, block, boards, board, workspace, record)
        elif op[0] == OP_OWN:
            _own(op, program, block, boards, board, workspace, record)
        else:
            source, value = np.uint64(op[1]) * _HANDS, np.uint64(op[2]) * _HANDS
            for place in range(np.uint64(boards.count[board, 0])):
                both = add(load(workspace.slot, value + place), load(workspace.slot, source + place))
                store(workspace.slot, value + place, both)


@njit(cache=True, _nrt=False)
def enter(reach, block, boards, board, workspace):
    """Fill slot 0 and its sums with a block of ``reach`` (float64[blocks, 1326, WIDTH]); False where it is all zero."""
    first = block * _HANDS
    every = spread(0.0)
    _clear(workspace.sums, np.uint64(0))
    for place in range(np.uint64(boards.count[board, 0])):
        high, low = np.uint64(boards.high[board, place]), np.uint64(boards.low[board, place])
        weight = load(reach, first + np.uint64(boards.hand[board, place]))
        store(workspace.slot, place, weight)
        every = add(every, weight)
        _count(workspace.sums, np.uint64(0), high, low, weight)
    store(workspace.sums, _ALL, every)
    total = 0.0
    for column in range(WIDTH):
        total += workspace.sums[0, 53, column]
    return total > 0.0


@njit(cache=True, _nrt=False)
def respond_at_last_street(program, boards, renamings, hand_of_hand, reach, workspace, values, record):
    """Add the best response's values over the last street's betting on each board to ``values``.

    renamings: int64[n, 2], board and number of a renaming of suits for every real board that a board stands for, in
    order of boards. hand_of_hand: int16[24, 1326]. reach: float64[blocks, 1326, WIDTH], the opponent's at the start of
    the street. values: float64[blocks, 1326, WIDTH], added to. record: a ResponseRecord, or None.
    """
    for block in range(np.uint64(reach.shape[0])):
        at = 0
        for board in range(np.uint64(boards.count.shape[0])):
            alive = enter(reach, block, boards, board, workspace)
            if record is not None:  # a best action is noted where nobody comes, too: another flop's would stand there
                alive = True
            if alive:
                run_ops(program, 0, program.ops.shape[0], block, boards, board, workspace, record)
            result = np.uint64(program.result[0]) * _HANDS
            while at < renamings.shape[0] and np.uint64(renamings[at, 0]) == board:
                if alive:
                    renaming = renamings[at, 1]
                    for place in range(np.uint64(boards.count[board, 0])):
                        hand = np.uint64(hand_of_hand[renaming, boards.hand[board, place]])
                        row = block * _HANDS + hand
                        store(values, row, add(load(values, row), load(workspace.slot, result + place)))
                at += 1
