"""The value function in hold'em: sums over boards, exact equities, the last street, and what AIVAT makes of them."""

import itertools
from itertools import pairwise

import numpy as np
import pytest
from helpers.enumerated import mean_over_boards
from phevaluator import evaluate_cards

from holdem_mpi.abstraction.features import final_numerators, largest_numerator, number_of_boards
from holdem_mpi.cards import CLASS_OF_HAND, card_name, hand_of_cards, parse_cards, without_blocked
from holdem_mpi.evaluation.aivat import Aivat, PublicState, ZeroValues
from holdem_mpi.evaluation.blueprint_values import BlueprintValues
from holdem_mpi.evaluation.head_to_head import (
    AIVAT,
    PLAIN,
    DuplicateDealer,
    estimate_pairs,
    play_pairs,
    variance_of_hands,
)
from holdem_mpi.evaluation.pair_values import pair_values
from holdem_mpi.game.betting import SizeMenu
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.layout import build_layout
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD
from holdem_mpi.kernels.cards.deal import holdem_tables
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.players import BaselinePlayer, BlueprintPlayer
from holdem_mpi.policy.pot_odds import PotOddsPlayer
from holdem_mpi.policy.tabular import TabularPolicy

# Hold'em that ends on the turn: three streets, and tables that are made in a moment.
RULES = Rules(stacks=(1000, 1000), blinds=(100, 50), board_cards=(0, 3, 1))
MENU = SizeMenu(bets=((1.0,),) * 3, raises=((1.0,),) * 3, all_in=(True,) * 3)
DECK = Deck(RULES.board_cards)


