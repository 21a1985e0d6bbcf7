"""Which legal actions a tree has, from a menu's numbers; like the rules plain Python as well as compiled (njit).

The menus themselves, and what their keys mean, are in game/betting.py.
"""

from numba.extending import register_jitable

from holdem_mpi.kernels.betting.betting_rules import (
    CALL,
    CHIPS,
    DEAD,
    FIXED,
    FOLD,
    FOLDED,
    MAX_PLAYERS,
    MAX_STREETS,
    NUM_RAISES,
    PLAYER,
    PLAYERS,
    STACKS,
    STREET,
    legal_actions,
)

# Levels of sizes on a street: of a bet, and of raises by how many bets and raises came before, MOST_TOLD or more alike.
MOST_TOLD = 3
NUM_LEVELS = MOST_TOLD + 2
# Places of a menu's whole numbers: by seat, street and level where its sizes begin and end; whether all-in is always
# offered, by street; whether the blind may be called before anybody has raised, by whoever can raise; bets and raises
# of a street after which sizes other than all-in are no longer offered; the street after which nobody bets; how many
# players may see the second street; bets and raises of a street beyond which it is all one how many there were.
FIRST_SIZE = 0
ALL_IN = 2 * MAX_PLAYERS * MAX_STREETS * NUM_LEVELS
LIMP, MOST_RAISES, DEEPEST, MOST_TO_FLOP, TOLD = range(ALL_IN + MAX_STREETS, ALL_IN + MAX_STREETS + 5)
NUM_LIMITS = TOLD + 1
ANY_NUMBER = 1 << 30  # of bets, of players
# Places of its fractions: a size of this share of the stack, or more, becomes all-in; no all-in of more than so many
# pots; and from SIZES on the sizes, in pots.
MERGE, ALL_IN_POTS, SIZES = range(3)


@register_jitable
def menu_actions(limits, fractions, rules, row, actions):
    """Write what a menu offers to the player to act: fold when facing a bet, call, and sizes in rising order.

    actions: a list or an int64 array, with room for three more than a street has sizes. Returns how many there are.
    """
    street, seat = row[STREET], row[PLAYER]
    if street > limits[DEEPEST]:
        actions[0] = CALL
        return 1
    owed, call, least, most = legal_actions(rules, row)
    called, pot, to_flop = row[CHIPS + seat] + call, call + rules[DEAD], 1
    for other in range(rules[PLAYERS]):
        chips = row[CHIPS + other]
        pot += chips
        # Who owes nothing, or is all-in, sees the next street if nobody raises any more.
        paid = chips >= row[CHIPS + seat] + owed or chips == rules[STACKS + other]
        if other != seat and paid and not (row[FOLDED] >> other) & 1:
            to_flop += 1
    count = 0
    if owed > 0:
        actions[0] = FOLD
        count = 1
    limps = row[NUM_RAISES] == 0 and most > 0 and not limits[LIMP]
    if street > 0 or owed == 0 or not (limps or to_flop > limits[MOST_TO_FLOP]):
        actions[count] = CALL
        count += 1
    if most == 0:
        return count
    begin = count
    if rules[FIXED]:
        actions[count] = most
        return count + 1
    level = 1 + min(row[NUM_RAISES], MOST_TOLD) if call else 0
    place = FIRST_SIZE + 2 * ((seat * MAX_STREETS + street) * NUM_LEVELS + level)
    for number in range(limits[place], limits[place + 1]):
        size = max(least, called + round(fractions[SIZES + number] * pot))
        if size >= fractions[MERGE] * most:
            size = most
        elif row[NUM_RAISES] >= limits[MOST_RAISES]:
            continue
        spot = count
        while spot > begin and actions[spot - 1] >= size:
            spot -= 1
        if spot == count or actions[spot] != size:
            for later in range(count, spot, -1):
                actions[later] = actions[later - 1]
            actions[spot] = size
            count += 1
    last = actions[count - 1] if count > begin else 0
    if last != most and (limits[ALL_IN + street] or limits[place] == limits[place + 1]):
        actions[count] = last = most
        count += 1
    if last == most and (most - called) / pot > fractions[ALL_IN_POTS]:
        count -= 1
    return count
