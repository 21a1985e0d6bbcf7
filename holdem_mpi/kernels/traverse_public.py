"""Vector-form CFR on one complete public board: one player's update over all hands of both players.

After Johanson et al., "Efficient Nash equilibrium approximation through Monte Carlo counterfactual regret minimization"
(AAMAS 2012): with the board drawn uniformly (public chance sampling), or every board taken with its weight, each pair
of hands that fits the board has one constant weight. A hand's values here are those against a uniform opponent's hand,
given the hand and the board, so regrets are in chips; a bucket gains the sum over its hands.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import C_FAULTS, C_VISITS
from holdem_mpi.kernels.regret import place_of, to_fixed, touch_row
from holdem_mpi.kernels.sweep import add_up, sweep_fold, sweep_showdown
from holdem_mpi.kernels.vector_arrays import (
    B_ENTRY,
    B_FIRST_ROUND,
    B_FOLD,
    B_PAIR,
    B_ROUNDS,
    B_ROW,
    B_ROWS,
    B_SHOWDOWN,
    B_STREET,
    TO_TABLE,
    TO_TOUCHED,
)

_ONE = np.uint64(1)
_TWO = np.uint64(2)
_ZERO = np.uint64(0)
_SLOT_BITS = np.uint64(28)
_SLOT_MASK = np.uint64((1 << 28) - 1)


@njit(cache=True, _nrt=False, inline="always")
def _find_segment(delta, pair):
    """Slot of the segment at ``pair`` in ``delta.values``, or -1 where the lane has not touched it."""
    mask = np.uint64(delta.hash_table.size) - _ONE
    place = place_of(pair, mask)
    key = pair + _ONE
    while True:
        found = delta.hash_table[place]
        if found >> _SLOT_BITS == key:
            return np.int64((found & _SLOT_MASK) << _ONE)
        if found == _ZERO:
            return np.int64(-1)
        place = (place + _ONE) & mask


@njit(cache=True, _nrt=False)
def _reach_sequences(plan, at, player, regrets, slots, x, sigma):
    """Regret matching on a player's rows of block ``at`` for one bucket.

    regrets: (table, values): the merged table and the lane's own additions; slots: (first entry of the segment in the
    table, in values or -1, how often own additions count). Writes the reach of every local sequence to ``x`` and the
    strategy to ``sigma``, both by local sequence.
    """
    table, values = regrets
    begin, own, lane_weight = slots
    rounds = plan.block[at, B_ROUNDS]
    first_pair = plan.block[at, B_PAIR + player]
    for entered in range(rounds):
        x[entered] = 1.0
    first = plan.block[at, B_ROW + player]
    for row in range(first, first + plan.block[at, B_ROWS + player]):
        pair, actions = np.int64(plan.row[row, 0]), np.int64(plan.row[row, 1])
        local = rounds + pair - first_pair
        entry = begin + 2 * pair
        total = 0.0
        if own < 0:
            for action in range(actions):
                positive = max(np.float64(table[entry + action]), 0.0)
                sigma[local + action] = positive
                total += positive
        else:
            mine = own + 2 * pair
            for action in range(actions):
                regret = np.float64(table[entry + action]) + lane_weight * np.float64(values[mine + action])
                positive = max(regret, 0.0)
                sigma[local + action] = positive
                total += positive
        above = x[plan.row[row, 2]]
        if total > 0.0:
            inverse = 1.0 / total
            for action in range(actions):
                sigma[local + action] *= inverse
                x[local + action] = above * sigma[local + action]
        else:
            uniform = 1.0 / actions
            for action in range(actions):
                sigma[local + action] = uniform
                x[local + action] = above * uniform


@njit(cache=True, _nrt=False)
def _slots_of(plan, table, delta, task, street, player, bucket):
    """``slots`` of ``_reach_sequences`` for a player's bucket."""
    pair = np.uint64(plan.base_pair[street, player]) + np.uint64(bucket) * np.uint64(plan.width[street, player])
    own = np.int64(-1)
    if task.where[street] == TO_TOUCHED:
        own = _find_segment(delta, pair)
    return np.int64(_TWO * pair), own, task.lane_weight


