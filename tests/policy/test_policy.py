"""A policy that is asked by name says what the code that plays it does, hand by hand."""

import itertools
import re

import numpy as np
import pytest
from helpers.small_blueprints import NO_LIMIT, holdem_blueprint, set_row

from holdem_mpi.cards import parse_cards
from holdem_mpi.config.load import load_config
from holdem_mpi.errors import UserError
from holdem_mpi.game.game import Game
from holdem_mpi.game.rules import BettingState
from holdem_mpi.policy.names import hand_names, hand_of
from holdem_mpi.policy.policy import Policy
from holdem_mpi.policy.tabular import TabularPolicy

BOARD = "Qh7h2c5sTd"
# The first card of these ranks in Leduc's deck.
PUBLIC = {"Q": 2, "K": 4}


def toy_policy(name, players=2):
    game, random = Game(load_config(name, {"game.players": players}).game), np.random.default_rng(4)
    layout = game.layout()
    probability, visited = np.empty(layout.num_pairs), random.random(layout.num_rows) < 0.8
    for start, end in itertools.pairwise(layout.first_pair_of_row()):
        probability[start:end] = random.dirichlet(np.ones(end - start))
    return Policy(game, TabularPolicy(layout, probability, visited))


@pytest.fixture(scope="module")
def holdem():
    blueprint = holdem_blueprint()
    policy = Policy(Game(NO_LIMIT), blueprint.policy, blueprint.tables, "small")
    assert policy.game.layout((169, 5, 4, 3)).fingerprint() == blueprint.policy.layout.fingerprint()
    return policy


def played(policy, betting, cards, hand, draw=lambda number: 0.0):
    """What the playing code does: (actions, float64[action])."""
    player, state = policy.player, BettingState.start(policy.game.rules)
    memo = player.start()
    for number, name in enumerate(re.findall(r"c|r\d+", betting)):
        action = int(name[1:]) if name[0] == "r" else 0
        memo = player.follow(memo, state, action, draw(number))
        state = state.apply(action)
    return state, player.strategy_of_hand(memo, state, cards, hand)


@pytest.mark.parametrize(("name", "players"), [("kuhn", 2), ("kuhn", 3), ("leduc", 2), ("leduc", 3)])
def test_every_decision_of_the_toy_games(name, players):
    """All bettings by ``children``; every board; every hand: what rows say, reach by the product of own actions."""
    policy, seen = toy_policy(name, players), 0
    tree, deck = policy.blueprint.tree, policy.game.toy_deck

    def walk(betting, reach_of_rank):
        nonlocal seen
        for board in PUBLIC if betting.count("/") else ("",):
            found = policy.decision(board, betting)
            seen += board in ("", "Q")
            assert found.betting == betting and found.node >= 0 and found.translated == ()
            assert found.player == tree.player_of_node[found.node] and found.street == tree.street_of_node[found.node]
            assert found.pot + sum(found.stacks) == sum(policy.game.rules.stacks)
            for hand in range(deck.num_cards):
                if hand in found.board:
                    assert found.buckets[hand] == -1 and not found.visited[hand]
                    assert not found.probabilities[hand].any() and not found.reach[:, hand].any()
                    continue
                bucket = deck.bucket(hand, found.board[0] if board else None)
                sigma, visited = policy.tabular.of_row(found.node, bucket)
                assert found.buckets[hand] == bucket and found.visited[hand] == visited
                np.testing.assert_array_equal(found.probabilities[hand], sigma)
            product = np.where(np.isin(np.arange(deck.num_cards), found.board), 0.0, reach_of_rank(board))
            np.testing.assert_allclose(found.reach, product, rtol=1e-12)
        for column, child in enumerate(found.children):
            if child is None:
                continue

            def after(board, node=found.node, column=column, player=found.player):
                reach = reach_of_rank(board).copy()
                public = PUBLIC[board] if tree.street_of_node[node] > 0 else None
                for hand in range(deck.num_cards):
                    reach[player, hand] *= policy.tabular.of_row(node, deck.bucket(hand, public))[0][column]
                return reach

            walk(child, after)

    walk("", lambda board: np.ones((players, deck.num_cards)))
    assert seen == (tree.player_of_node >= 0).sum()


def test_names_of_toy_cards():
    policy = toy_policy("leduc")
    assert hand_names(policy.game) == ["J", "J", "Q", "Q", "K", "K"]
    found = policy.action_probabilities("K", board="K", betting="cr3c/r7")
    assert list(found) == ["f", "c", "r11"] and sum(found.values()) == pytest.approx(1)
    other = policy.decision("K", "crc/r")
    assert other.betting == "cr3c/r7" and other.by_action(5) == found and other.board == (4,)
    assert other.pot == 10 and other.to_call == 4 and other.stacks == (93, 97)
    assert policy.action_probabilities("Q", board="K", betting="cr3c/r7") != found


@pytest.mark.parametrize(
    "betting", ["", "r30", "c", "r30c/", "r30c/r60", "cc/r20r60c/", "cc/cc/r30", "cc/cc/cc/r30", "r30c/cc/cc/"]
)
def test_holdem_is_what_is_played(holdem, betting):
    board = BOARD[: 2 * (0, 3, 4, 5)[betting.count("/")]]
    cards = tuple(parse_cards(board))
    found = holdem.decision(board, betting)
    assert found.translated == () and found.node >= 0 and found.board == cards
    for name in ("AhKh", "AsAc", "9c8c", "QdQs", "Jd3s"):
        hand = hand_of(holdem.game, name, cards)
        state, (actions, sigma) = played(holdem, betting, cards, hand)
        assert found.by_action(hand) == holdem.action_probabilities(name, board=board, betting=betting)
        assert list(found.by_action(hand).values()) == sigma.tolist() and len(found.actions) == len(actions)
        assert hand_names(holdem.game)[hand] in (name, name[2:] + name[:2])
        assert (found.buckets[hand] >= 0) and found.visited[hand]
    assert found.player == state.player and found.pot == sum(state.contributions)
    assert found.stacks == tuple(state.stack(seat) for seat in (0, 1)) and found.to_call == state.legal().call_amount
    blocked = np.isin(np.tril_indices(52, -1), cards).any(axis=0)
    assert ((found.probabilities.sum(axis=1) < 0.5) == blocked).all() and (found.buckets[blocked] == -1).all()
    assert not found.reach[:, blocked].any() and found.reach[:, ~blocked].min() >= 0
    for child in filter(None, found.children):
        more = BOARD[: 2 * (0, 3, 4, 5)[child.count("/")]]
        assert holdem.decision(more, child).betting == child


