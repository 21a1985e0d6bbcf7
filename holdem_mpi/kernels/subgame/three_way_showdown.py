"""Hero's hands against two other ranges at once: whom each can meet, and what share of a pot it wins; O(52) a hand.

Two hands of the others, one of each, must not share a card with hero's hand nor with each other. Hero holds {x, y}; P
and Q are the sums of the others' reach over hands clear of x and y, P_c and Q_c over those of them that hold c. Then
the pairs that do not meet in any card weigh

    P Q - sum over cards c (P_c Q_c) + sum over hands v (p_v q_v),

since a pair that shares one card is taken off once, and a pair of the same hand twice. That holds for any weights of
the others' hands. With h = 1 for hands that hero beats, 1/2 for his equals and 0 for others, hero's share of a pot is h
in two-way pots; in three-way ones it is h h', but with two equals, where it is 1/3 and not 1/4: a twelfth is added.

All hands are walked once, weakest first, while the weights h grow.
"""

from numba import njit

from holdem_mpi.kernels.subgame.three_way_types import (
    AFTER,
    ALL,
    BEATEN,
    BOTH,
    EQUAL,
    EVERY,
    NEXT,
    NUM_CARDS,
    NUM_FOUND,
)


@njit(inline="always")
def _add_hand(pair, card, high, low, reach):
    """Add a hand's reach, or a part of it, to that of its cards and of all."""
    pair[high, low] += reach
    pair[low, high] += reach
    card[high] += reach
    card[low] += reach
    card[NUM_CARDS] += reach


@njit(inline="always")
def _add_same(same, high, low, product):
    """Likewise, of both others' reach of the same hand."""
    same[high] += product
    same[low] += product
    same[NUM_CARDS] += product


@njit(cache=True, _nrt=False)
def _met(pair, card, next_kind, after_kind, same, who, hand):
    """Weight of the pairs of hands, of which hero's and no two share a card.

    next_kind, after_kind: which hands of each are looked at. who: (next player, player after). hand: hero's two cards.
    """
    of_next, of_after, x, y = pair[next_kind, who[0]], pair[after_kind, who[1]], hand[0], hand[1]
    next_x, next_y, next_card = of_next[x], of_next[y], card[next_kind, who[0]]
    after_x, after_y, after_card = of_after[x], of_after[y], card[after_kind, who[1]]
    own, own_after = next_x[y], after_x[y]
    # Four sums, so that none waits for the one before.
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    for c in range(0, NUM_CARDS, 4):
        s0 += (next_card[c] - next_x[c] - next_y[c]) * (after_card[c] - after_x[c] - after_y[c])
        s1 += (next_card[c + 1] - next_x[c + 1] - next_y[c + 1]) * (after_card[c + 1] - after_x[c + 1] - after_y[c + 1])
        s2 += (next_card[c + 2] - next_x[c + 2] - next_y[c + 2]) * (after_card[c + 2] - after_x[c + 2] - after_y[c + 2])
        s3 += (next_card[c + 3] - next_x[c + 3] - next_y[c + 3]) * (after_card[c + 3] - after_x[c + 3] - after_y[c + 3])
    # Hero's own cards are none of them.
    shared = (s0 + s1) + (s2 + s3)
    shared -= (next_card[x] - own) * (after_card[x] - own_after) + (next_card[y] - own) * (after_card[y] - own_after)
    clear = next_card[NUM_CARDS] - next_card[x] - next_card[y] + own
    clear_after = after_card[NUM_CARDS] - after_card[x] - after_card[y] + own_after
    twice = same[NUM_CARDS] - same[x] - same[y] + own * own_after
    return clear * clear_after - shared + twice


