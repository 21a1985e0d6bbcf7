"""The rules of betting over a row of numbers. They are written once, here, and run in two ways: as plain Python over
tuples and lists for ``BettingState`` (game/rules.py, which says what they are), and compiled over arrays by the kernels
that walk trees (njit).

A row holds a state: its street, the player to act (-1: none), bets and raises of the street, chips of the largest of
them, then as bits by seat who has folded, who has acted since the last full raise and who still has to act on this
street (in turn from the player on), and from CHIPS on the chips of each seat over the whole hand.
"""

from numba.extending import register_jitable

MAX_PLAYERS, MAX_STREETS = 6, 4

EVERYBODY = (1 << MAX_PLAYERS) - 1

FOLD, CALL = -1, 0  # an action above CALL is a bet or raise to that many chips over the whole hand

STREET, PLAYER, NUM_RAISES, LARGEST_RAISE, FOLDED, ACTED, TO_ACT, CHIPS = range(8)


# Places of the rules: a tuple in plain Python, an int64 array in kernels. ``Rules.numbers`` fills it. DEAD are chips in
# the pot that count as nobody's bet (antes by seat); STACKS are what is left after them.
PLAYERS, STREETS, FULL_BLIND, FIXED, DEAD, STACKS = range(6)
FIRST_TO_ACT = STACKS + MAX_PLAYERS
CAPS, BET_SIZES = FIRST_TO_ACT + MAX_STREETS, FIRST_TO_ACT + 2 * MAX_STREETS
NUM_RULES = BET_SIZES + MAX_STREETS


@register_jitable
def facing(rules, row, seat):
    """(level, richest): chips that ``seat`` has to have in the pot to stay, and the most that another player who is
    left could put in. A bet beyond the level can be called where the richest has more.

    The level is the largest contribution; before the flop the full blind at least, but no more than the richest has.
    """
    level, richest = 0, 0
    for other in range(rules[PLAYERS]):
        level = max(level, row[CHIPS + other])
        if other != seat and not (row[FOLDED] >> other) & 1:
            richest = max(richest, rules[STACKS + other])
    if row[STREET] == 0:
        level = max(level, min(rules[FULL_BLIND], richest))
    return level, richest


@register_jitable
def legal_actions(rules, row):
    """(chips owed, chips that CALL adds, smallest and largest bet or raise, both 0 where none is legal) of the player
    to act.
    """
    seat, street = row[PLAYER], row[STREET]
    stack = rules[STACKS + seat]
    level, richest = facing(rules, row, seat)
    owed = level - row[CHIPS + seat]
    call = min(owed, stack - row[CHIPS + seat])
    full = max(row[LARGEST_RAISE], rules[BET_SIZES + street])
    capped = row[NUM_RAISES] == rules[CAPS + street]
    # Short all-ins reopen the betting only for those who face a full raise of them.
    closed = (row[ACTED] >> seat) & 1 and owed < full
    if capped or closed or stack <= level or richest <= level:
        return owed, call, 0, 0
    least = min(stack, level + full)
    return owed, call, least, least if rules[FIXED] else stack


@register_jitable
def settle(rules, row, after):
    """Find who acts next, in place: of TO_ACT the first in turn from seat ``after`` on who has something to decide;
    else the first of the next street; or nobody.
    """
    able, left, seats = 0, 0, 0
    for seat in range(rules[PLAYERS]):
        if not (row[FOLDED] >> seat) & 1:
            left += 1
            if row[CHIPS + seat] < rules[STACKS + seat]:
                able |= 1 << seat
    if left > 1:
        for seat in range(rules[PLAYERS]):
            if ((row[TO_ACT] & able) >> seat) & 1:
                # A player who owes nothing and whose raise nobody could call has nothing to decide.
                level, richest = facing(rules, row, seat)
                if row[CHIPS + seat] < level or richest > level:
                    seats |= 1 << seat
        if seats == 0 and row[STREET] + 1 < rules[STREETS] and able & (able - 1):  # at least two can bet
            row[STREET] += 1
            row[NUM_RAISES] = row[LARGEST_RAISE] = row[ACTED] = 0
            seats, after = able, rules[FIRST_TO_ACT + row[STREET]]
    row[TO_ACT] = seats
    row[PLAYER] = -1
    if seats:
        seat = after if after < rules[PLAYERS] else 0
        while not (seats >> seat) & 1:
            seat = seat + 1 if seat + 1 < rules[PLAYERS] else 0
        row[PLAYER] = seat


@register_jitable
def act(rules, row, action):
    """Take the player's legal ``action``, in place."""
    seat = row[PLAYER]
    bit = 1 << seat
    row[ACTED] |= bit
    row[TO_ACT] &= ~bit
    if action == FOLD:
        row[FOLDED] |= bit
    else:
        level, _ = facing(rules, row, seat)
        if action == CALL:
            row[CHIPS + seat] = min(level, rules[STACKS + seat])
        else:
            if action - level >= max(row[LARGEST_RAISE], rules[BET_SIZES + row[STREET]]):
                row[ACTED] = bit
            row[CHIPS + seat] = action
            row[NUM_RAISES] += 1
            row[LARGEST_RAISE] = max(row[LARGEST_RAISE], action - level)
            row[TO_ACT] = EVERYBODY & ~bit
    settle(rules, row, seat + 1)
