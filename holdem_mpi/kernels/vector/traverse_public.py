"""Vector-form CFR on one complete public board: one player's update over all hands of both players.

After Johanson et al., "Efficient Nash equilibrium approximation through Monte Carlo counterfactual regret minimization"
(AAMAS 2012): with the board drawn uniformly (public chance sampling), or every board taken with its weight, each pair
of hands that fits the board has one constant weight. A hand's values here are those against a uniform opponent's hand,
given the hand and the board, so regrets are in chips; a bucket gains the sum over its hands.
"""

import numpy as np
from numba import njit

from holdem_mpi.kernels.arrays import C_FAULTS, C_VISITS
from holdem_mpi.kernels.cards.sweep import add_up, sweep_fold, sweep_showdown
from holdem_mpi.kernels.traversal.sinks import to_fixed
from holdem_mpi.kernels.vector.vector_arrays import (
    B_ENTRIES,
    B_ENTRY,
    B_FIRST_ROUND,
    B_FOLD,
    B_PAIR,
    B_ROUNDS,
    B_ROW,
    B_ROWS,
    B_SHOWDOWN,
    B_STREET,
    R_ABOVE,
    R_ACTIONS,
    R_ENTRY,
    R_LOCAL,
    R_ROUND,
    TO_OWN,
    TO_TABLE,
)

_ONE = np.uint64(1)
_TWO = np.uint64(2)
_ZERO = np.uint64(0)


@njit(cache=True, _nrt=False, inline="always")
def _reach_sequences(plan, at, player, regrets, slots, x, sigma):
    """Regret matching on a player's rows of block ``at`` for one bucket.

    regrets: (table, values): the merged table and the lane's own additions; slots: (first entry of the segment in the
    table, in values or -1: not those, how often own additions count). Writes the reach of every local sequence to ``x``
    and the strategy to ``sigma``, both by local sequence.
    """
    table, values = regrets
    begin, own, lane_weight = slots
    rows = plan.row
    for entered in range(plan.block[at, B_ROUNDS]):
        x[entered] = 1.0
    first = np.uint64(plan.block[at, B_ROW + player])
    begin_block = np.uint64(begin + 2 * plan.block[at, B_PAIR + player])
    own_block = np.uint64(max(own, 0) + 2 * plan.block[at, B_PAIR + player])
    for index in range(plan.block[at, B_ROWS + player]):
        row = first + np.uint64(index)
        entry = begin_block + np.uint64(rows[row, R_ENTRY])
        local = np.uint64(rows[row, R_LOCAL])
        actions = np.uint64(rows[row, R_ACTIONS])
        above = x[np.uint64(rows[row, R_ABOVE])]
        total = 0.0
        if own < 0:
            for action in range(actions):
                a = np.uint64(action)
                positive = max(np.float64(table[entry + a]), 0.0)
                sigma[local + a] = positive
                total += positive
        else:
            mine = own_block + np.uint64(rows[row, R_ENTRY])
            for action in range(actions):
                a = np.uint64(action)
                regret = np.float64(table[entry + a]) + lane_weight * np.float64(values[mine + a])
                positive = max(regret, 0.0)
                sigma[local + a] = positive
                total += positive
        if total > 0.0:
            inverse = 1.0 / total
            for action in range(actions):
                a = np.uint64(action)
                sigma[local + a] *= inverse
                x[local + a] = above * sigma[local + a]
        else:
            uniform = 1.0 / np.float64(actions)
            for action in range(actions):
                a = np.uint64(action)
                sigma[local + a] = uniform
                x[local + a] = above * uniform


@njit(cache=True, _nrt=False, inline="always")
def _slots_of(plan, delta, task, street, player, bucket):
    """``slots`` of ``_reach_sequences`` for a player's bucket."""
    pair = np.uint64(plan.base_pair[street, player]) + np.uint64(bucket) * np.uint64(plan.width[street, player])
    begin = np.int64(_TWO * pair)
    return begin, begin if task.where[street] == TO_OWN else np.int64(-1), task.lane_weight


@njit(cache=True, _nrt=False)
def _enter_rounds(plan, table, delta, hands, workspace, task, at):
    """Carry both players' reach through block ``at`` to the rounds that follow it."""
    street = plan.block[at, B_STREET]
    first_round = plan.block[at, B_FIRST_ROUND]
    for player in range(2):
        for group in range(hands.groups[street]):
            slots = _slots_of(plan, delta, task, street, player, hands.bucket[street, group])
            _reach_sequences(plan, at, player, (table, delta.values), slots, workspace.x, workspace.sigma)
            for index in range(plan.block[at, B_ENTRY], plan.block[at + 1, B_ENTRY]):
                source = first_round + plan.entry[index, 0]
                target = plan.entry[index, 3]
                factor = workspace.x[plan.entry[index, 1 + player]]
                for which in range(hands.first[street, group], hands.first[street, group + 1]):
                    place = hands.member[street, which]
                    workspace.reach[target, player, place] = workspace.reach[source, player, place] * factor