@njit(cache=True, _nrt=False)
def _take_all(game, workspace, rows, who):
    """Fill ALL, and empty BEATEN; a hand's entries are the only ones of ``pair`` that are ever written."""
    pair, card, same = workspace.pair, workspace.card, workspace.same
    same[:] = 0.0
    for place in range(2):
        one, reach = who[place], workspace.reach[rows[place]]
        card[:, one] = 0.0
        for hand in range(game.count[one]):
            high, low = game.card[one, hand, 0], game.card[one, hand, 1]
            pair[ALL, one, high, low] = 0.0
            pair[ALL, one, low, high] = 0.0
            _add_hand(pair[ALL, one], card[ALL, one], high, low, reach[hand])
            pair[BEATEN, one, high, low] = 0.0
            pair[BEATEN, one, low, high] = 0.0
    for hand in range(game.count[who[0]]):
        twin = game.twin[who[0], hand]
        if twin >= 0:
            product = workspace.reach[rows[0], hand] * workspace.reach[rows[1], twin]
            _add_same(same[EVERY], game.card[who[0], hand, 0], game.card[who[0], hand, 1], product)


@njit(cache=True, _nrt=False)
def _grow(game, workspace, rows, who, span, share):
    """Add ``share`` of the reach of hands to BEATEN: of the player ``who[0]`` those in places ``span[0]`` to
    ``span[1]``, of ``who[1]`` those in ``span[2]`` to ``span[3]``. All of one strength have the same share so far.
    """
    pair, card, same = workspace.pair, workspace.card, workspace.same
    for place in range(span[0], span[1]):
        hand = game.order[who[0], place]
        high, low = game.card[who[0], hand, 0], game.card[who[0], hand, 1]
        reach, twin = workspace.reach[rows[0], hand], game.twin[who[0], hand]
        if twin >= 0:
            before = pair[BEATEN, who[0], high, low]
            product = reach * workspace.reach[rows[1], twin]
            # (h + share)^2 - h^2, where h is 0 or what is there already: a half.
            squared = share * share + (share if before > 0.0 else 0.0)
            _add_same(same[BOTH], high, low, squared * product)
            _add_same(same[NEXT], high, low, share * product)
        _add_hand(pair[BEATEN, who[0]], card[BEATEN, who[0]], high, low, share * reach)
    for place in range(span[2], span[3]):
        hand = game.order[who[1], place]
        high, low = game.card[who[1], hand, 0], game.card[who[1], hand, 1]
        _add_hand(pair[BEATEN, who[1]], card[BEATEN, who[1]], high, low, share * workspace.reach[rows[1], hand])


@njit(cache=True, _nrt=False)
def _take_equals(game, workspace, rows, who, span, empty):
    """Fill EQUAL with the hands of ``span``, as ``_grow`` has it, or empty it of them."""
    pair, card, same = workspace.pair, workspace.card, workspace.same[AFTER]
    for side in range(2):
        one = who[side]
        card[EQUAL, one] = 0.0
        for place in range(span[2 * side], span[2 * side + 1]):
            hand = game.order[one, place]
            high, low = game.card[one, hand, 0], game.card[one, hand, 1]
            pair[EQUAL, one, high, low] = 0.0
            pair[EQUAL, one, low, high] = 0.0
            if not empty:
                _add_hand(pair[EQUAL, one], card[EQUAL, one], high, low, workspace.reach[rows[side], hand])
    same[:] = 0.0
    if empty:
        return
    for place in range(span[0], span[1]):
        hand = game.order[who[0], place]
        twin = game.twin[who[0], hand]
        if twin >= 0:
            product = workspace.reach[rows[0], hand] * workspace.reach[rows[1], twin]
            _add_same(same, game.card[who[0], hand, 0], game.card[who[0], hand, 1], product)


