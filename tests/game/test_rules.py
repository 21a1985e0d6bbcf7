"""The rules of betting, against pokerkit and OpenSpiel, and by hand from the published rules."""

import dataclasses
from collections import Counter

import pyspiel
import pytest

from benchmarks.checks.rules import check
from holdem_mpi.errors import ConfigError
from holdem_mpi.game.pots import payoffs
from holdem_mpi.game.rules import CALL, FOLD, BettingState, IllegalAction, Legal, Rules, kuhn_rules, leduc_rules


def played(rules, *actions):
    state = BettingState.start(rules)
    for action in actions:
        state = state.apply(action)
    return state


def raises(state):
    return state.legal()[2:]


def children(state):
    """Next states by action; of the raises only the smallest."""
    legal = state.legal()
    actions = [FOLD] * legal.can_fold + [CALL] + [legal.min_raise_to] * (legal.min_raise_to > 0)
    return {action: state.apply(action) for action in actions}


def test_2000_random_hands_agree_with_pokerkit_after_every_action():
    seen = check(hands=2000, seed=7)
    assert seen["mismatches"] == 0
    assert min(seen["all-ins"], seen["showdowns"], seen["side pots"]) > 1000
    assert min(seen["split pots"], 10 * seen["closed by a short all-in"], 20 * seen["reopened otherwise"]) > 200


# OpenSpiel's games. Deals: a card for each player and, for Leduc, the public card.
KUHN_DEALS = {n: [tuple((first + i) % (n + 1) for i in range(n)) for first in range(n + 1)] for n in (2, 3, 4)}
LEDUC_DEALS = {
    2: [(0, 2, 4), (2, 0, 4), (0, 1, 4), (0, 2, 1)],
    3: [(0, 2, 4, 6), (4, 2, 0, 6), (4, 5, 0, 7), (0, 2, 4, 3)],
}


def spiel_action(name, legal, action):
    if name == "leduc_poker":
        return min(action, 1) + 1
    return int(action > 0 or (action == CALL and legal.can_fold))


def assert_same_tree(name, other, state, cards, strengths):
    """Walk both trees at once; returns the number of decisions."""
    players = state.rules.num_players
    while other.is_chance_node():
        dealt = sum(other.full_history()[i].player < 0 for i in range(len(other.full_history())))
        other.apply_action(cards[dealt])
    assert [int(chips) for chips in other.observation_tensor(0)[-players:]] == list(state.contributions)
    assert other.is_terminal() == state.is_over
    if state.is_over:
        assert payoffs(state.contributions, state.folded, strengths) == pytest.approx(other.returns())
        return 0
    assert other.current_player() == state.player
    steps = {spiel_action(name, state.legal(), action): child for action, child in children(state).items()}
    assert sorted(steps) == other.legal_actions()
    return 1 + sum(assert_same_tree(name, other.child(a), child, cards, strengths) for a, child in steps.items())


@pytest.mark.parametrize(("players", "decisions"), [(2, 4), (3, 12), (4, 32)])
def test_kuhn_is_openspiels(players, decisions):
    game = pyspiel.load_game("kuhn_poker", {"players": players})
    for cards in KUHN_DEALS[players]:
        start = BettingState.start(kuhn_rules(players))
        assert assert_same_tree("kuhn_poker", game.new_initial_state(), start, cards, cards) == decisions


