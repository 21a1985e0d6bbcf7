"""A searching player's strategy is that of its whole range, the same whenever it is asked, and told by source."""

import numpy as np
import pytest
from helpers.fake_searches import BlueprintSearch
from helpers.search_roots import BOARDS, pattern_abstraction
from helpers.small_blueprints import RULES, holdem_blueprint

from holdem_mpi.cards import hands_holding, parse_cards
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.config.search_effort import SearchEffort, effort_of, parse_iterations, parse_streets
from holdem_mpi.errors import UserError
from holdem_mpi.game.rules import CALL, BettingState
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.ranges import LEAST, ranges_of_history
from holdem_mpi.search.counted_search import CountedSearch
from holdem_mpi.search.decision_root import purified
from holdem_mpi.search.search_audit import audit_json, audit_lines
from holdem_mpi.search.search_player import SearchPlayer

BOARD = tuple(parse_cards(BOARDS[3]))
CHECKED, BET = ((CALL, CALL),) * 3, (*((CALL, CALL),) * 3, (20,))
PLAYER = BlueprintPlayer("b", holdem_blueprint())
COUNTS = (2, 3, 4)


def state_after(history):
    state = BettingState.start(RULES)
    for action in (action for actions in history for action in actions):
        state = state.apply(action)
    return state


def place_of(history):
    return ranges_of_history(PLAYER.blueprint, history, BOARD, lambda number: 0.5).place


def asked(player, history):
    state = state_after(history)
    return player.strategy(place_of(history), state, BOARD[: (0, 3, 4, 5)[state.street]])


def pruned_row(weight, least=5e-3):
    return np.where(weight < least * weight.max(), 0.0, weight)


def searching_player(seed=0, least_iterations=1, service=None, **settings):
    sizes = {"later_bets": [1.0], "later_raises": [], "least_drawn": 1}
    config = SearchConfig(seed=seed, least_iterations=least_iterations, **sizes, **settings)
    service = service or CountedSearch(config, COUNTS, pattern_abstraction())
    return SearchPlayer(PLAYER, service, config, SearchEffort(iterations=COUNTS))


@pytest.mark.parametrize("history", [CHECKED[:2], CHECKED, BET])
def test_every_hand_has_a_strategy_and_it_does_not_depend_on_what_was_asked_before(history):
    first, second = searching_player(), searching_player()
    asked(second, BET)
    actions, sigma = asked(first, history)
    again = asked(second, history)
    assert actions == again[0] and np.array_equal(sigma, again[1])
    free = ~hands_holding(BOARD[: (0, 3, 4, 5)[state_after(history).street]])
    assert np.allclose(sigma[free].sum(axis=1), 1.0) and (sigma[~free] == 0).all() and (sigma >= 0).all()
    assert asked(first, history)[0] == actions and first.audit.sums[state_after(history).street, 0] == 1
    of_seed = asked(searching_player(seed=9), history)[1]
    assert not np.array_equal(sigma, of_seed), "cards to come are drawn by the seed, now or at the decisions before"


def test_too_little_is_the_blueprints_bit_by_bit_and_told():
    player = searching_player(least_iterations=100)
    for history in (CHECKED, BET, ((CALL, CALL), (45,))):
        actions, sigma = asked(player, history)
        state = state_after(history)
        expected = PLAYER.strategy(place_of(history), state, BOARD[: (0, 3, 4, 5)[state.street]])
        assert actions == expected[0] and np.array_equal(sigma, expected[1])
    assert player.audit.sums[:, 2].tolist() == [0, 3, 2, 2] and player.audit.sums[:, :2].sum() == 0


def test_before_the_flop_the_blueprint_plays_but_off_its_tree():
    search = BlueprintSearch(PLAYER)
    player = searching_player(service=search)
    state = BettingState.start(RULES)
    _, sigma = player.strategy(player.start(), state, ())
    assert search.roots == [] and np.array_equal(sigma, PLAYER.strategy(player.start(), state, ())[1])
    off_tree = state_after(((30, 90, 170, 200),))
    place = place_of(((30, 90, 170, 200),))
    assert place.node < 0 and player.strategy(place, off_tree, ())[0] == (CALL,) and len(search.roots) == 1