@njit(cache=True, _nrt=False, inline="always")
def _spread(leaves, first, number, seat_column, first_round, reach, place, x, out):
    """Write reach at ``number`` terminal nodes, from ``first`` on in ``leaves``, of the hand at ``place``."""
    start = np.uint64(place * number)
    for column in range(number):
        leaf = np.uint64(first + column)
        source = np.uint64(first_round + leaves[leaf, 0])
        out[start + np.uint64(column)] = reach[source, place] * x[np.uint64(leaves[leaf, seat_column])]


@njit(cache=True, _nrt=False)
def _spread_reach(plan, table, delta, hands, workspace, task, at):
    """Write the opponent's reach at the block's showdowns and folds to ``workspace.columns`` 0 and 2."""
    street, opponent = plan.block[at, B_STREET], 1 - task.player
    first_round = plan.block[at, B_FIRST_ROUND]
    showdown, fold = plan.block[at, B_SHOWDOWN], plan.block[at, B_FOLD]
    showdowns, folds = plan.block[at + 1, B_SHOWDOWN] - showdown, plan.block[at + 1, B_FOLD] - fold
    reach, member = workspace.reach[:, opponent], hands.member[street]
    of_showdowns, of_folds, x = workspace.columns[0], workspace.columns[2], workspace.x
    for group in range(hands.groups[street]):
        slots = _slots_of(plan, delta, task, street, opponent, hands.bucket[street, group])
        _reach_sequences(plan, at, opponent, (table, delta.values), slots, x, workspace.sigma)
        for which in range(hands.first[street, group], hands.first[street, group + 1]):
            place = np.uint64(member[which])
            seat_column = 1 + opponent
            _spread(
                plan.showdown, showdown, np.uint64(showdowns), seat_column, first_round, reach, place, x, of_showdowns
            )
            _spread(plan.fold, fold, np.uint64(folds), seat_column, first_round, reach, place, x, of_folds)


@njit(cache=True)
def _sweep_columns(plan, hands, workspace, at):
    """Value the block's showdowns and folds: ``workspace.columns`` 1 and 3 from 0 and 2."""
    n = hands.ranked.count[0]
    showdowns = plan.block[at + 1, B_SHOWDOWN] - plan.block[at, B_SHOWDOWN]
    folds = plan.block[at + 1, B_FOLD] - plan.block[at, B_FOLD]
    if showdowns > 0:
        reach = workspace.columns[0, : n * showdowns].reshape(n, showdowns)
        value = workspace.columns[1, : n * showdowns].reshape(n, showdowns)
        sums = workspace.sums[: 54 * showdowns].reshape(54, showdowns)
        running = workspace.running[: 54 * showdowns].reshape(54, showdowns)
        add_up(hands.ranked, reach, sums)
        sweep_showdown(hands.ranked, reach, sums, running, value)
    if folds > 0:
        reach = workspace.columns[2, : n * folds].reshape(n, folds)
        value = workspace.columns[3, : n * folds].reshape(n, folds)
        sums = workspace.sums[: 54 * folds].reshape(54, folds)
        add_up(hands.ranked, reach, sums)
        sweep_fold(hands.ranked, reach, sums, value)


@njit(cache=True, _nrt=False, inline="always")
def _add_columns(members, columns, leaves, values, pay, leaf, gain):
    """Sum a group's values over its hands and add them to the sequences that lead there.

    members: (hands' places, first, end); columns: (first, number, seat_column of ``leaves``); values: float64[place *
    number + column]; pay: float64[number], chips in fixed-point units; leaf: float64[number], scratch; gain:
    float64[sequences].
    """
    member, start, end = members
    first, number, seat_column = columns
    begin = np.uint64(member[start]) * np.uint64(number)
    for column in range(number):
        leaf[column] = values[begin + np.uint64(column)]
    for which in range(start + 1, end):
        begin = np.uint64(member[which]) * np.uint64(number)
        for column in range(number):
            leaf[column] += values[begin + np.uint64(column)]
    for column in range(number):
        gain[np.uint64(leaves[np.uint64(first + column), seat_column])] += leaf[column] * pay[column]


