"""Duplicate hands: cards and draws by key, exact cancellation, intervals."""

import numpy as np
import pytest
from helpers.enumerated import ToyMatch

from holdem_mpi.cards import cards_of_hand, hand_of_cards, parse_cards
from holdem_mpi.evaluation.aivat import Aivat, ZeroValues
from holdem_mpi.evaluation.head_to_head import (
    AIVAT,
    PLAIN,
    DuplicateDealer,
    estimate_pairs,
    play_pairs,
    variance_of_hands,
    variance_of_pairs,
)
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules
from holdem_mpi.policy.players import BaselinePlayer, chosen
from holdem_mpi.policy.pot_odds import PotOddsPlayer

NO_LIMIT = Rules(stacks=(1000, 1000), blinds=(100, 50))


@pytest.fixture(scope="module")
def leduc():
    return ToyMatch("leduc")


def test_a_policy_against_itself_wins_nothing_on_every_pair(leduc):
    player = leduc.players[0]
    estimator = Aivat(leduc.deck, ZeroValues())
    results = play_pairs(
        DuplicateDealer(leduc.rules, leduc.deck, 3, True), (player, player), (estimator, estimator), range(200)
    )
    assert (results[:, PLAIN].sum(axis=1) == 0).all() and (results[:, AIVAT].sum(axis=1) == 0).all()
    assert np.count_nonzero(results[:, PLAIN]) > 300


def test_baselines_against_themselves_in_no_limit():
    deck = Deck(NO_LIMIT.board_cards)
    for player in (BaselinePlayer("random", 1326), BaselinePlayer("half-half", 1326)):
        results = play_pairs(DuplicateDealer(NO_LIMIT, deck, 0, False), (player, player), None, range(100))
        assert (results[:, PLAIN].sum(axis=1) == 0).all() and np.isnan(results[:, AIVAT]).all()
        assert np.abs(results[:, PLAIN]).max() == 1000


def test_order_and_asking_for_ranges_change_nothing(leduc):
    plain = play_pairs(DuplicateDealer(leduc.rules, leduc.deck, 3, False), leduc.players, None, range(40))
    estimator = Aivat(leduc.deck, ZeroValues())
    dealer = DuplicateDealer(leduc.rules, leduc.deck, 3, True)
    backwards = play_pairs(dealer, leduc.players, (estimator, estimator), range(39, -1, -1))[::-1]
    np.testing.assert_array_equal(plain[:, PLAIN], backwards[:, PLAIN])
    other_seed = play_pairs(DuplicateDealer(leduc.rules, leduc.deck, 4, False), leduc.players, None, range(40))
    assert (other_seed[:, PLAIN] != plain[:, PLAIN]).any()


def test_mean_of_many_hands_is_the_exact_value(leduc):
    """Cards and draws have the right frequencies: the plain figure meets the enumerated value."""
    exact = sum(probability * hand.chips for probability, hand in leduc.hands)
    dealer = DuplicateDealer(leduc.rules, leduc.deck, 5, False)
    chips = np.array([dealer.play(leduc.players, number).chips for number in range(4000)])
    assert abs(chips.mean() - exact) < 4 * chips.std() / len(chips) ** 0.5


def test_who_calls_everything_and_who_folds_everything():
    deck = Deck(NO_LIMIT.board_cards)
    caller, folder = BaselinePlayer("always-call", 1326), BaselinePlayer("always-fold", 1326)
    results = play_pairs(DuplicateDealer(NO_LIMIT, deck, 1, False), (caller, folder), None, range(50))
    # The folder gives up the small blind in seat 1; in seat 0 the caller limps and both check to a showdown.
    np.testing.assert_array_equal(results[:, 0], 50)
    assert set(np.unique(results[:, 1])) <= {-100.0, 0.0, 100.0}


def test_winnings_of_a_hand():
    """Who folds loses what it put in; a raise that nobody called comes back; a tie leaves everybody what he had."""
    deck, kings, sevens, clubs = Deck(NO_LIMIT.board_cards), "KsKh", "7d7h", "QcQd"
    hand = {name: hand_of_cards(*parse_cards(name)) for name in (kings, sevens, clubs)}
    board = tuple(parse_cards("7c 2s 9h Jd 3c"))
    start = BettingState.start(NO_LIMIT)
    assert deck.winnings(start.apply(FOLD), (), (None, None)) == (50, -50)
    assert deck.winnings(start.apply(600).apply(FOLD), (), (hand[kings], None)) == (-100, 100)
    assert deck.winnings(start.apply(300).apply(900).apply(FOLD), (), (None, None)) == (300, -300)
    all_in = start.apply(1000).apply(CALL)
    assert all_in.is_showdown
    assert deck.winnings(all_in, board, (hand[kings], hand[sevens])) == (-1000, 1000)
    assert deck.winnings(all_in, board, (hand[kings], hand[clubs])) == (1000, -1000)
    royal = tuple(parse_cards("Ts Js Qs As 8s"))
    assert deck.winnings(all_in, royal, (hand[sevens], hand[clubs])) == (0, 0)


def test_deals_are_all_different_cards_and_depend_on_their_number_alone():
    deck = Deck((0, 3, 1, 1))
    deals = [deck.draw(7, number) for number in range(300)]
    assert deals == [deck.draw(7, number) for number in range(300)] and len(set(deals)) == 300
    for (first, second), board in deals:
        cards = [*cards_of_hand(first), *cards_of_hand(second)]
        assert len({*cards, *board}) == 9


def test_choice_by_probability():
    probabilities = np.array([0.0, 0.25, 0.0, 0.75, 0.0])
    assert [chosen(probabilities, u) for u in (0.0, 0.2499, 0.25, 0.999999999999)] == [1, 1, 3, 3]


def test_estimate_of_pairs():
    results = np.array([[1.0, 3.0], [0.0, 0.0], [5.0, -5.0], [4.0, 0.0]])
    estimate = estimate_pairs(results, "chips/h")
    means = np.array([2.0, 0.0, 0.0, 2.0])
    assert estimate.mean == 1.0 and estimate.standard_error == pytest.approx(np.std(means, ddof=1) / 2)
    assert estimate.high - 1 == pytest.approx(1.959964 * estimate.standard_error)
    assert (estimate.unit, estimate.count) == ("chips/h", 4)
    variance = variance_of_pairs(results)
    assert variance == pytest.approx(2 * np.var(means, ddof=1))
    # With as many hands as it says, the interval has the width asked for.
    hands = 2 * estimate.count_for(0.1)
    assert 1.959964 * (variance / hands) ** 0.5 == pytest.approx(0.1, rel=1e-3)
    by_seat = np.var([1, 0, 5, 4], ddof=1), np.var([3, 0, -5, 0], ddof=1)
    assert variance_of_hands(results) == pytest.approx(np.mean(by_seat))


def test_pot_odds_on_a_toy_deck(leduc):
    """Of 20 (other card, board), a jack ties the other jack in 4 and wins in 4 more by pairing; a pair always wins."""
    player = PotOddsPlayer(leduc.deck)
    equity = player.equity(())
    np.testing.assert_allclose(equity, np.repeat([0.3, 0.5, 0.7], 2))
    assert [player.equity((4,))[card] for card in (4, 5)] == [0, 1]