def test_its_own_range_is_what_it_has_played_and_the_others_the_blueprints():
    class Splits(BlueprintSearch):
        """Bets with even hands, checks with odd ones."""

        def strategy(self, root):
            actions, sigma = super().strategy(root)
            if root.state.history != state_after(CHECKED).history:
                return actions, sigma
            split = np.zeros((1326, len(actions)))
            split[::2, -1] = split[1::2, 0] = 1.0
            return actions, split * ~hands_holding(root.board)[:, None]

    search = Splits(PLAYER)
    player = searching_player(service=search)
    bet = asked(player, CHECKED)[0][-1]
    history = (*CHECKED, (bet, CALL))[:3] + ((bet, 200),)
    state = state_after(history)
    assert state.player == state_after(CHECKED).player
    asked(player, history)
    root, by_blueprint = (
        search.roots[-1],
        ranges_of_history(PLAYER.blueprint, (*CHECKED[:3], (bet,)), BOARD, lambda number: 0.5).weight,
    )
    own, other = state.player, 1 - state.player
    assert root.state.history == (*CHECKED[:3], (bet,)) and root.taken == 200 and root.player == own
    before = ranges_of_history(PLAYER.blueprint, CHECKED, BOARD, lambda number: 0.5).weight[own]
    expected = before * np.where(np.arange(1326) % 2, LEAST, 1.0)
    assert np.allclose(root.weight[own], pruned_row(expected / expected.max()))
    assert np.allclose(root.weight[other], pruned_row(by_blueprint[other]))


def test_rare_actions_are_left_out_of_all_that_is_played():
    sigma = np.array([[0.04, 0.06, 0.9], [0.3, 0.3, 0.4], [0.0, 0.0, 0.0], [0.02, 0.02, 0.96]])
    assert purified(sigma, 0.0) is sigma
    assert np.allclose(purified(sigma, 0.05), [[0, 0.0625, 0.9375], [0.3, 0.3, 0.4], [0, 0, 0], [0, 0, 1]])
    assert np.allclose(purified(sigma, 0.5), [[0, 0, 1], [0, 0, 1], [0, 0, 0], [0, 0, 1]])
    assert purified(np.array([0.2, 0.8]), 0.3).tolist() == [0.0, 1.0]
    plain, rounded = (searching_player(service=BlueprintSearch(PLAYER), purify=least) for least in (0.0, 0.25))
    assert "actions below 25 % left out" in rounded.name and "left out" not in plain.name
    for history in (((),), CHECKED, BET):  # before the flop the blueprint plays
        (actions, sigma), (same, left) = asked(plain, history), asked(rounded, history)
        assert actions == same and np.allclose(left, purified(sigma, 0.25)) and not np.allclose(left, sigma)
        state = state_after(history)
        board = BOARD[: (0, 3, 4, 5)[state.street]]
        assert np.allclose(rounded.strategy_of_hand(place_of(history), state, board, 1325)[1], left[1325])


def test_the_audit_adds_up():
    player = searching_player()
    for history in (CHECKED, BET, CHECKED):
        asked(player, history)
    found = audit_json(player.audit.sums)
    assert list(found) == ["flop", "turn", "river"], "what it has played before is a part of its range"
    assert found["river"]["decisions"] == 2 == found["river"]["search"]
    assert found["river"]["mean_iterations"] == COUNTS[2] and found["river"]["safe"] == 2, (
        "the bet is not its tree's, what was before it is"
    )
    assert "2 decisions: 2 search, 0 partial search, 0 blueprint; 2 with a gadget" in audit_lines(found)[2]


def test_on_streets_that_are_left_out_the_blueprint_plays():
    player = searching_player(streets=parse_streets("river"))
    assert "on river alone" in player.name
    for history, searched in ((CHECKED[:2], False), (CHECKED, True)):
        actions, sigma = asked(player, history)
        expected = PLAYER.strategy(place_of(history), state_after(history), BOARD[: 4 + searched])
        assert searched != (actions == expected[0] and np.array_equal(sigma, expected[1]))
    for text in ("", "preflop", "turn,turn", "all", "turn, river"):
        with pytest.raises(UserError, match=r"--search-streets .*expected some of flop, turn, river"):
            parse_streets(text)


def test_iterations_as_text():
    assert parse_iterations("60") == (60, 60, 60) and parse_iterations("1,20,300") == (1, 20, 300)
    for text in ("0", "", "3,4", "1,2,3,4", "-1", "2.5", "9999999", "1,0,3"):
        with pytest.raises(UserError, match=r"--search-iterations .*expected a number of iterations"):
            parse_iterations(text)
    assert effort_of(None, None) is None and str(effort_of(200.0, None)) == "200 ms"
    assert str(effort_of(None, "60")) == "60 iterations"
    assert str(effort_of(None, "1,2,3")) == "1, 2 and 3 iterations on flop, turn and river"
    for given in ((0.5, None), (float("nan"), None), (200.0, "60")):
        with pytest.raises(UserError, match="--search-ms"):
            effort_of(*given)
