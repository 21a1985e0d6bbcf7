"""Betting, a second time and in plain Python over tuples: what the rows of numbers of kernels/betting are held against.

A state is a dict; menus and rules are those of the package, of which only the fields are read.
"""

import math

from holdem_mpi.game.betting import LimitMenu
from holdem_mpi.game.rules import CALL, FOLD
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD, KIND_SHOWDOWN


def most_of(rules):
    """Stacks by seat after antes that are not the same for all."""
    return [stack - min(stack, ante) for stack, ante in zip(rules.stacks, rules.antes or (0,) * rules.num_players)]


def dead_chips(rules):
    return sum(rules.stacks) - sum(most_of(rules))


def begin(rules):
    chips = tuple(min(stack, rules.ante + blind) for stack, blind in zip(most_of(rules), rules.blinds))
    nobody = (False,) * rules.num_players
    state = {
        "street": 0,
        "chips": chips,
        "folded": nobody,
        "acted": nobody,
        "raises": 0,
        "largest": 0,
        "history": ((),),
    }
    return settled(rules, state, in_turn(rules, state, rules.first_to_act[0]))


def in_turn(rules, state, first):
    players = rules.num_players
    seats = [(first + step) % players for step in range(players)]
    return [seat for seat in seats if not state["folded"][seat] and state["chips"][seat] < most_of(rules)[seat]]


def others(rules, state, seat):
    return [stack for other, stack in enumerate(most_of(rules)) if other != seat and not state["folded"][other]]


def to_stay(rules, state, seat):
    """The largest contribution, before the flop the full blind at least, but no more than the richest other has."""
    highest, blind = max(state["chips"]), rules.ante + max(rules.blinds)
    if state["street"] == 0 and highest < blind:
        highest = max(highest, min(blind, max(others(rules, state, seat))))
    return highest


def full_raise(rules, state):
    return max(state["largest"], rules.bet_size(state["street"]))


def legal(rules, state):
    """(may fold, chips of a call, smallest raise, largest raise)."""
    seat = state["to_act"][0]
    stack, owed = most_of(rules)[seat], to_stay(rules, state, seat) - state["chips"][seat]
    call, at = min(owed, stack - state["chips"][seat]), to_stay(rules, state, seat)
    may_raise = state["raises"] != rules.max_raises[state["street"]] and stack > at
    if state["acted"][seat] and owed < full_raise(rules, state):
        may_raise = False
    if not may_raise or not any(other > at for other in others(rules, state, seat)):
        return owed > 0, call, 0, 0
    least = min(stack, at + full_raise(rules, state))
    return owed > 0, call, least, least if rules.betting == "fixed_limit" else stack


def put(values, seat, value):
    return values[:seat] + (value,) + values[seat + 1 :]


def after(rules, state, action):
    seat = state["to_act"][0]
    new = dict(state, acted=put(state["acted"], seat, True))
    new["history"] = state["history"][:-1] + (state["history"][-1] + (action,),)
    to_act = state["to_act"][1:]
    if action == FOLD:
        new["folded"] = put(state["folded"], seat, True)
    elif action == CALL:
        new["chips"] = put(state["chips"], seat, state["chips"][seat] + legal(rules, state)[1])
    else:
        size = action - to_stay(rules, state, seat)
        if size >= full_raise(rules, state):
            new["acted"] = tuple(other == seat for other in range(rules.num_players))
        new["chips"] = put(state["chips"], seat, action)
        new["raises"], new["largest"] = state["raises"] + 1, max(size, state["largest"])
        to_act = [other for other in in_turn(rules, new, seat + 1) if other != seat]
    return settled(rules, new, to_act)


def settled(rules, state, to_act):
    state = dict(state, to_act=())
    if state["folded"].count(False) == 1:
        return state
    for seat in to_act:
        at = to_stay(rules, state, seat)
        if state["chips"][seat] < at or any(stack > at for stack in others(rules, state, seat)):
            state["to_act"] += (seat,)
    if not state["to_act"] and state["street"] + 1 < rules.num_streets:
        order = in_turn(rules, state, rules.first_to_act[state["street"] + 1])
        if len(order) >= 2:
            nobody = (False,) * rules.num_players
            state |= {"street": state["street"] + 1, "to_act": tuple(order), "raises": 0, "largest": 0, "acted": nobody}
            state["history"] += ((),)
    return state


def see_the_flop(rules, state):
    """Players who will, if the one to act calls and nobody raises any more."""
    seat = state["to_act"][0]
    paid = [
        other == seat
        or state["chips"][other] == most_of(rules)[other]
        or state["chips"][other] >= to_stay(rules, state, seat)
        for other in range(rules.num_players)
        if not state["folded"][other]
    ]
    return sum(paid)


def offered(menu, rules, state):
    """The actions of a menu of the package."""
    street, seat = state["street"], state["to_act"][0]
    if menu.deepest is not None and street > menu.deepest:
        return [CALL]
    may_fold, call, least, most = legal(rules, state)
    actions = [FOLD] if may_fold else []
    limps = street == 0 and state["raises"] == 0 and may_fold and most and not getattr(menu, "limp", True)
    crowded = menu.most_to_flop is not None and see_the_flop(rules, state) > menu.most_to_flop
    if not limps and not (street == 0 and may_fold and crowded):
        actions.append(CALL)
    if not most:
        return actions
    if isinstance(menu, LimitMenu):
        return [*actions, most]
    pot, called = dead_chips(rules) + sum(state["chips"]) + call, state["chips"][seat] + call
    fractions = (menu.raises if call else menu.bets)[street]
    for at in reversed(menu.sizes_at):
        if at.street == street and seat in (at.seats or [seat]) and min(state["raises"], 3) in (at.raises or range(4)):
            fractions = at.sizes
    sizes = {max(least, called + round(size * pot)) for size in fractions}
    sizes = {most if size >= menu.merge * most else size for size in sizes}
    if menu.all_in[street] or not sizes:
        sizes.add(most)
    if menu.most_raises is not None and state["raises"] >= menu.most_raises:
        sizes &= {most}
    if (most - called) / pot > menu.all_in_pots:
        sizes -= {most}
    return actions + sorted(sizes)


def nodes_of(menu, rules, most_nodes=math.inf):
    """(kind, player, street, parent, actions, stakes or None, folded or None) of each node, depth first; None where
    they are more than ``most_nodes``.
    """
    nodes, pending = [], [(begin(rules), -1)]
    while pending:
        state, parent = pending.pop()
        if len(nodes) >= most_nodes:
            return None
        if state["to_act"]:
            actions = offered(menu, rules, state)
            player, kind, ends = state["to_act"][0], KIND_DECISION, (None, None)
            pending.extend((after(rules, state, action), len(nodes)) for action in reversed(actions))
        else:
            showdown = state["folded"].count(False) > 1
            player, kind, actions = -1, KIND_SHOWDOWN if showdown else KIND_FOLD, []
            part = dead_chips(rules) / rules.num_players
            out = sum(1 << seat for seat, gone in enumerate(state["folded"]) if gone)
            ends = tuple(chips + part for chips in state["chips"]), out
        nodes.append((kind, player, state["street"], parent, actions, *ends))
    return nodes
