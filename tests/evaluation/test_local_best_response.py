"""Local best response: its values and its range against explicit enumeration, its estimate against plain play."""

import itertools
import json
from dataclasses import replace

import numpy as np
import phevaluator
import pytest
from helpers.lbr_players import DEEP, RandomPlayer, response_to

from holdem_mpi.cards import CARDS_OF_HAND, hand_of_cards, hands_holding, parse_cards
from holdem_mpi.config.load import load_config
from holdem_mpi.evaluation import lbr_luck
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.lbr import margins_before_the_flop
from holdem_mpi.evaluation.lbr_luck import luck_of_action, luck_of_cards
from holdem_mpi.evaluation.local_best_response import (
    ALL_IN,
    LIMIT_ACTIONS,
    NO_LIMIT_ACTIONS,
    LbrHand,
    ShowdownMargins,
)
from holdem_mpi.game.betting import SizeMenu
from holdem_mpi.game.game import Game
from holdem_mpi.game.pots import payoffs
from holdem_mpi.game.rules import CALL, FOLD, BettingState, Rules
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels import rng
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.open_player import open_player
from holdem_mpi.policy.players import BASELINES, BaselinePlayer
from holdem_mpi.policy.translation import follow, outcomes, start_place

PAIRS = [(low, high) for high, low in CARDS_OF_HAND.tolist()]


def river_spot(player, seat=0):
    """(response, hand, state): on the river after a bet of 300 by the other one, LBR with a range of odd weights."""
    board = tuple(parse_cards("Kh Kc 2s 7d 9h"))
    state = BettingState.start(DEEP)
    for action in (CALL, CALL, CALL, CALL, CALL, CALL, *(() if seat else (CALL,)), 400):
        state = state.apply(action)
    assert state.street == 3 and state.player == seat and state.legal().call_amount == 300
    low, high = sorted(parse_cards("Ah 9s"))
    weights = np.random.default_rng(1).random(1326)
    free = ~hands_holding((low, high, *board))
    hand = LbrHand(seat, high, low, np.zeros(10, np.uint64), {0: 0.3 * weights * free, 1: 0.7 * free}, board)
    return response_to(player), hand, state


def naive_values(player, hand, state, raises):
    """Every action's value by going over every hand of the range, in chips over the whole hand."""
    own = phevaluator.evaluate_cards(hand.high, hand.low, *hand.board)
    seat, other = hand.seat, 1 - hand.seat
    total = 0.0
    values = dict.fromkeys((FOLD, CALL, *raises), 0.0)
    for memo, reach in hand.reach.items():
        for index, pair in enumerate(PAIRS):
            if reach[index] == 0.0:
                continue
            assert not {*pair} & {hand.high, hand.low, *hand.board}
            theirs = phevaluator.evaluate_cards(*pair, *hand.board)
            sign = (own < theirs) - (own > theirs)
            total += reach[index]
            values[FOLD] -= reach[index] * state.contributions[seat]
            values[CALL] += reach[index] * sign * state.contributions[other]
            for size in raises:
                after = state.apply(size)
                for probability, then in player.outcomes(memo, state, size):
                    actions, sigma = player.strategy(then, after, hand.board)
                    folds = sigma[index, actions.index(FOLD)]
                    won = folds * state.contributions[other] + (1 - folds) * sign * size
                    values[size] += reach[index] * probability * won
    return {action: value / total for action, value in values.items()}


@pytest.mark.parametrize("seat", [0, 1])
def test_values_on_a_river(seat):
    player = RandomPlayer()
    response, hand, state = river_spot(player, seat)
    values = response.values(hand, state)
    pot_raise = 400 + 800  # the call makes a pot of 800
    assert list(values) == [FOLD, CALL, pot_raise, 20000]
    expected = naive_values(player, hand, state, [pot_raise, 20000])
    assert values == pytest.approx(expected, rel=1e-12, abs=1e-9)
    assert response.choose(hand, state) == max(expected, key=expected.get)


def test_rounds_left_out_are_called():
    response, hand, state = river_spot(BaselinePlayer("always-fold", 1326))
    assert response.values(hand, state)[20000] == 400 > response.values(hand, state)[CALL]
    assert response.choose(hand, state) in (1200, 20000)
    early = response_to(BaselinePlayer("always-fold", 1326), rounds=(1, 3))
    assert early.choose(hand, state) == CALL


