"""Vector CFR over a subgame: sums, values and exploitability are those of a plain twin that pairs hands one by one."""

import numpy as np
import pytest
from helpers.naive_subgame import weights_by_formula
from helpers.subgame_spots import (
    ASYMMETRIC,
    RIVER,
    SYMMETRIC,
    TURN,
    assert_same_sums,
    assert_same_values,
    block_at,
    both,
    fill_at_random,
    places,
    without_symmetries,
)

from holdem_mpi.cards import CARDS_OF_HAND, hand_of_cards, parse_cards
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.subgame.subgame_arrays import runouts_of
from holdem_mpi.subgame.subgame_deck import holdem_deck
from holdem_mpi.subgame.weights import Weights

pytestmark = pytest.mark.kernels

SPOTS = {
    "river": (RIVER, ASYMMETRIC, {}),
    "river after a bet off the menu": (RIVER, ASYMMETRIC, {"start": (60,)}),
    "river, cfr+": (RIVER, ASYMMETRIC, {"weights": Weights(plus=True)}),
    "turn": (TURN, ASYMMETRIC, {}),
    "turn, short stacks": (TURN, ASYMMETRIC, {"stack": 40}),
    "turn, exchangeable suits": (TURN, SYMMETRIC, {"stack": 60}),
}


@pytest.mark.parametrize("name", SPOTS)
def test_sums_values_and_exploitability_are_the_twins(name):
    board, ranges, options = SPOTS[name]
    solver, twin = both(board, ranges, **options)
    if ranges is ASYMMETRIC:
        fill_at_random(solver, twin)
    solver.run(1)
    twin.run(1)
    assert_same_sums(solver, twin)
    assert_same_values(solver, twin)


def test_all_in_before_the_river_and_exchangeable_suits_are_in_the_spots():
    short = both(*SPOTS["turn, short stacks"][:2], stack=40)[0]
    showdowns = short.tree.kind_of_node[short.game.entry] != KIND_DECISION
    assert showdowns.any() and not showdowns.all()
    assert both(TURN, ASYMMETRIC)[0].game.runout_card.size == 48
    assert both(TURN, SYMMETRIC)[0].game.runout_card.size == 48 - 13 + 1 - 1


def test_symmetries_change_no_result(monkeypatch):
    folded, _ = both(TURN, SYMMETRIC)
    whole, _ = without_symmetries(monkeypatch, lambda: both(TURN, SYMMETRIC))
    assert whole.game.runout_card.size == 48 > folded.game.runout_card.size
    for solver in (folded, whole):
        solver.run(1)  # from the second on, ties go as the last digits of float32 sums have it
    assert folded.exploitability() == pytest.approx(whole.exploitability(), rel=1e-5)
    folded.run(2)
    spread_out(folded, whole)
    assert whole.exploitability() == pytest.approx(folded.exploitability(), rel=1e-5)
    for player, best in ((0, False), (1, False), (0, True), (1, True)):
        assert whole.values(player, best) == pytest.approx(folded.values(player, best), rel=1e-4, abs=1e-3)


def spread_out(folded, whole):
    """Copy the strategy sums of a solver with symmetries into one without."""
    whole.sums.strategy[:] = 0
    start_of = {(node, dealt): start for node, dealt, start in places(whole)}
    cards = CARDS_OF_HAND.tolist()
    for node, dealt, start in places(folded):
        source = block_at(folded, folded.sums.strategy, node, start)
        hands = folded.hands[int(folded.tree.player_of_node[node])]
        place = {int(hand): number for number, hand in enumerate(hands)}
        images = runouts_of(folded.board, _ranges_of(folded))[dealt[0]] if dealt else {None: (0, 1, 2, 3)}
        for image, suits in images.items():
            renamed = holdem_deck().renamed_hands(suits)
            to = np.array([place[int(renamed[hand])] for hand in hands])
            live = np.array([not set(dealt) & set(cards[int(hand)]) for hand in hands])
            target = block_at(whole, whole.sums.strategy, node, start_of[node, (image,) if dealt else ()])
            target[:, to[live]] = source[:, live]


def _ranges_of(solver):
    ranges = np.zeros((2, 1326))
    for player, hands in enumerate(solver.hands):
        ranges[player, hands] = solver.ranges[player, : hands.size]
    return ranges


def test_sums_too_small_to_invert_are_none():
    """What decays for ever ends below the smallest normal number; its inverse is infinite."""
    tiny, fresh = (both(RIVER, ASYMMETRIC)[0] for _ in range(2))
    tiny.sums.regret[:] = tiny.sums.strategy[:] = 1e-41
    for solver in (tiny, fresh):
        solver.iterations = 1
        solver.run(1)
        assert np.isfinite(solver.sums.regret).all() and np.isfinite(solver.exploitability())
    assert np.allclose(tiny.sums.regret, fresh.sums.regret, rtol=1e-6, atol=1e-30)


def test_no_hands_that_can_meet():
    with pytest.raises(ValueError, match="can meet"):
        both(RIVER, ({"AhKh": 1, "3c3d": 1}, {"AhQc": 1}))
    # Sums of such weights leave rests in float64.
    with pytest.raises(ValueError, match="can meet"):
        both(RIVER, ({"AhKh": 0.1}, {"AhKd": 0.1, "AhTd": 0.2, "KhTd": 0.3, "AhTc": 0.7}))


@pytest.mark.parametrize(
    "weights",
    [
        Weights(),
        Weights(restart=True),
        Weights(alpha=1, beta=-1, gamma=2, restart=False),
        Weights(beta=0.5),
        Weights(plus=True),
    ],
)
def test_weights_are_the_formulas(weights):
    table = weights.table(300)
    formula = (weights.alpha, weights.beta, weights.gamma, weights.plus, weights.restart)
    expected = [weights_by_formula(iteration, *formula) for iteration in range(1, 301)]
    # Nothing is there to discount before the first iteration.
    assert table.dtype == np.float32 and np.allclose(table[1:], expected[1:], rtol=1e-6) and np.isfinite(table).all()


def test_bluffs_and_calls_of_a_polarised_bettor():
    """Nuts or nothing against one bluff catcher, bet = pot: half the air bets, half the catchers call (theory)."""
    board = "Kc Kd 7h 7s 2c"
    nuts, air = {"KhKs": 1.0}, {"5d4d": 0.5, "5h4h": 0.25, "6s4s": 0.25}
    solver, _ = both(board, ({**nuts, **air}, {"AhAd": 1, "AsAc": 0.5}), stack=50)
    solver.run(2000)
    tree = solver.tree
    assert list(tree.actions(0)) == [0, 75]
    bets = solver.strategy(0)[:, 1]
    weight = np.array(solver.ranges[0, : bets.size])
    nut = int(np.flatnonzero(solver.hands[0] == hand_of_cards(*parse_cards("KhKs")))[0])
    assert bets[nut] > 0.99
    bluffs = weight @ bets - weight[nut] * bets[nut]
    assert bluffs == pytest.approx(0.5, abs=0.02)
    after_bet = int(tree.children(0)[1])
    assert list(tree.actions(after_bet)) == [-1, 0]
    calls = solver.strategy(after_bet)[:, 1]
    assert solver.ranges[1, :2] @ calls / 1.5 == pytest.approx(0.5, abs=0.02)
    # The bettor takes 3/4 of the pot: value 1.5 pots with the nuts, nothing with air.
    value = solver.mean(0, solver.values(0, False)) + 25
    assert value == pytest.approx(0.75 * 50, abs=0.25)
    assert solver.exploitability() < 0.001 * 50