@njit(cache=True)
def _enter_rounds(plan, table, delta, hands, space, task, at):
    """Carry both players' reach through block ``at`` to the rounds that follow it."""
    street = plan.block[at, B_STREET]
    first_round = plan.block[at, B_FIRST_ROUND]
    for player in range(2):
        for group in range(hands.groups[street]):
            slots = _slots_of(plan, table, delta, task, street, player, hands.bucket[street, group])
            _reach_sequences(plan, at, player, (table, delta.values), slots, space.x, space.sigma)
            for index in range(plan.block[at, B_ENTRY], plan.block[at + 1, B_ENTRY]):
                source = first_round + plan.entry[index, 0]
                target = plan.entry[index, 3]
                factor = space.x[plan.entry[index, 1 + player]]
                for which in range(hands.first[street, group], hands.first[street, group + 1]):
                    place = hands.member[street, which]
                    space.reach[target, player, place] = space.reach[source, player, place] * factor


@njit(cache=True)
def _spread_reach(plan, table, delta, hands, space, task, at):
    """Write the opponent's reach at the block's showdowns and folds to ``space.lanes`` 0 and 2."""
    street, opponent = plan.block[at, B_STREET], 1 - task.player
    first_round = plan.block[at, B_FIRST_ROUND]
    showdown, fold = plan.block[at, B_SHOWDOWN], plan.block[at, B_FOLD]
    showdowns, folds = plan.block[at + 1, B_SHOWDOWN] - showdown, plan.block[at + 1, B_FOLD] - fold
    for group in range(hands.groups[street]):
        slots = _slots_of(plan, table, delta, task, street, opponent, hands.bucket[street, group])
        _reach_sequences(plan, at, opponent, (table, delta.values), slots, space.x, space.sigma)
        for which in range(hands.first[street, group], hands.first[street, group + 1]):
            place = np.int64(hands.member[street, which])
            for lane in range(showdowns):
                source = first_round + plan.showdown[showdown + lane, 0]
                factor = space.x[plan.showdown[showdown + lane, 1 + opponent]]
                space.lanes[0, place * showdowns + lane] = space.reach[source, opponent, place] * factor
            for lane in range(folds):
                source = first_round + plan.fold[fold + lane, 0]
                factor = space.x[plan.fold[fold + lane, 1 + opponent]]
                space.lanes[2, place * folds + lane] = space.reach[source, opponent, place] * factor


@njit(cache=True)
def _sweep_lanes(plan, hands, space, at):
    """Value the block's showdowns and folds: ``space.lanes`` 1 and 3 from 0 and 2."""
    n = hands.ranked.count[0]
    showdowns = plan.block[at + 1, B_SHOWDOWN] - plan.block[at, B_SHOWDOWN]
    folds = plan.block[at + 1, B_FOLD] - plan.block[at, B_FOLD]
    if showdowns > 0:
        reach = space.lanes[0, : n * showdowns].reshape(n, showdowns)
        value = space.lanes[1, : n * showdowns].reshape(n, showdowns)
        sums = space.sums[: 54 * showdowns].reshape(54, showdowns)
        running = space.running[: 54 * showdowns].reshape(54, showdowns)
        add_up(hands.ranked, reach, sums)
        sweep_showdown(hands.ranked, reach, sums, running, value)
    if folds > 0:
        reach = space.lanes[2, : n * folds].reshape(n, folds)
        value = space.lanes[3, : n * folds].reshape(n, folds)
        sums = space.sums[: 54 * folds].reshape(54, folds)
        add_up(hands.ranked, reach, sums)
        sweep_fold(hands.ranked, reach, sums, value)


@njit(cache=True, _nrt=False)
def _add_lanes(hands, street, group, lanes, sequence, values, pay, totals):
    """Sum a group's values over its hands and add them to the sequences that lead there.

    lanes: (first, number, column of ``sequence``); values: float64[place * number + lane]; pay: float64[number], chips
    in fixed-point units; totals: (leaf: float64[number], scratch; gain: float64[sequences], added to).
    """
    first, number, column = lanes
    leaf, gain = totals
    for lane in range(number):
        leaf[lane] = 0.0
    for which in range(hands.first[street, group], hands.first[street, group + 1]):
        start = np.int64(hands.member[street, which]) * number
        for lane in range(number):
            leaf[lane] += values[start + lane]
    for lane in range(number):
        gain[sequence[first + lane, column]] += leaf[lane] * pay[lane]


