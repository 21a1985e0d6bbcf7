"""A policy over buckets as one over cards, and its place on the tree when the betting leaves it."""

from itertools import pairwise

import numpy as np
import pytest

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.cards import CLASS_OF_HAND, hands_holding
from holdem_mpi.config.load import load_config
from holdem_mpi.game.betting import SizeMenu
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import build_layout
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.cards.deal import holdem_tables, read_holdem
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.players import BASELINES, BaselinePlayer, BlueprintPlayer
from holdem_mpi.policy.tabular import TabularPolicy
from holdem_mpi.policy.translation import LOST, follow, low_probability, real_action, start_place
from holdem_mpi.training.lane_runner import new_deal

RULES = Rules(stacks=(1000, 1000), blinds=(10, 5), board_cards=(0, 3))
MENU = SizeMenu(bets=((1.0,), (0.5, 1.0)), raises=((1.0,), (1.0,)), all_in=(True, True))


def flop_blueprint():
    """A policy of random numbers over random buckets, its layout and tables."""
    rng = np.random.default_rng(5)
    layout = build_layout(build_tree(RULES, MENU), (169, 40))
    class_of_hand = CLASS_OF_HAND.astype(np.uint16)
    tables = holdem_tables(2, (0, 3), class_of_hand, {3: rng.integers(0, 40, (1755, 1326)).astype(np.uint8)})
    probability = np.empty(layout.num_pairs)
    first = layout.first_pair_of_row()
    for start, end in pairwise(first):
        probability[start:end] = rng.dirichlet(np.ones(end - start))
    return layout, tables, Blueprint(TabularPolicy(layout, probability, np.ones(layout.num_rows, bool)), tables)


def test_buckets_on_a_board_are_those_that_deals_read():
    layout, tables, blueprint = flop_blueprint()
    code, deal, rng = layout.code(), new_deal(layout, tables), np.random.default_rng(6)
    for _ in range(50):
        deal.cards[:] = rng.permutation(52)[:7]
        read_holdem(tables, code, deal)
        board = tuple(int(card) for card in deal.cards[4:])
        for street in (0, 1):
            bucket = blueprint.buckets(street, board)
            assert (bucket >= 0).sum() == (1326 if street == 0 else 1176)
            for player in range(2):
                low, high = sorted(int(card) for card in deal.cards[2 * player : 2 * player + 2])
                first = (
                    layout.base_pair[street, player]
                    + bucket[high * (high - 1) // 2 + low] * layout.width[street, player]
                )
                assert first == deal.segment[street, player]


def test_a_strategy_is_the_row_of_each_hand_and_nothing_where_cards_overlap():
    layout, _, blueprint = flop_blueprint()
    tree, board = layout.tree, (3, 17, 40)
    node = int(np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == 1))[7])
    sigma, bucket = blueprint.strategy(node, board), blueprint.buckets(1, board)
    assert ((bucket >= 0) == ~hands_holding(board)).all()
    for hand in range(0, 1326, 41):
        expected = blueprint.policy.of_row(node, bucket[hand])[0] if bucket[hand] >= 0 else 0 * sigma[hand]
        assert (sigma[hand] == expected).all()
        assert (blueprint.strategy_of_hand(node, board, hand) == expected).all()


def test_toy_hands_are_cards():
    game = load_config("leduc").game
    layout = Game(game).layout()
    probability = np.random.default_rng(0).random(layout.num_pairs)
    blueprint = Blueprint(
        TabularPolicy(layout, probability, np.ones(layout.num_rows, bool)), tables_of_deck(Game(game).toy_deck)
    )
    assert blueprint.num_hands == 6 and blueprint.seen == (0, 1)
    assert blueprint.buckets(0, (3,)).tolist() == [0, 0, 1, 1, 2, 2]
    assert blueprint.buckets(1, (3,)).tolist() == [1, 1, 4, -1, 7, 7]


def test_pseudo_harmonic_probabilities_are_those_of_the_paper():
    # Ganzfried and Sandholm 2013, section 5: f(x) = (B - x)(1 + A) / ((B - A)(1 + x)); its median is the x below.
    assert low_probability(0.5, 0.5, 2.0) == 1.0 and low_probability(2.0, 0.5, 2.0) == 0.0
    low, high = 0.25, 1.0
    median = (low + high + 2 * low * high) / (low + high + 2)
    assert low_probability(median, low, high) == pytest.approx(0.5)