def test_a_hopeless_hand_folds_and_a_sure_one_goes_all_in():
    response, hand, state = river_spot(BaselinePlayer("always-call", 1326))
    everyone = ~hands_holding((hand.high, hand.low, *hand.board)) * 1.0
    for text, action in (("Ks Kd", FOLD), ("3c 4d", 20000)):
        hand.reach = {0: np.zeros(1326)}
        hand.reach[0][hand_of_cards(*parse_cards(text))] = 1.0
        assert response.choose(hand, state) == action
    hand.reach = {0: everyone}
    assert response.choose(hand, state) == 20000


def test_range_follows_bayes_and_removed_cards():
    player = RandomPlayer()
    response = response_to(player, rounds=(2, 4))
    for number in range(1, 40, 2):  # LBR is the button and calls, then the other one acts
        hand = response.deal(5, number)
        own = (hand.high, hand.low)
        state = response.take(hand, BettingState.start(DEEP), CALL)
        after = response.answer(hand, state)
        action = after.history[0][1]
        actions, sigma = player.strategy(0, state, ())
        expected = sigma[:, actions.index(action)] * ~hands_holding(own)
        if action == CALL:
            assert hand.weight == 1.0
            response.deal_board(hand, 1)
            assert len({*hand.board, *own}) == 5
            expected = expected * ~hands_holding(hand.board)
        np.testing.assert_allclose(hand.range(), expected, rtol=1e-12)
        assert hand.value == 0.0 and set(hand.reach) <= {0, 1}


def plain_play(response, player, rules, seed, number):
    """One hand with all cards and actions drawn; LBR's choice alone is the one under test."""
    generator = np.random.default_rng([seed, number])
    deck = [int(card) for card in generator.permutation(52)]
    (own, theirs), board, seat = (deck[:2], deck[2:4]), deck[4 : 4 + sum(rules.board_cards)], number % 2
    seen = np.cumsum(rules.board_cards)
    reach = {player.start(): ~hands_holding(own) * 1.0}
    state, memo = BettingState.start(rules), player.start()
    while not state.is_over:
        shown = tuple(board[: seen[state.street]])
        reach = {key: part * ~hands_holding(shown) for key, part in reach.items()}
        if state.player == seat:
            action = response.choose(LbrHand(seat, max(own), min(own), None, reach, shown), state)
        else:
            actions, sigma = player.strategy(memo, state, shown)
            column = generator.choice(len(actions), p=sigma[hand_of_cards(*theirs)])
            action, before, reach = actions[column], reach, {}
            for key, part in before.items():
                reach[key] = part * player.strategy(key, state, shown)[1][:, column]
        then = player.outcomes(memo, state, action)
        memo = then[generator.choice(len(then), p=[p for p, _ in then])][1]
        before, reach = reach, {}
        for key, part in before.items():
            for probability, after in player.outcomes(key, state, action):
                reach[after] = reach.get(after, 0.0) + probability * part
        state = state.apply(action)
    by_seat = (own, theirs) if seat == 0 else (theirs, own)
    strengths = [-phevaluator.evaluate_cards(*cards, *board) for cards in by_seat]
    return payoffs(state.contributions, state.folded, strengths)[seat]


def test_estimate_is_that_of_plain_play_with_less_variance():
    rules = Game(load_config("flop_holdem").game).rules
    player = RandomPlayer()
    table = margins_before_the_flop(3, Communicator())
    response = response_to(player, rules, LIMIT_ACTIONS["fcr"], (1, 2), table)
    hands = 300
    ours = np.array([response.play(3, number) for number in range(hands)])
    plain = np.array([plain_play(response, player, rules, 3, number) for number in range(hands)])
    error = np.sqrt((ours.var() + plain.var()) / hands)
    assert abs(ours.mean() - plain.mean()) <= 3 * error
    assert ours.var() < 0.5 * plain.var()
    assert ours.mean() > 3 * error


@pytest.fixture
def luck_left_in(monkeypatch):
    monkeypatch.setattr(lbr_luck, "OF_CARDS", (0.0,) * 4)
    monkeypatch.setattr(lbr_luck, "OF_ACTIONS", (0.0,) * 4)


def test_always_fold_loses_its_blinds(luck_left_in):
    """The small blind to anyone, the big blind to a raise; without one it checks down and nobody wins on average."""
    player = BaselinePlayer("always-fold", 1326)
    table = np.zeros((1326, 1326), np.int32)  # with no margins before the flop a raise wins by folds alone
    response = response_to(player, table=table)
    assert [response.play(0, number) for number in range(6)] == [50.0, 100.0] * 3
    response = response_to(player, fractions=NO_LIMIT_ACTIONS["fc"], rounds=(4, 4))
    values = np.array([response.play(0, number) for number in range(1200)]).reshape(-1, 2)
    assert np.all(values[:, 0] == 50.0) and np.all(np.abs(values[:, 1]) <= 100.0)
    assert abs(values[:, 1].mean()) <= 3 * values[:, 1].std() / np.sqrt(len(values))