@njit(cache=True, _nrt=False)
def _value_hands(plan, hands, space, at, player, group, scale):
    """Write the value of each hand of a group at the block's entries: its terminal nodes' and later rounds' values
    weighted by the own reach from the entry on.
    """
    street = plan.block[at, B_STREET]
    first_round = plan.block[at, B_FIRST_ROUND]
    showdown, fold = plan.block[at, B_SHOWDOWN], plan.block[at, B_FOLD]
    showdowns, folds = plan.block[at + 1, B_SHOWDOWN] - showdown, plan.block[at + 1, B_FOLD] - fold
    for which in range(hands.first[street, group], hands.first[street, group + 1]):
        place = np.int64(hands.member[street, which])
        for entered in range(plan.block[at, B_ROUNDS]):
            space.value[first_round + entered, place] = 0.0
        for lane in range(showdowns):
            factor = space.y[plan.showdown[showdown + lane, 1 + player]] * plan.showdown_pay[showdown + lane] * scale
            target = first_round + plan.showdown[showdown + lane, 0]
            space.value[target, place] += factor * space.lanes[1, place * showdowns + lane]
        for lane in range(folds):
            factor = space.y[plan.fold[fold + lane, 1 + player]] * plan.fold_pay[fold + lane, player] * scale
            target = first_round + plan.fold[fold + lane, 0]
            space.value[target, place] += factor * space.lanes[3, place * folds + lane]
        for index in range(plan.block[at, B_ENTRY], plan.block[at + 1, B_ENTRY]):
            target = first_round + plan.entry[index, 0]
            factor = space.y[plan.entry[index, 1 + player]]
            space.value[target, place] += factor * space.value[plan.entry[index, 3], place]


@njit(cache=True, _nrt=False, inline="always")
def add_entry(table, target, amount, keep, floor):
    """table[target] = max(keep * table[target] + amount, floor), in place: what merging and discounting come to."""
    table[target] = max(np.float64(table[target]) * keep + amount, floor)


@njit(cache=True, _nrt=False)
def _update_rows(plan, table, delta, space, task, at, slots):
    """From the values of a group's sequences (``space.gain``) to its rows: regrets and strategy sums of the block.

    slots: (first entry of the segment in the table, its slot in delta.values, TO_..., hands of the group). Rows are
    taken last first, so that what follows a row is valued before it.
    """
    begin, slot, where, members = slots
    player = task.player
    rounds = plan.block[at, B_ROUNDS]
    first, first_pair = plan.block[at, B_ROW + player], plan.block[at, B_PAIR + player]
    gain, sigma, y, weight = space.gain, space.sigma, space.y, space.weight
    bound = task.bound * members
    faults = 0
    for row in range(first + plan.block[at, B_ROWS + player] - 1, first - 1, -1):
        pair, actions, above = np.int64(plan.row[row, 0]), np.int64(plan.row[row, 1]), np.int64(plan.row[row, 2])
        local = rounds + pair - first_pair
        value = 0.0
        for action in range(actions):
            value += sigma[local + action] * gain[local + action]
        gain[above] += value
        entered = weight[plan.row[row, 3]] * task.strategy_scale
        for action in range(actions):
            regret = gain[local + action] - value
            if not abs(regret) <= bound:
                faults += 1
                continue
            amount = to_fixed(regret, delta.values)
            strategy = to_fixed(entered * y[local + action], delta.values)
            entry = 2 * pair + action
            if where == TO_TABLE:
                keep = task.keep[0] if table[begin + entry] > 0.0 else task.keep[1]
                add_entry(table, begin + entry, amount, keep, task.floor)
                add_entry(table, begin + entry + actions, strategy, task.keep[2], 0.0)
            else:
                delta.values[slot + entry] += amount
                delta.values[slot + entry + actions] += strategy
                if where == TO_TOUCHED and task.floor == 0.0:
                    merged = np.float64(table[begin + entry])
                    if merged + task.lane_weight * np.float64(delta.values[slot + entry]) < 0.0:
                        # Lanes may take away a share each, so that their sum does not fall below zero.
                        delta.values[slot + entry] = to_fixed(-np.floor(merged / task.lane_weight), delta.values)
    delta.counters[C_FAULTS] += faults