@pytest.mark.parametrize("players", [2, 3])
def test_leduc_is_openspiels(players):
    game = pyspiel.load_game("leduc_poker", {"players": players})
    for cards in LEDUC_DEALS[players]:
        public = cards[-1] // 2
        strengths = [card // 2 + 100 * (card // 2 == public) for card in cards[:-1]]
        start = BettingState.start(leduc_rules(players))
        decisions = assert_same_tree("leduc_poker", game.new_initial_state(), start, cards, strengths)
        assert decisions == {2: 36, 3: 489}[players]


def limit_holdem():
    return Rules((1000, 1000), (10, 5), betting="fixed_limit", raise_sizes=(10, 10, 20, 20), max_raises=(3, 4, 4, 4))


def test_heads_up_limit_holdem_has_the_published_number_of_betting_sequences():
    count = Counter()
    states = [BettingState.start(limit_holdem())]
    while states:
        state = states.pop()
        if not state.is_over:
            count[state.street] += 1
            states += children(state).values()
    assert count == {0: 8, 1: 70, 2: 630, 3: 5670}


def test_heads_up_the_small_blind_is_the_button_and_opens():
    state = BettingState.start(Rules((20000, 20000), (100, 50)))
    assert (state.player, state.contributions, state.legal()) == (1, (100, 50), Legal(True, 50, 200, 20000))
    state = state.apply(CALL)
    assert (state.player, state.legal()) == (0, Legal(False, 0, 200, 20000))  # the big blind's option
    state = state.apply(CALL)
    assert (state.street, state.player, state.legal()) == (1, 0, Legal(False, 0, 200, 20000))


def test_raises_count_the_chips_of_the_whole_hand():
    state = played(Rules((20000, 20000), (100, 50)), 300, 900, CALL)
    assert state.street == 1 and raises(state) == (1000, 20000)
    state = state.apply(1800)
    assert raises(state) == (2700, 20000)  # a bet of 900, so a raise of 900 more
    state = state.apply(3600).apply(CALL).apply(CALL).apply(20000)
    assert state.legal() == Legal(True, 16400, 0, 0)
    state = state.apply(CALL)
    assert state.is_over and state.is_showdown and state.player == -1 and state.street == 2
    assert state.is_all_in(0) and state.stack(1) == 0
    assert state.history == ((300, 900, 0), (1800, 3600, 0), (0, 20000, 0))


def test_three_players_go_round_from_the_left_of_the_big_blind_and_skip_who_folded():
    state = BettingState.start(Rules((1000,) * 3, (5, 10, 0)))
    turns = []
    for action in (CALL, FOLD, CALL, CALL, 40, FOLD):
        turns.append(state.player)
        state = state.apply(action)
    assert turns == [2, 0, 1, 1, 2, 1]
    assert state.is_over and not state.is_showdown and state.legal() == Legal(False, 0, 0, 0)
    assert payoffs(state.contributions, state.folded, (0, 0, 0), "seat") == [-5, -10, 15]


def test_antes_come_before_blinds_and_short_stacks_pay_what_they_have():
    state = BettingState.start(Rules((3, 6, 50, 50), (4, 8, 0, 0), ante=5))
    assert state.contributions == (3, 6, 5, 5)
    assert state.is_all_in(0) and state.is_all_in(1)
    assert (state.player, state.legal()) == (2, Legal(True, 8, 21, 50))
    over = BettingState.start(Rules((3, 50), (10, 5)))
    assert over.is_over and over.is_showdown and over.street == 0
    assert payoffs(over.contributions, over.folded, (2, 1), "seat") == [3, -3]


def test_antes_by_seat_are_dead_chips_in_the_pot():
    state = BettingState.start(Rules((9000, 12000, 7000), (100, 200, 0), antes=(0, 300, 0)))
    assert state.contributions == (100, 200, 0) and state.pot == 600 and state.stakes == (200, 300, 100)
    assert state.legal() == Legal(True, 200, 400, 7000)
    assert [state.stack(seat) for seat in range(3)] == [8900, 11500, 7000]
    over = state.apply(500).apply(FOLD).apply(FOLD)
    assert payoffs(over.contributions, over.folded, (0, 0, 0), "seat", over.rules.antes_paid) == [-100, -500, 600]
    # The big blind pays his ante first, and the rest is less than the blind; others still owe all of it.
    short = BettingState.start(Rules((1000, 350, 1000), (100, 200, 0), antes=(0, 300, 0)))
    assert short.contributions == (100, 50, 0) and short.is_all_in(1) and short.legal() == Legal(True, 200, 400, 1000)
    # Who has no more than his ante plays for antes alone; side pot and antes are won apart.
    gone = BettingState.start(Rules((1000, 80, 1000), (100, 200, 0), antes=(50, 100, 0)))
    assert gone.stack(1) == 0 and gone.is_all_in(1) and gone.rules.antes_paid == (50, 80, 0)
    over = gone.apply(CALL).apply(CALL)
    while not over.is_over:
        over = over.apply(CALL)
    assert payoffs(over.contributions, over.folded, (1, 3, 2), "seat", over.rules.antes_paid) == [-250, 50, 200]
    assert Rules((9, 9), (1, 2), antes=(0, 0)) == Rules((9, 9), (1, 2))


def test_after_a_straddle_the_next_seat_opens():
    state = BettingState.start(Rules((500,) * 5, (5, 10, 20, 0, 0)))
    assert (state.player, raises(state)) == (3, (40, 500))


def test_tda_rule_47_short_all_ins_that_add_up_to_a_full_raise_reopen_the_betting():
    # Blinds 50-100, after the flop: A bets 100, B all-in 125, C calls, D all-in 200, E calls. A faces 100 more.
    rules = Rules((5000, 225, 5000, 300, 5000), (50, 100, 0, 0, 0))
    state = played(rules, CALL, CALL, CALL, CALL, CALL, 200, 225, CALL, 300, CALL)
    assert (state.player, state.legal()) == (0, Legal(True, 100, 400, 5000))
    # A only calls; C, who called 125, faces 75, less than a full raise.
    state = state.apply(CALL)
    assert (state.player, state.legal()) == (2, Legal(True, 75, 0, 0))


def test_tda_rule_47_a_short_all_in_leaves_the_betting_closed_to_who_has_acted_only():
    # The first bets 500, the second is all-in for 700, the third may raise, then the first may not.
    rules = Rules((5000, 900, 5000), (100, 200, 0))
    state = played(rules, CALL, CALL, CALL, 700, 900)
    assert (state.player, state.legal()) == (2, Legal(True, 700, 1400, 5000))
    called = state.apply(CALL)
    assert (called.player, called.legal()) == (0, Legal(True, 200, 0, 0))
    raised = state.apply(1400)
    assert (raised.player, raises(raised)) == (0, (1900, 5000))


def test_tda_rule_47_a_short_all_in_does_not_reopen_the_betting_to_who_limped():
    rules = Rules((1000, 1000, 1000, 150), (50, 100, 0, 0))
    limped = played(rules, CALL, 150)
    assert limped.apply(FOLD).legal() == Legal(True, 50, 250, 1000)  # the big blind has not acted
    state = limped.apply(FOLD).apply(CALL)
    assert (state.player, state.legal()) == (2, Legal(True, 50, 0, 0))
    raised = limped.apply(FOLD).apply(250)
    assert (raised.player, raised.legal()) == (2, Legal(True, 150, 350, 1000))
    # Two of them that add up to a full raise do: the limper faces 110.
    twice = played(Rules((1000, 1000, 1000, 150, 210), (50, 100, 0, 0, 0)), CALL, 150, 210, FOLD, CALL)
    assert (twice.player, twice.legal()) == (2, Legal(True, 110, 310, 1000))
    # After a check, likewise: an all-in bet of less than the smallest one.
    checked = played(Rules((1000, 1000, 140), (50, 100, 0)), CALL, CALL, CALL, CALL, CALL, 140, CALL)
    assert (checked.street, checked.player, checked.legal()) == (1, 1, Legal(True, 40, 0, 0))
    fixed = Rules((100, 100, 100, 14), (5, 10, 0, 0), betting="fixed_limit", raise_sizes=(10, 10, 20, 20))
    state = played(fixed, CALL, 14, FOLD, CALL)
    assert (state.player, state.legal()) == (2, Legal(True, 4, 0, 0))


def test_of_a_big_blind_who_cannot_post_in_full_the_others_owe_the_full_blind():
    state = BettingState.start(Rules((1000, 60, 1000), (50, 100, 0)))
    assert (state.player, state.legal()) == (2, Legal(True, 100, 200, 1000))
    state = state.apply(CALL)
    assert (state.player, state.legal()) == (0, Legal(True, 50, 200, 1000))
    flop = state.apply(CALL)
    assert (flop.street, flop.player, flop.contributions) == (1, 0, (100, 60, 100))
    assert payoffs(flop.apply(CALL).apply(CALL).contributions, (False,) * 3, (1, 3, 2), "seat") == [-100, 120, -20]
    # A stack between what he posted and the full blind calls all-in; it does not raise.
    short = BettingState.start(Rules((1000, 60, 80), (50, 100, 0)))
    assert short.legal() == Legal(True, 80, 0, 0)
    # With an ante, which a short stack pays first, and a straddle that is short.
    assert BettingState.start(Rules((1000, 60, 1000), (50, 100, 0), 10)).legal() == Legal(True, 100, 210, 1000)
    assert BettingState.start(Rules((500, 500, 150, 500), (50, 100, 200, 0))).legal() == Legal(True, 200, 400, 500)


def test_against_a_short_big_blind_alone_a_call_costs_what_he_has():
    state = played(Rules((1000, 60, 1000), (50, 100, 0)), FOLD)
    assert (state.player, state.legal()) == (0, Legal(True, 10, 0, 0))
    over = state.apply(CALL)
    assert over.is_over and over.contributions == (60, 60, 0)
    # The small blind has posted as much already: nothing is left to decide.
    assert played(Rules((1000, 40, 1000), (50, 100, 0)), FOLD).is_over
    assert BettingState.start(Rules((40, 1000), (100, 50))).is_over


def test_tda_rule_47_what_a_player_faces_decides_whatever_came_last():
    # A raise of 10 to 20, all-ins of 6 and 6 more (a full raise together) and of another 3: 15 faced, open. In pokerkit
    # the last one closes the betting.
    rules = Rules((35, 500, 500, 26, 32), (5, 10, 0, 0, 0))
    opened = played(rules, 20, 26, 32, FOLD, CALL)
    assert (opened.player, opened.legal()) == (2, Legal(True, 12, 42, 500))
    still = played(rules, 20, 26, 32, 35, CALL)
    assert (still.player, still.legal()) == (2, Legal(True, 15, 45, 500))


def test_a_player_who_owes_nothing_is_not_asked_when_all_others_are_all_in():
    state = played(Rules((10, 100, 50), (5, 10, 0)), FOLD, CALL)
    assert state.is_over and state.is_showdown and state.contributions == (10, 10, 0)


def test_nobody_raises_when_nobody_is_left_to_call_it():
    state = played(Rules((100, 40), (10, 5)), 40)
    assert (state.player, state.legal()) == (0, Legal(True, 30, 0, 0))


def test_betting_goes_on_between_those_with_chips_beside_an_all_in():
    state = played(Rules((100, 100, 20), (5, 10, 0)), 20, CALL, CALL)
    assert (state.street, state.player, state.is_all_in(2)) == (1, 0, True)
    state = state.apply(100).apply(CALL)
    assert state.is_over and state.street == 1 and state.history == ((20, 0, 0), (100, 0))


def test_caps_hold_in_both_kinds_of_betting():
    assert raises(played(limit_holdem(), 20, 30, 40)) == (0, 0)
    assert raises(played(limit_holdem(), 20, 30, CALL, 40, 50, 60)) == (70, 70)
    assert raises(played(limit_holdem(), 20, 30, CALL, 40, 50, 60, 70)) == (0, 0)
    capped = Rules((20000, 20000), (100, 50), max_raises=(1, None, 0, 0))
    assert raises(played(capped, 250)) == (0, 0)
    assert raises(played(capped, 250, CALL, 350, 450)) == (550, 20000)
    assert raises(played(capped, 250, CALL, CALL, CALL)) == (0, 0)


def test_in_fixed_limit_a_short_stack_raises_all_in_for_less():
    rules = Rules((100, 14, 100), (5, 10, 0), betting="fixed_limit", raise_sizes=(10, 10, 20, 20))
    state = played(rules, CALL, CALL)
    assert (state.player, state.legal()) == (1, Legal(False, 0, 14, 14))


@pytest.mark.parametrize(
    ("actions", "action", "text"),
    [
        ((), 150, "seat 1 cannot bet or raise to 150 chips; legal: 200 to 20000"),
        ((), 20001, "legal: 200 to 20000"),
        ((), -2, "expected -1"),
        ((CALL,), FOLD, "seat 0 cannot fold: there is no bet to call"),
        ((20000,), 20000, "legal: none"),
        ((FOLD,), CALL, "the betting is over"),
    ],
)
def test_illegal_actions_are_refused(actions, action, text):
    with pytest.raises(IllegalAction, match=text):
        played(Rules((20000, 20000), (100, 50)), *actions).apply(action)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("stacks", {"stacks": (100,), "blinds": (1,)}),
        ("stacks", {"stacks": (100, 0)}),
        ("stacks", {"stacks": "100"}),
        ("blinds", {"blinds": (2, 1, 0)}),
        ("blinds", {"blinds": (0, 0)}),
        ("ante", {"ante": -1}),
        ("ante", {"ante": 0.5}),
        ("antes", {"antes": (1, -1)}),
        ("antes", {"antes": (1,)}),
        ("antes", {"antes": (1, 0), "ante": 1}),
        ("betting", {"betting": "pot_limit"}),
        ("board_cards", {"board_cards": (0, 3, 1, 1, 1)}),
        ("board_cards", {"board_cards": (0, 5, 1)}),
        ("first_to_act", {"first_to_act": (1, 0)}),
        ("first_to_act", {"first_to_act": (1, 0, 0, 2)}),
        ("raise_sizes", {"raise_sizes": (2, 2, 4, 4)}),
        ("raise_sizes", {"betting": "fixed_limit", "raise_sizes": (2, 2)}),
        ("max_raises", {"max_raises": (4,)}),
        ("max_raises", {"max_raises": (4, 4, 4, -1)}),
        ("max_raises", {"max_raises": 4}),
        ("min_bet", {"min_bet": 0}),
        ("min_bet", {"betting": "fixed_limit", "raise_sizes": (2, 2, 4, 4), "min_bet": 2}),
    ],
)
def test_unusable_rules_are_refused_by_the_fields_name(field, change):
    with pytest.raises(ConfigError, match=f"^{field}[: ].*expected|^{field}: only for") as caught:
        Rules(**({"stacks": (100, 100), "blinds": (2, 1)} | change))
    assert "\n" not in str(caught.value)


def test_defaults_are_filled_in_and_lists_become_tuples():
    rules = Rules([100, 100, 100], [1, 2, 0], max_raises=[])
    assert rules == Rules((100,) * 3, (1, 2, 0), first_to_act=(2, 0, 0, 0), max_raises=(None,) * 4, min_bet=2)
    assert hash(rules) == hash(dataclasses.replace(rules))
    assert Rules((9, 9), (0, 0), ante=1).first_to_act == (0, 0, 0, 0)
    assert Rules((9, 9), (0, 0), ante=1).min_bet == 1