def test_luck_of_cards_is_zero_over_all_cards():
    response, hand, _ = river_spot(RandomPlayer())
    hand.board, turn = hand.board[:4], hand.range()
    before = response._against_range(hand, 400, response._margins_now(hand))
    mean, total = 0.0, 0.0
    for card in sorted(set(range(52)) - {hand.high, hand.low, *hand.board}):
        free = ~hands_holding((card,))
        there = replace(hand, board=(*hand.board, card), reach={0: turn * free})
        after = response._against_range(there, 400, response._margins_now(there))
        mean += luck_of_cards(before, after, 3) * float(turn @ free)
        total += float(turn @ free)
        assert abs(luck_of_cards(before, after, 3)) > 1.0
    assert abs(mean / total) < 1e-9


def test_luck_of_actions_is_zero_over_all_actions():
    mass, worth = [0.2, 3.0, 0.7], [-100.0, 40.0, 2000.0]
    luck = [luck_of_action(mass, worth, drawn, 0) for drawn in range(3)]
    assert luck[2] == 1.3 * (2000.0 - (0.2 * -100 + 3 * 40 + 0.7 * 2000) / 3.9)
    assert abs(np.dot(mass, luck)) < 1e-9
    # A call leaves what is called at stake; to a raise LBR gives up its hand where it would lose more.
    response, hand, state = river_spot(RandomPlayer())
    asked, margins = state.apply(1200), response._margins_now(hand)
    odds = float(hand.range() @ margins) / float(hand.range().sum())
    assert response._worth_after(hand, asked, CALL, hand.reach, margins) == 1200 * odds
    assert response._worth_after(hand, asked, 4000, hand.reach, margins) == 4000 * odds > -1200
    assert response._worth_after(hand, asked, 4000, hand.reach, -np.abs(margins)) == -1200


def test_luck_of_the_action_that_is_drawn_is_taken_out(monkeypatch):
    """Each action that may be drawn has its own, and over all of them it is zero."""

    def counted(uniform):
        monkeypatch.setattr(rng, "draw_unit", lambda stream: uniform)
        response, hand, state = river_spot(RandomPlayer())
        after = response.answer(hand, state.apply(1200))
        return after.history, (hand.value, float(hand.range().sum()))

    draws = np.linspace(0.001, 0.999, 60)
    without = dict(counted(uniform) for uniform in draws)
    monkeypatch.setattr(lbr_luck, "OF_ACTIONS", (0.0,) * 4)
    luck, mass = np.array([(without[line][0] - value, mass) for line, (value, mass) in map(counted, draws)]).T
    luck, first = np.unique(luck, return_index=True)
    assert len(luck) == len(without) > 1 and (np.abs(luck) > 1.0).all()
    assert abs(luck @ mass[first]) < 1e-9 * np.abs(luck * mass[first]).sum()


def test_luck_taken_out_shortens_the_interval_and_leaves_the_mean(monkeypatch):
    rules = Game(load_config("flop_holdem").game).rules
    table = margins_before_the_flop(3, Communicator())
    response = response_to(BaselinePlayer("random", 1326), rules, LIMIT_ACTIONS["fcr"], (1, 2), table)
    without = np.array([response.play(9, number) for number in range(1000)])
    for shares in ("OF_CARDS", "OF_ACTIONS"):
        monkeypatch.setattr(lbr_luck, shares, (0.0,) * 4)
    luck = np.array([response.play(9, number) for number in range(1000)]) - without
    assert abs(luck.mean()) <= 3 * luck.std() / np.sqrt(1000)
    assert without.var() < 0.9 * (luck + without).var()  # a quarter in the default game, whose pots grow


def test_always_call_on_rounds_3_to_4_loses_what_was_published():
    response = response_to(BaselinePlayer("always-call", 1326), rounds=(3, 4))
    values = np.array([response.play(0, number) for number in range(1600)]) / 100
    error = np.hypot(values.std() / np.sqrt(len(values)), 0.4 / 1.96)
    assert error < 2.0
    assert abs(values.mean() - 49.0) <= 2.5 * error