@njit(cache=True)
def _update_block(plan, table, delta, hands, space, task, at):
    """Value block ``at`` for the updating player and add to its rows."""
    player, street = task.player, plan.block[at, B_STREET]
    first_round, rounds = plan.block[at, B_FIRST_ROUND], plan.block[at, B_ROUNDS]
    showdown, fold = plan.block[at, B_SHOWDOWN], plan.block[at, B_FOLD]
    showdowns, folds = plan.block[at + 1, B_SHOWDOWN] - showdown, plan.block[at + 1, B_FOLD] - fold
    where = task.where[street]
    _spread_reach(plan, table, delta, hands, space, task, at)
    _sweep_lanes(plan, hands, space, at)
    scale = task.regret_scale / hands.opponents[0]
    showdown_pay = space.pay[0]
    fold_pay = space.pay[1]
    for lane in range(showdowns):
        showdown_pay[lane] = plan.showdown_pay[showdown + lane] * scale
    for lane in range(folds):
        fold_pay[lane] = plan.fold_pay[fold + lane, player] * scale
    pairs = 0
    last = plan.block[at, B_ROW + player] + plan.block[at, B_ROWS + player] - 1
    if last >= plan.block[at, B_ROW + player]:
        pairs = np.int64(plan.row[last, 0] + plan.row[last, 1]) - plan.block[at, B_PAIR + player]
    for group in range(hands.groups[street]):
        begin, own, lane_weight = _slots_of(plan, table, delta, task, street, player, hands.bucket[street, group])
        _reach_sequences(plan, at, player, (table, delta.values), (begin, own, lane_weight), space.y, space.sigma)
        slot = own
        if where == TO_TOUCHED:
            slot = np.int64(touch_row(delta, np.uint64(begin) >> _ONE, np.uint64(plan.width[street, player])))
        else:
            slot = begin - task.dense_first[street]
        for sequence in range(rounds + pairs):
            space.gain[sequence] = 0.0
        _add_lanes(
            hands,
            street,
            group,
            (showdown, showdowns, 1 + player),
            plan.showdown,
            space.lanes[1],
            showdown_pay,
            (space.leaf, space.gain),
        )
        _add_lanes(
            hands,
            street,
            group,
            (fold, folds, 1 + player),
            plan.fold,
            space.lanes[3],
            fold_pay,
            (space.leaf, space.gain),
        )
        start, end = hands.first[street, group], hands.first[street, group + 1]
        for index in range(plan.block[at, B_ENTRY], plan.block[at + 1, B_ENTRY]):
            total = 0.0
            for which in range(start, end):
                total += space.value[plan.entry[index, 3], hands.member[street, which]]
            space.gain[plan.entry[index, 1 + player]] += total
        for entered in range(rounds):
            total = 0.0
            for which in range(start, end):
                total += space.reach[first_round + entered, player, hands.member[street, which]]
            space.weight[entered] = total
        if street > 0 and not hands.pure[street, group]:
            _value_hands(plan, hands, space, at, player, group, scale)
        _update_rows(plan, table, delta, space, task, at, (begin, slot, where, end - start))
        if street > 0 and hands.pure[street, group]:
            # All of the group's hands are one group's on the street before, where only their sum counts.
            for entered in range(rounds):
                for which in range(start, end):
                    space.value[first_round + entered, hands.member[street, which]] = 0.0
                space.value[first_round + entered, hands.member[street, start]] = space.gain[entered]
        delta.counters[C_VISITS] += 2 * plan.block[at, B_ROWS + player]


@njit(cache=True)
def traverse_public(plan, table, delta, hands, space, task):
    """Update ``task.player`` on the board in ``hands``: regrets of all its hands against all of the opponent's.

    plan: VectorPlan; table: float[entries], read, and changed where task.where says TO_TABLE; delta: DeltaRows,
    changed elsewhere; hands: BoardHands of the board; space: VectorSpace, overwritten; task: SweepTask.
    Strategy sums gain the own reach times the strategy. Counts a visit for each row and bucket of either player.
    """
    streets = plan.first_block.size - 1
    for street in range(streets - 1):
        for at in range(plan.first_block[street], plan.first_block[street + 1]):
            _enter_rounds(plan, table, delta, hands, space, task, at)
    for street in range(streets - 1, -1, -1):
        for at in range(plan.first_block[street], plan.first_block[street + 1]):
            _update_block(plan, table, delta, hands, space, task, at)
