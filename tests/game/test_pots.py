"""Pots and payoffs: textbook hands, and properties against a division of the pot chip by chip."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdem_mpi.game.pots import payoffs, pots

STAY = (False,) * 6


def test_three_all_ins_make_a_main_pot_and_two_side_pots():
    # All-ins of 50, 100 and 200, called by a fourth player: 4 x 50, 3 x 50, 2 x 100.
    contributions = (50, 100, 200, 200)
    assert pots(contributions, STAY[:4]) == [(200, (0, 1, 2, 3)), (150, (1, 2, 3)), (200, (2, 3))]
    assert payoffs(contributions, STAY[:4], (9, 8, 7, 6), "seat") == [150, 50, 0, -200]
    assert payoffs(contributions, STAY[:4], (6, 7, 8, 9), "seat") == [-50, -100, -200, 350]
    assert payoffs(contributions, STAY[:4], (9, 5, 8, 8), "seat") == [150, -100, -25, -25]


def test_chips_of_players_who_folded_stay_in_the_pots_that_they_reached():
    assert pots((10, 60, 30, 60), (False, False, True, False)) == [(40, (0, 1, 3)), (120, (1, 3))]


def test_an_uncalled_bet_goes_back_and_is_in_no_pot():
    assert pots((500, 120, 20), (False, False, True)) == [(260, (0, 1))]
    assert payoffs((500, 120, 20), (False, False, True), (1, 2, 9), "seat") == [-120, 140, -20]
    assert payoffs((100, 50), (False, True), (0, 0), "seat") == [50, -50]
    assert pots((100, 0), (False, True)) == []


def test_a_tie_is_shared_exactly_or_by_whole_chips():
    assert payoffs((5, 5, 5, 5), (True, False, False, False), (0, 1, 1, 1)) == pytest.approx([-5, 5 / 3, 5 / 3, 5 / 3])
    whole = payoffs((5, 5, 5, 5), (True, False, False, False), (0, 1, 1, 1), "seat")
    assert whole == [-5, 3, 1, 1]
    assert all(isinstance(chips, int) for chips in whole)


def test_pots_that_the_same_winners_share_have_one_odd_chip_between_them():
    # 3 x 5 and 2 x 4 + 1 folded: 15 + 9 chips for two, no odd chip; divided one by one there would be two.
    contributions, folded = (5, 9, 9, 6), (False, False, False, True)
    assert pots(contributions, folded) == [(20, (0, 1, 2)), (9, (1, 2))]
    assert payoffs((4, 9, 9, 6), folded, (1, 2, 2, 0), "seat") == [-4, 5, 5, -6]
    assert payoffs((5, 9, 9, 6), folded, (1, 2, 2, 0), "seat") == [-5, 6, 5, -6]


@pytest.mark.parametrize(
    ("contributions", "folded"),
    [((5, 5), (True, True)), ((3, 9, 9), (False, True, True))],
    ids=["nobody left", "unmatched"],
)
def test_chips_that_nobody_can_win_are_refused(contributions, folded):
    with pytest.raises(ValueError, match="nobody left can win"):
        pots(contributions, folded)


def test_an_unknown_way_of_giving_odd_chips_is_refused():
    with pytest.raises(ValueError, match="odd_chips"):
        payoffs((1, 1), (False, False), (1, 1), "button")


@st.composite
def finished_hands(draw):
    """(contributions, folded, strengths) of 2 to 6 seats; somebody is left, and covers those who folded."""
    players = draw(st.integers(2, 6))
    chips = draw(st.lists(st.integers(0, 30), min_size=players, max_size=players))
    folded = draw(st.lists(st.booleans(), min_size=players, max_size=players))
    folded[draw(st.integers(0, players - 1))] = False
    cover = max(chips[seat] for seat in range(players) if not folded[seat])
    contributions = [min(chips[seat], cover) for seat in range(players)]
    return contributions, folded, draw(st.lists(st.integers(0, 3), min_size=players, max_size=players))


def chip_by_chip(contributions, folded, strengths):
    """Exact payoffs: the k-th chips of all who put in k or more go to the best of those of them who did not fold."""
    net = [Fraction(-chips) for chips in contributions]
    for k in range(max(contributions)):
        paid = [seat for seat, chips in enumerate(contributions) if chips > k]
        best = max(strengths[seat] for seat in paid if not folded[seat])
        winners = [seat for seat in paid if not folded[seat] and strengths[seat] == best]
        for seat in winners:
            net[seat] += Fraction(len(paid), len(winners))
    return net


@given(finished_hands())
def test_exact_payoffs_are_those_of_every_chip_divided_by_itself(hand):
    assert payoffs(*hand) == pytest.approx([float(chips) for chips in chip_by_chip(*hand)], abs=1e-9)


@given(finished_hands(), st.data())
def test_dead_chips_go_with_the_main_pot(hand, data):
    _, folded, strengths = hand
    antes = data.draw(st.lists(st.integers(0, 9), min_size=len(folded), max_size=len(folded)))
    left = [seat for seat, out in enumerate(folded) if not out]
    winners = [seat for seat in left if strengths[seat] == max(strengths[each] for each in left)]
    expected = [chips - ante for chips, ante in zip(chip_by_chip(*hand), antes)]
    for seat in winners:
        expected[seat] += Fraction(sum(antes), len(winners))
    assert payoffs(*hand, antes=antes) == pytest.approx([float(chips) for chips in expected], abs=1e-9)
    assert sum(payoffs(*hand, odd_chips="seat", antes=antes)) == 0


@given(finished_hands())
def test_whole_chips_sum_to_zero_and_differ_from_exact_by_odd_chips_only(hand):
    whole = payoffs(*hand, odd_chips="seat")
    assert sum(whole) == 0
    shared = len(pots(hand[0], hand[1])) * (len(whole) - 1)
    assert all(abs(chips - exact) <= shared for chips, exact in zip(whole, chip_by_chip(*hand)))


@given(finished_hands())
def test_nobody_wins_or_loses_more_than_he_covered(hand):
    contributions, folded, _ = hand
    for seat, chips in enumerate(payoffs(*hand, odd_chips="seat")):
        mine = contributions[seat]
        assert -mine <= chips <= sum(min(mine, other) for i, other in enumerate(contributions) if i != seat)
        assert not folded[seat] or chips == -mine


@given(finished_hands())
def test_pots_hold_every_matched_chip_and_narrow(hand):
    contributions, folded, _ = hand
    final = pots(contributions, folded)
    matched = sorted(contributions)[-2]
    assert sum(amount for amount, _ in final) == sum(min(chips, matched) for chips in contributions)
    for (_, wide), (_, narrow) in pairwise(final):
        assert set(narrow) < set(wide)


@given(finished_hands(), st.randoms(use_true_random=False))
def test_the_order_of_seats_does_not_matter(hand, rng):
    order = list(range(len(hand[0])))
    rng.shuffle(order)
    shuffled = [[values[seat] for seat in order] for values in hand]
    assert payoffs(*shuffled) == pytest.approx([payoffs(*hand)[seat] for seat in order], abs=1e-9)
    renamed = [(amount, tuple(sorted(order[i] for i in seats))) for amount, seats in pots(*shuffled[:2])]
    assert renamed == pots(*hand[:2])