@njit(cache=True, _nrt=False)
def _value_hands(plan, hands, workspace, at, player, group, scale):
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
            workspace.value[first_round + entered, place] = 0.0
        for column in range(showdowns):
            factor = (
                workspace.y[plan.showdown[showdown + column, 1 + player]] * plan.showdown_pay[showdown + column] * scale
            )
            target = first_round + plan.showdown[showdown + column, 0]
            workspace.value[target, place] += factor * workspace.columns[1, place * showdowns + column]
        for column in range(folds):
            factor = workspace.y[plan.fold[fold + column, 1 + player]] * plan.fold_pay[fold + column, player] * scale
            target = first_round + plan.fold[fold + column, 0]
            workspace.value[target, place] += factor * workspace.columns[3, place * folds + column]
        for index in range(plan.block[at, B_ENTRY], plan.block[at + 1, B_ENTRY]):
            target = first_round + plan.entry[index, 0]
            factor = workspace.y[plan.entry[index, 1 + player]]
            workspace.value[target, place] += factor * workspace.value[plan.entry[index, 3], place]


@njit(cache=True, _nrt=False, inline="always")
def _value_rows(plan, workspace, task, at):
    """From the values of a group's sequences (``workspace.gain``) to what its rows gain (``workspace.row_gain``, by
    entry of the block): regrets, and own reach times strategy. Rows are taken last first, so that what follows a row is
    valued before it.
    """
    player, rows = task.player, plan.row
    gain, sigma, y, out = workspace.gain, workspace.sigma, workspace.y, workspace.row_gain
    first, number = plan.block[at, B_ROW + player], plan.block[at, B_ROWS + player]
    for index in range(number):
        row = np.uint64(first + number - 1 - index)
        entry, local = np.uint64(rows[row, R_ENTRY]), np.uint64(rows[row, R_LOCAL])
        actions = np.uint64(rows[row, R_ACTIONS])
        value = 0.0
        for action in range(actions):
            a = np.uint64(action)
            value += sigma[local + a] * gain[local + a]
        gain[np.uint64(rows[row, R_ABOVE])] += value
        entered = workspace.weight[np.uint64(rows[row, R_ROUND])] * task.strategy_scale
        for action in range(actions):
            a = np.uint64(action)
            out[entry + a] = gain[local + a] - value
            out[entry + actions + a] = entered * y[local + a]


@njit(cache=True, _nrt=False, inline="always")
def _drop_faults(delta, out, is_sum, entries, bound):
    """Leave out regrets beyond ``bound``, and what is not a number, and count them."""
    faults = 0
    for entry in range(entries):
        faults += np.int64(not (abs(out[entry]) <= bound or (is_sum[entry] != 0 and out[entry] >= 0.0)))
    if faults:
        for entry in range(entries):
            if not (abs(out[entry]) <= bound or (is_sum[entry] != 0 and out[entry] >= 0.0)):
                out[entry] = 0.0
        delta.counters[C_FAULTS] += faults


@njit(cache=True, _nrt=False, inline="always")
def _into_table(table, begin, out, is_sum, entries, keep, floor):
    """Discount the entries from ``begin`` on, add ``out`` to them, rounded, and floor regrets: what merging does."""
    positive, negative, of_sums = keep[0], keep[1], keep[2]
    for entry in range(entries):
        place = np.uint64(begin + entry)
        old = np.float64(table[place])
        of_regret = positive if old > 0.0 else negative
        least = 0.0 if is_sum[entry] != 0 else floor
        factor = of_sums if is_sum[entry] != 0 else of_regret
        table[place] = max(old * factor + np.rint(out[entry]), least)


@njit(cache=True, _nrt=False, inline="always")
def _into_values(table, values, places, out, is_sum, entries, task):
    """Add ``out``, rounded, to ``values``; a floored lane takes no more from the table than its share."""
    begin, slot, touched = places
    for entry in range(entries):
        values[np.uint64(slot + entry)] += to_fixed(out[entry], values)
    if touched and task.floor == 0.0:
        for entry in range(entries):
            merged, own = np.float64(table[np.uint64(begin + entry)]), values[np.uint64(slot + entry)]
            if is_sum[entry] == 0 and merged + task.lane_weight * np.float64(own) < 0.0:
                values[np.uint64(slot + entry)] = to_fixed(-np.floor(merged / task.lane_weight), values)


@njit(cache=True, _nrt=False)
def _enter_group(plan, hands, workspace, task, at, members):
    """Own reach at the block's entries, summed over a group's hands, and the values of later rounds."""
    player, street = task.player, plan.block[at, B_STREET]
    first_round = plan.block[at, B_FIRST_ROUND]
    start, end = members
    for entered in range(plan.block[at, B_ROUNDS]):
        total = 0.0
        for which in range(start, end):
            total += workspace.reach[first_round + entered, player, hands.member[street, which]]
        workspace.weight[entered] = total
    for index in range(plan.block[at, B_ENTRY], plan.block[at + 1, B_ENTRY]):
        total = 0.0
        for which in range(start, end):
            total += workspace.value[plan.entry[index, 3], hands.member[street, which]]
        workspace.gain[plan.entry[index, 1 + player]] += total