def test_reach_is_bayes_along_the_line():
    """A hand that never raises before the flop is not in the raiser's range; the other player's is not touched."""
    blueprint = holdem_blueprint()
    policy = Policy(Game(NO_LIMIT), blueprint.policy, blueprint.tables)
    first = policy.decision()
    aces = hand_of(policy.game, "AhAd", ())
    set_row(blueprint, 0, first.buckets[aces], np.eye(len(first.actions))[first.actions.index("c")])
    found = policy.decision("Qh7h2c", "r30c/")
    raised = first.actions.index("r30")
    assert found.reach[1, aces] == 0 and found.reach[0, aces] > 0
    kings = hand_of(policy.game, "KhKd", found.board)
    answer = policy.decision("", "r30")
    assert found.reach[1, kings] == first.probabilities[kings, raised]
    assert found.reach[0, kings] == answer.probabilities[kings, answer.actions.index("c")]


def test_bets_that_the_tree_lacks_are_translated_and_told(holdem):
    """r75 after the flop is between half a pot, r60, and a pot, r90; the more probable one is taken, for good."""
    found = holdem.decision("Qh7h2c", "r30c/r75")
    (told,) = found.translated
    assert told.betting == "r30c/" and told.action == "r75" and told.taken in ("r60", "r90")
    chances = dict(told.candidates)
    assert list(chances) == ["r60", "r90"] and sum(chances.values()) == pytest.approx(1)
    assert chances[told.taken] == max(chances.values()) and "r75 taken for " + told.taken in str(told)
    cards, hand = found.board, hand_of(holdem.game, "AhKh", found.board)
    draw = lambda number: 0.0 if told.taken == "r60" else 0.999999  # noqa: E731
    state, (actions, sigma) = played(holdem, "r30c/r75", cards, hand, draw)
    assert found.by_action(hand) == dict(zip(["f", "c", *(f"r{a}" for a in actions if a > 0)], sigma.tolist()))
    assert found.pot == 30 + 75 + 30 - 30 and found.betting == "r30c/r75" and state.player == found.player
    same = holdem.decision("Qh7h2c", f"r30c/{told.taken}")
    np.testing.assert_array_equal(found.reach, same.reach)
    np.testing.assert_array_equal(found.buckets, same.buckets)


def test_where_the_tree_has_no_place_it_checks_or_calls(holdem):
    found = holdem.decision("", "r30r90r170r200")
    assert found.node == -1 and found.actions == ("c",) and (found.probabilities == 1).all()
    assert not found.visited.any() and (found.buckets == -1).all() and found.translated[-1].taken == ""
    hand = hand_of(holdem.game, "AhKh", ())
    assert played(holdem, "r30r90r170r200", (), hand)[1][1].tolist() == found.probabilities[hand].tolist()


@pytest.mark.parametrize(
    ("board", "betting", "words"),
    [
        ("", "r15", ("at the start", "f, c, r20 to r200", "'r15'")),
        ("", "r30r35", ("after 'r30'", "r50 to r200")),
        ("", "x", ("at the start", "f, c", "'x'")),
        ("", "r", ("r20 to r200",)),
        ("", "r30c", ("board", "3 cards", "Qh7h2c")),
        ("Qh7h", "r30c/", ("board 'Qh7h'", "3 cards")),
        ("Qh7h2c", "", ("board", "no cards")),
        ("", "r30/", ("after 'r30'", "the street is not over")),
        ("Qh7h2c", "r30cc", ("after 'r30c'", "/")),
        ("Qh7h2c", "r30c//", ("the street is not over",)),
        ("", "f", ("ends the betting",)),
        ("", "ff", ("after 'f'", "the betting is over")),
        ("", "r200c", ("ends the betting",)),
        ("Qh7h2x", "cc", ("2x",)),
        ("Qh7hQh", "cc", ("twice",)),
    ],
)
def test_what_cannot_be_is_said_in_a_line(holdem, board, betting, words):
    with pytest.raises(UserError) as caught:
        holdem.decision(board, betting)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_bad_hands(holdem):
    for hand, word in (("Qh3c", "Qh lies on the board"), ("AhK", "two cards"), ("AhAh", "twice"), ("", "two cards")):
        with pytest.raises(UserError, match=word):
            holdem.action_probabilities(hand, board="Qh7h2c", betting="cc")
    leduc = toy_policy("leduc")
    for hand, board, word in (("A", "Q", "one of J, Q, K"), ("K", "A", "one of J, Q, K"), ("K", "QK", "1 cards")):
        with pytest.raises(UserError, match=word):
            leduc.action_probabilities(hand, board=board, betting="cc/")
    with pytest.raises(UserError, match="all cards of this rank"):
        hand_of(leduc.game, "K", (4, 5))


def test_holdem_needs_tables(holdem):
    with pytest.raises(ValueError, match="needs the tables"):
        Policy(holdem.game, holdem.tabular)