def buckets_of(street, buckets):
    values = final_numerators(street, 0, number_of_boards(street)).astype(np.int64)
    return np.minimum(values * buckets // (largest_numerator(street, street) + 1), buckets).astype(np.uint8)


@pytest.fixture(scope="module")
def players():
    layout = build_layout(build_tree(RULES, MENU), (169, 10, 8))
    tables = holdem_tables(
        2, RULES.board_cards, CLASS_OF_HAND.astype(np.uint16), {3: buckets_of(1, 10), 4: buckets_of(2, 8)}
    )
    players = []
    for seed in (1, 2):
        draw, probability = np.random.default_rng(seed), np.empty(layout.num_pairs)
        for start, end in pairwise(layout.first_pair_of_row()):
            probability[start:end] = draw.dirichlet(np.ones(end - start))
        policy = TabularPolicy(layout, probability, np.ones(layout.num_rows, bool))
        players.append(BlueprintPlayer(str(seed), Blueprint(policy, tables)))
    return tuple(players)


@pytest.fixture(scope="module")
def value_function(players):
    return BlueprintValues(pair_values(tuple(player.blueprint for player in players), deals=50_000), DECK)


def state_after(value_function, actions, board, reach):
    state, memo = BettingState.start(RULES), value_function.start()
    for action in actions:
        memo, state = value_function.follow(memo, state, action, 0.5), state.apply(action)
    return PublicState(state, memo, board, without_blocked(reach, board))


def random_reach(seed, hands=1326):
    return np.random.default_rng(seed).random((2, hands))


@pytest.mark.parametrize("leading", [0, 1])
def test_mean_over_turn_cards(value_function, leading):
    value_function = BlueprintValues(value_function._values, DECK, leading)
    public = state_after(value_function, [CALL, CALL, CALL, CALL], tuple(parse_cards("Kh7h2c")), random_reach(1))
    plain = mean_over_boards(DECK, public, value_function.dealt)
    assert value_function.expected(public) == pytest.approx(plain, rel=1e-12) and abs(plain) > 1


@pytest.mark.parametrize("symmetric", [True, False])
def test_mean_over_flops(value_function, symmetric):
    reach = random_reach(2, 169)[:, CLASS_OF_HAND] if symmetric else random_reach(3)
    public = state_after(value_function, [300, CALL], (), reach)
    total = weight = 0.0
    # Weighed as in mean_over_boards, over a part of the flops that decides nothing by itself: all of them take 5 s.
    for flop in DECK.next_boards(())[:: 1 if symmetric else 11]:
        board = tuple(int(card) for card in flop)
        left = without_blocked(reach, board)
        here = float(left[0] @ DECK.mass(left[1]))
        total, weight = total + here * value_function.dealt(public._replace(board=board, reach=left)), weight + here
    assert value_function.expected(public) == pytest.approx(total / weight, rel=1e-9 if symmetric else 0.05)


def test_one_hand_against_a_range_on_the_flops_to_come(value_function):
    """Canonical flops give every hand of the other player its own mean, though they show few of its suits."""
    reach = random_reach(4, 169)[:, CLASS_OF_HAND]
    reach[1] = 0.0
    reach[1, hand_of_cards(*parse_cards("Ad9s"))] = 1.0
    public = state_after(value_function, [300, CALL], (), reach)
    uneven = reach.copy()
    uneven[0, 0] *= 1 + 1e-9  # no longer symmetric: all 22,100 flops are gone through
    assert value_function.expected(public) == pytest.approx(
        value_function.expected(public._replace(reach=uneven)), rel=1e-6
    )


def result_by_phevaluator(board, hands):
    """1, 0 or -1 for the first of two hands of cards on a board of five."""
    ranks = [evaluate_cards(*map(card_name, [*hand, *board])) for hand in hands]
    return int(np.sign(ranks[1] - ranks[0]))


@pytest.mark.parametrize("shown", ["Kh7h2c", "Kh7h2cTs", "Kh7h2cTs2d"])
def test_all_in_equity_is_phevaluators(shown):
    deck, board = Deck((0, 3, 1, 1)), tuple(parse_cards(shown))
    ranges = [[("AhQh", 0.5), ("7c7d", 1.0)], [("KdKc", 0.25), ("AhJh", 0.7)]]
    reach, won, weight = np.zeros((2, 1326)), 0.0, 0.0
    for seat in range(2):
        for name, share in ranges[seat]:
            reach[seat, hand_of_cards(*parse_cards(name))] = share
    for (first, share), (second, other_share) in itertools.product(*ranges):
        cards = [parse_cards(first), parse_cards(second)]
        if set(cards[0]) & set(cards[1]):
            continue
        left = [card for card in range(52) if card not in {*board, *cards[0], *cards[1]}]
        for more in itertools.combinations(left, 5 - len(board)):
            won += share * other_share * result_by_phevaluator(board + more, cards)
            weight += share * other_share
    assert deck.finish(board, reach) == pytest.approx(won / weight, abs=1e-12)


def plain_subtree(player_of, blueprints, tree, node, board, reach):
    """Sum over all pairs of hands of their reaches times seat 0's chips, by recursion."""
    if tree.kind_of_node[node] == KIND_DECISION:
        player = player_of[node]
        sigma = blueprints[player].strategy(node, board)
        total = 0.0
        for action, child in enumerate(tree.children(node)):
            after = reach.copy()
            after[player] *= sigma[:, action]
            total += plain_subtree(player_of, blueprints, tree, int(child), board, after)
        return total
    stake = tree.stake_of_terminal[tree.terminal_of_node[node]].min()
    weight = float(reach[0] @ DECK.mass(reach[1]))
    if tree.kind_of_node[node] == KIND_FOLD:
        return weight * (-stake if tree.folded_of_terminal[tree.terminal_of_node[node]] & 1 else stake)
    return weight * stake * DECK.finish(board, reach)


def test_last_street_is_exact(players, value_function):
    board = tuple(parse_cards("Kh7h2cTs"))
    public = state_after(value_function, [CALL, CALL, CALL, CALL], board, random_reach(5))
    blueprints = [player.blueprint for player in players]
    tree = blueprints[0].tree
    node = public.memo.node
    assert tree.street_of_node[node] == 2
    plain = plain_subtree(tree.player_of_node, blueprints, tree, node, board, public.reach)
    assert value_function.value(public) == pytest.approx(
        plain / float(public.reach[0] @ DECK.mass(public.reach[1])), rel=1e-10
    )


def test_weight_of_pairs_leaves_out_shared_cards():
    reach = np.zeros((2, 1326))
    own_hand = [hand_of_cards(*parse_cards(name)) for name in ("AhKh", "AhQc", "2c2d")]
    reach[0, own_hand[0]] = reach[1, own_hand] = 1.0
    mass = DECK.mass(reach[1])
    assert [mass[hand] for hand in own_hand] == [1.0, 1.0, 2.0]


@pytest.mark.parametrize("known", [(True, True), (True, False), (False, True)])
def test_aivat_agrees_with_the_plain_figure_and_varies_less(players, value_function, known):
    """700 deals: the two means differ by noise alone, most of it the plain one's."""
    estimator = Aivat(DECK, BlueprintValues(value_function._values, DECK, known.index(True)), known)
    results = []
    dealer = DuplicateDealer(RULES, DECK, 11, True)
    for number in range(700 if all(known) else 150):
        hand = dealer.play(players, number)
        results.append((hand.chips, estimator.estimate(hand)))
    chips, estimates = np.array(results).T
    difference = chips - estimates
    assert abs(difference.mean()) < 4 * difference.std() / len(difference) ** 0.5
    assert estimates.var() * (20 if all(known) else 1.5) < chips.var()


def test_a_policy_against_itself_has_no_luck_either(players, value_function):
    player = players[0]
    own = BlueprintValues(pair_values((player.blueprint, player.blueprint), deals=50_000), DECK)
    estimators = Aivat(DECK, own), Aivat(DECK, own)
    results = play_pairs(DuplicateDealer(RULES, DECK, 2, True), (player, player), estimators, range(40))
    assert (results[:, PLAIN].sum(axis=1) == 0).all() and (results[:, AIVAT].sum(axis=1) == 0).all()


def test_off_the_tree(players):
    """Bets that the tree lacks, from a player without a blueprint: the figures still agree."""
    own = pair_values((players[0].blueprint, players[0].blueprint), deals=50_000)
    estimators = Aivat(DECK, BlueprintValues(own, DECK)), Aivat(DECK, BlueprintValues(own, DECK))
    opponents = players[0], BaselinePlayer("random", 1326)
    results = play_pairs(DuplicateDealer(RULES, DECK, 3, True), opponents, estimators, range(300))
    plain, less = (estimate_pairs(results[:, columns], "chips/h") for columns in (PLAIN, AIVAT))
    assert abs(plain.mean - less.mean) < 4 * plain.standard_error
    assert variance_of_hands(results[:, AIVAT]) * 3 < variance_of_hands(results[:, PLAIN])


def test_baselines_alone_need_no_blueprint():
    deck, rules = Deck((0, 3)), Rules(stacks=(1000, 1000), blinds=(100, 50), board_cards=(0, 3))
    estimator = Aivat(deck, ZeroValues())
    pair = PotOddsPlayer(deck), BaselinePlayer("half-half", 1326)
    results = play_pairs(DuplicateDealer(rules, deck, 3, True), pair, (estimator, estimator), range(20))
    assert np.isfinite(results).all()


def test_pot_odds_knows_its_equity():
    """Published equities against a random hand; what it does with them."""
    deck = Deck((0, 3, 1, 1))
    player, flop = PotOddsPlayer(deck), tuple(parse_cards("Kh7h2c"))
    published = {"AhAd": 0.8520, "2c2d": 0.5033, "7c2d": 0.3458, "AhKh": 0.6705}
    for name, equity in published.items():
        assert player.equity(())[hand_of_cards(*parse_cards(name))] == pytest.approx(equity, abs=1e-4)
    for name, action in (("AhAd", 1800), ("9c8c", CALL), ("7c2d", FOLD)):
        state = BettingState.start(Rules(stacks=(2000, 2000), blinds=(100, 50))).apply(600)
        hand = hand_of_cards(*parse_cards(name))
        actions, row = player.strategy_of_hand(None, state, (), hand)
        assert actions[int(row.argmax())] == action and row.sum() == 1
        np.testing.assert_array_equal(player.strategy(None, state, ())[1][hand], row)
    won = player.equity(flop)
    assert won[hand_of_cards(*parse_cards("KdKc"))] > 0.9 and won[hand_of_cards(*parse_cards("KhQd"))] == 0