def walk(tree, actions, draws=None):
    """(place, real state) after real actions."""
    place, state = start_place(tree), BettingState.start(RULES)
    for number, action in enumerate(actions):
        place, state = follow(tree, place, state, action, draws[number] if draws else 0.5), state.apply(action)
    return place, state


def test_betting_on_the_tree_is_followed_action_by_action():
    tree = build_tree(RULES, MENU)
    for node in np.flatnonzero(tree.kind_of_node == KIND_DECISION):
        actions = [int(tree.actions(above)[index]) for above, index in tree.line_to(int(node))]
        place, state = walk(tree, actions)
        assert place == (node, state)
        assert [real_action(place, state, int(a)) for a in tree.actions(int(node))] == tree.actions(int(node)).tolist()


def test_a_bet_between_two_sizes_is_taken_for_either():
    tree = build_tree(RULES, MENU)
    assert [int(a) for a in tree.actions(walk(tree, [CALL, CALL])[0].node)] == [CALL, 20, 30, 1000]
    half, pot = (walk(tree, [CALL, CALL, 25], [0.0, 0.0, u])[0] for u in (0.0, 0.999))
    assert half.state.contributions == (20, 10) and pot.state.contributions == (30, 10)
    # A real bet of 15 into 20 has the fraction 0.75: for 0.5 with probability 0.25 * 1.5 / (0.5 * 1.75).
    border = 0.25 * 1.5 / (0.5 * 1.75)
    assert walk(tree, [CALL, CALL, 25], [0, 0, border - 1e-9])[0] == half
    assert walk(tree, [CALL, CALL, 25], [0, 0, border + 1e-9])[0] == pot


def test_answers_keep_to_the_real_pot_and_to_the_rules():
    blueprint = flop_blueprint()[2]
    player = BlueprintPlayer("b", blueprint)
    memo, state = player.start(), BettingState.start(RULES)
    for action, u in ((CALL, 0.0), (CALL, 0.0), (25, 0.0)):
        memo, state = player.follow(memo, state, action, u), state.apply(action)
    actions, sigma = player.strategy(memo, state, (3, 17, 40))
    # The tree thinks of 20 chips in all and raises the pot to 20 + 40 = 60; the real pot after a call is 50: 25 + 50.
    assert actions == (FOLD, CALL, 75, 1000) and np.allclose(sigma.sum(axis=1), ~hands_holding((3, 17, 40)))
    for bet in (state.legal().min_raise_to, 75, 999, 1000):
        after, there = player.follow(memo, state, bet, 0.3), state.apply(bet)
        for choice in player.strategy(after, there, (3, 17, 40))[0]:
            there.apply(choice)


def test_off_the_tree_it_checks_or_calls():
    blueprint = flop_blueprint()[2]
    player, state = BlueprintPlayer("b", blueprint), BettingState.start(RULES)
    memo = player.start()._replace(node=LOST)
    actions, sigma = player.strategy(memo, state, ())
    assert actions == (CALL,) and (sigma == 1).all()
    assert player.follow(memo, state, CALL, 0.1).node == LOST


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_only_do_what_is_legal(name):
    player, rng = BaselinePlayer(name, 1326), np.random.default_rng(1)
    for _ in range(30):
        state = BettingState.start(RULES)
        while not state.is_over:
            actions, sigma = player.strategy(None, state, ())
            row_actions, row = player.strategy_of_hand(None, state, (), 5)
            assert row_actions == actions and (sigma == row).all() and row.sum() == pytest.approx(1)
            state = state.apply(actions[rng.choice(len(actions), p=row)])


def test_baselines_do_what_their_names_say():
    state = BettingState.start(RULES)
    chosen = {name: BaselinePlayer(name, 1326).strategy_of_hand(None, state, (), 0)[0] for name in BASELINES}
    assert chosen["always-fold"] == (FOLD,) and chosen["always-call"] == (CALL,) and chosen["always-raise"] == (20,)
    assert chosen["half-half"] == (CALL, 20) and chosen["random"] == (FOLD, CALL, 20, 1000)
    assert BaselinePlayer("always-fold", 1326).strategy_of_hand(None, state.apply(CALL), (), 0)[0] == (CALL,)