@njit(cache=True, _nrt=False)
def _leave_group(plan, hands, workspace, at, group):
    """Values at the block's entries of a group whose hands are one group on the street before, where only their sum
    counts: it is given to one of them.
    """
    street, first_round = plan.block[at, B_STREET], plan.block[at, B_FIRST_ROUND]
    start, end = hands.first[street, group], hands.first[street, group + 1]
    for entered in range(plan.block[at, B_ROUNDS]):
        for which in range(start, end):
            workspace.value[first_round + entered, hands.member[street, which]] = 0.0
        workspace.value[first_round + entered, hands.member[street, start]] = workspace.gain[entered]


@njit(cache=True, _nrt=False)
def _update_groups(plan, table, delta, hands, workspace, task, at):
    """Add to the updating player's rows of block ``at``, group by group, once its terminal nodes are valued."""
    player, street = task.player, plan.block[at, B_STREET]
    showdown, fold = plan.block[at, B_SHOWDOWN], plan.block[at, B_FOLD]
    showdowns, folds = plan.block[at + 1, B_SHOWDOWN] - showdown, plan.block[at + 1, B_FOLD] - fold
    rounds, entries = plan.block[at, B_ROUNDS], plan.block[at, B_ENTRIES + player]
    where = task.where[street]
    scale = task.regret_scale / hands.opponents[0]
    of_showdowns, of_folds, member = workspace.pay[0], workspace.pay[1], hands.member[street]
    showdown_values, fold_values = workspace.columns[1], workspace.columns[3]
    for column in range(showdowns):
        of_showdowns[column] = plan.showdown_pay[showdown + column] * scale
    for column in range(folds):
        of_folds[column] = plan.fold_pay[fold + column, player] * scale
    first_entry = plan.first_entry[street, player] + 2 * plan.block[at, B_PAIR + player]
    is_sum = plan.is_sum[first_entry : first_entry + entries]
    for group in range(hands.groups[street]):
        slots = _slots_of(plan, delta, task, street, player, hands.bucket[street, group])
        _reach_sequences(plan, at, player, (table, delta.values), slots, workspace.y, workspace.sigma)
        start, end = np.int64(hands.first[street, group]), np.int64(hands.first[street, group + 1])
        for sequence in range(rounds + entries // 2):
            workspace.gain[sequence] = 0.0
        members = member, start, end
        columns = showdown, showdowns, 1 + player
        _add_columns(members, columns, plan.showdown, showdown_values, of_showdowns, workspace.leaf, workspace.gain)
        columns = fold, folds, 1 + player
        _add_columns(members, columns, plan.fold, fold_values, of_folds, workspace.leaf, workspace.gain)
        _enter_group(plan, hands, workspace, task, at, (start, end))
        if street > 0 and not hands.pure[street, group]:
            _value_hands(plan, hands, workspace, at, player, group, scale)
        _value_rows(plan, workspace, task, at)
        _drop_faults(delta, workspace.row_gain, is_sum, entries, task.bound * (end - start))
        begin = slots[0] + 2 * plan.block[at, B_PAIR + player]
        if where == TO_TABLE:
            _into_table(table, begin, workspace.row_gain, is_sum, entries, task.keep, task.floor)
        else:
            slot = begin if where == TO_OWN else begin - task.dense_first[street]
            places = begin, slot, where == TO_OWN
            _into_values(table, delta.values, places, workspace.row_gain, is_sum, entries, task)
        if street > 0 and hands.pure[street, group]:
            _leave_group(plan, hands, workspace, at, group)
    delta.counters[C_VISITS] += 2 * plan.block[at, B_ROWS + player] * hands.groups[street]


@njit(cache=True)
def traverse_public(plan, table, delta, hands, workspace, task):
    """Update ``task.player`` on the board in ``hands``: regrets of all its hands against all of the opponent's.

    plan: VectorPlan; table: float[entries], read, and changed where task.where says TO_TABLE; delta: DenseDelta,
    changed elsewhere; hands: BoardHands of the board; workspace: VectorWorkspace, overwritten; task: SweepTask.
    Strategy sums gain the own reach times the strategy. Counts a visit for each row and bucket of either player.
    """
    streets = plan.first_block.size - 1
    for street in range(streets - 1):
        for at in range(plan.first_block[street], plan.first_block[street + 1]):
            _enter_rounds(plan, table, delta, hands, workspace, task, at)
    for street in range(streets - 1, -1, -1):
        for at in range(plan.first_block[street], plan.first_block[street + 1]):
            _spread_reach(plan, table, delta, hands, workspace, task, at)
            _sweep_columns(plan, hands, workspace, at)
            _update_groups(plan, table, delta, hands, workspace, task, at)