@njit(cache=True, _nrt=False)
def _find(game, workspace, player, who, wanted, span):
    """Shares of pots of hero's hands in places ``span[4]`` to ``span[5]``, which are of one strength."""
    pair, card, same, found = workspace.pair, workspace.card, workspace.same, workspace.found
    equals = span[1] > span[0] and span[3] > span[2]
    for place in range(span[4], span[5]):
        hand = game.order[player, place]
        cards = game.card[player, hand]
        if wanted & (1 << BOTH):
            share = _met(pair, card, BEATEN, BEATEN, same[BOTH], who, cards)
            if equals:
                share += _met(pair, card, EQUAL, EQUAL, same[AFTER], who, cards) / 12.0
            found[BOTH, hand] = share
        if wanted & (1 << NEXT):
            found[NEXT, hand] = _met(pair, card, BEATEN, ALL, same[NEXT], who, cards)
        if wanted & (1 << AFTER):
            found[AFTER, hand] = _met(pair, card, ALL, BEATEN, same[NEXT], who, cards)


@njit(cache=True, _nrt=False)
def find_shares(game, workspace, player, next_row, after_row, wanted):
    """Fill ``workspace.found`` by hand of ``player``: EVERY, the weight of all pairs of hands that it can meet, and of
    BOTH, NEXT and AFTER those in ``wanted`` (bits), the share of a pot that it wins, summed over these pairs.

    next_row, after_row: rows of ``workspace.reach`` with the reach of the next player and of the one after.
    """
    who, rows = ((player + 1) % 3, (player + 2) % 3), (next_row, after_row)
    pair, card, same, found = workspace.pair, workspace.card, workspace.same, workspace.found
    _take_all(game, workspace, rows, who)
    if card[ALL, who[0], NUM_CARDS] == 0.0 or card[ALL, who[1], NUM_CARDS] == 0.0:
        found[:] = 0.0
        return
    for hand in range(game.count[player]):
        found[EVERY, hand] = _met(pair, card, ALL, ALL, same[EVERY], who, game.card[player, hand])
    if wanted < 1 << BOTH:
        return
    place, mine, seen, seen_after = 0, game.count[player], 0, 0
    while place < mine:
        level, first, weaker, weaker_after = game.strength[player, place], place, seen, seen_after
        while seen < game.count[who[0]] and game.strength[who[0], seen] < level:
            seen += 1
        while seen_after < game.count[who[1]] and game.strength[who[1], seen_after] < level:
            seen_after += 1
        _grow(game, workspace, rows, who, (weaker, seen, weaker_after, seen_after), 1.0)
        equal, equal_after = seen, seen_after
        while seen < game.count[who[0]] and game.strength[who[0], seen] == level:
            seen += 1
        while seen_after < game.count[who[1]] and game.strength[who[1], seen_after] == level:
            seen_after += 1
        while place < mine and game.strength[player, place] == level:
            place += 1
        span = (equal, seen, equal_after, seen_after)
        _grow(game, workspace, rows, who, span, 0.5)
        tied = seen > equal and seen_after > equal_after and wanted & (1 << BOTH) != 0
        if tied:
            _take_equals(game, workspace, rows, who, span, False)
        _find(game, workspace, player, who, wanted, (equal, seen, equal_after, seen_after, first, place))
        if tied:
            _take_equals(game, workspace, rows, who, span, True)
        _grow(game, workspace, rows, who, span, 0.5)


@njit(cache=True, _nrt=False)
def value_ends(game, workspace, player, first, end):
    """Values of ``player`` at all nodes of the ends ``first`` to ``end`` (not included)."""
    found, value = workspace.found, workspace.value
    for number in range(first, end):
        next_row, after_row, wanted = game.ends[player, number]
        find_shares(game, workspace, player, next_row, after_row, wanted)
        for place in range(game.end_start[player, number], game.end_start[player, number + 1]):
            node = game.end_node[player, place]
            pay = game.pay[player, node]
            for hand in range(game.count[player]):
                value[node, hand] = pay[EVERY] * found[EVERY, hand]
            for kind in range(1, NUM_FOUND):
                if pay[kind] != 0.0:
                    for hand in range(game.count[player]):
                        value[node, hand] += pay[kind] * found[kind, hand]