def test_sizes():
    state = BettingState.start(DEEP)  # the button completes 50, which makes a pot of 200
    sizes = {name: response_to(None, fractions=f).raises(state) for name, f in NO_LIMIT_ACTIONS.items()}
    assert sizes["fc"] == [] and sizes["fcp"] == [300] and sizes["fca"] == [20000] and sizes["fcpa"] == [300, 20000]
    assert sizes["56bets"][:2] == [200, 208] and len(NO_LIMIT_ACTIONS["56bets"]) == 56
    assert sizes["56bets"][-1] == 20000 and sizes["56bets"][-2] == 100 + round(0.05 * 1.15**54 * 200)
    limit = Game(load_config("limit_holdem").game).rules
    assert response_to(None, limit, (ALL_IN,)).raises(BettingState.start(limit)) == [20]


def test_every_baseline_names_its_outcomes():
    game = Game(load_config("flop_holdem").game)
    for name in (*BASELINES, "pot-odds"):
        player = open_player(name, game, Communicator())[1]
        state = BettingState.start(game.rules)
        assert player.outcomes(player.start(), state, CALL) == ((1.0, player.follow(None, state, CALL, 0.3)),)


def test_outcomes_are_what_following_gives():
    """A bet of 0.7 pots between the tree's 0.5 and 1: two places, as often as the draws of ``follow``."""
    tree = build_tree(
        Rules(stacks=(2000, 2000), blinds=(100, 50), board_cards=(0, 3)),
        SizeMenu(bets=((), (0.5, 1.0)), raises=((), (1.0,)), all_in=(False, True)),
    )
    place, state = start_place(tree), BettingState.start(tree.rules)
    for action in (CALL, CALL):
        place, state = follow(tree, place, state, action, 0.5), state.apply(action)
    found = outcomes(tree, place, state, 100 + 140)
    assert [then.state.contributions[0] for _, then in found] == [200, 300] and sum(p for p, _ in found) == 1.0
    draws = [follow(tree, place, state, 240, (i + 0.5) / 1000) for i in range(1000)]
    for probability, then in found:
        assert draws.count(then) / 1000 == pytest.approx(probability, abs=1e-3)
    assert outcomes(tree, place, state, 300) == ((1.0, follow(tree, place, state, 300, 0.9)),)


COMMAND = ("-m", "holdem_mpi.evaluate", "lbr", "--policy")


def test_command_gives_the_same_on_any_number_of_ranks(mpirun):
    options = ("always-call", "--game", "flop_holdem", "--hands", 120, "--seed", 4, "--json")
    one, two = (mpirun(ranks, *COMMAND, *options) for ranks in (1, 2))
    assert one.returncode == two.returncode == 0, one.stderr + two.stderr
    assert one.stdout == two.stdout and one.stdout.count("\n") == 1
    result = json.loads(one.stdout)
    assert result["actions"] == "fcr" and result["rounds"] == "1-2" and result["hands"] == 120
    assert result["unit"] == "mbb/h" and result["count"] == 120 == 2 * result["seats"][0]["count"]
    low, high = result["interval_95"]
    assert low < result["mean"] < high and high - low == pytest.approx(2 * 1.959964 * result["standard_error"])
    assert result["mean"] == pytest.approx(np.mean([seat["mean"] for seat in result["seats"]]))
    text = mpirun(1, *COMMAND, *options[:-1]).stdout.splitlines()
    assert text[1] == f"LBR wins {Estimate.from_json(result)}" and "mbb/h, 95 % interval" in text[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("always-call", "--game", "leduc"), ("leduc", "expects hold'em")),
        (
            ("always-call", "--game", "nolimit_3max_20bb", "--search-iterations", "5"),
            ("nolimit_3max_20bb", "3 players", "no search"),
        ),
        (("always-call",), ("always-call", "--game")),
        (("nowhere",), ("nowhere", "folder", "always-call")),
        (("always-call", "--game", "limit_holdem", "--actions", "fcpa"), ("--actions fcpa", "fc, fcr")),
        (("always-call", "--game", "nolimit_hu_20bb", "--rounds", "3-5"), ("--rounds 3-5", "1-4")),
        (("always-call", "--game", "nolimit_hu_20bb", "--hands", "7"), ("--hands 7", "even")),
        (("always-call", "--game", "nolimit_hu_20bb", "--half-width", "0"), ("--half-width", "above 0")),
    ],
)
def test_bad_input_is_one_line(mpirun, options, words):
    done = mpirun(1, *COMMAND, *options)
    assert done.returncode == 64 and done.stdout == "" and done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


def test_every_hand_is_worth_the_mean_of_its_pairs():
    """The river's margins of all hands against a uniform range add up to nothing."""
    board = tuple(parse_cards("Kh Kc 2s 7d 9h"))
    live = [card for card in range(52) if card not in board]
    margins = ShowdownMargins(5, None)
    assert sum(margins.of_hand(high, low, board).sum() for low, high in itertools.combinations(live, 2)) == 0.0
