"""Vector CFR over a subgame: sums, values and exploitability are those of a plain twin that pairs hands one by one."""

import numpy as np
import pytest
from naive_subgame import NaiveSpot, weights_by_formula

from holdem_mpi.cards import hand_of_cards, parse_cards
from holdem_mpi.game.betting import SizeMenu
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.solver import subgame_arrays
from holdem_mpi.solver.subgame import SubgameSolver, Weights
from holdem_mpi.solver.subgame_arrays import permuted_hands, runouts_of

pytestmark = pytest.mark.kernels

TURN, RIVER = "Qs Jh 2h 8h", "Qs Jh 2h 8h 3c"
# Twins, hands that share a card, sets that the next card pairs, flushes, ties; weights that are no powers of two.
ASYMMETRIC = (
    {"AhKc": 1, "QcQd": 0.7, "Th9c": 1, "AcAd": 0.3, "8c8d": 1, "KsTs": 0.55, "7h6h": 1, "AsAd": 1, "5c4c": 0.2},
    {"AhKc": 0.9, "QcJd": 1, "Th9c": 0.35, "JcJd": 1, "AsKs": 1, "8c3d": 0.6, "KsTd": 1},
)
# Clubs and diamonds can be exchanged, the tie in the other suits cannot.
SYMMETRIC = (
    {"AcKc": 1, "AdKd": 1, "9c9d": 0.5, "Th9h": 1, "QcJh": 0.4, "QdJh": 0.4, "KcTd": 1, "KdTc": 1},
    {"AcKc": 0.9, "AdKd": 0.9, "9s9h": 1, "8c8d": 0.8, "QcJc": 1, "QdJd": 1, "Kh7h": 0.25},
)


def spot_tree(board, stack=100, raises=(0.6,), start=()):
    """Two streets from the turn or one from the river; pot 50; ``start``: actions already taken."""
    street = len(parse_cards(board)) - 2
    rules = Rules((25 + stack,) * 2, (25, 25), board_cards=(0, 3, 1, 1), min_bet=1, first_to_act=(0,) * 4)
    history = tuple(() for _ in range(street))
    state = BettingState(rules, street - 1, 0, (25, 25), (False,) * 2, 0, 0, 0, (False,) * 2, (0, 1), history)
    state = BettingState(rules, street, 0, (25, 25), (False,) * 2, 0, 0, 0, (False,) * 2, (0, 1), (*history, ()))
    for action in start:
        state = state.apply(action)
    return build_tree(rules, SizeMenu(((1.0,),) * 4, (raises,) * 4, (False,) * 4, 0.9), state)


def both(board, ranges, weights=None, **tree_options):
    """(solver, twin) of one spot."""
    weights = weights or Weights()
    tree, cards = spot_tree(board, **tree_options), parse_cards(board)
    weight_of_hand = np.zeros((2, 1326))
    hands = ([], [])
    for player, of_player in enumerate(ranges):
        pairs = {hand_of_cards(*parse_cards(name)): (tuple(parse_cards(name)), w) for name, w in of_player.items()}
        for hand, (pair, weight) in sorted(pairs.items()):
            weight_of_hand[player, hand] = weight
            if not set(pair) & set(cards):
                hands[player].append((pair, weight))
    formula = (weights.alpha, weights.beta, weights.gamma, weights.plus, weights.restart)
    return SubgameSolver(tree, cards, weight_of_hand, weights), NaiveSpot(tree, cards, hands, formula)


def block_of(solver, sums, node, runout=None):
    """float[action, hand] of a decision, on the first street or on a runout."""
    actions = len(solver.tree.actions(node))
    hands = solver.hands[int(solver.tree.player_of_node[node])].size
    base = 0 if runout is None else int(solver.game.block[0] + runout * solver.game.block[1])
    start = base + int(solver.game.offset[node])
    return sums[start : start + actions * hands].reshape(actions, hands)


def assert_same_sums(solver, twin):
    """All sums are the twin's, to float32; hands that a card to come blocks are nobody's."""
    runout_of_card = {int(card): runout for runout, card in enumerate(solver.game.runout_card)}
    compared = 0
    for ours, theirs in ((solver.sums.regret, twin.regret), (solver.sums.strategy, twin.strategy)):
        for (node, board), expected in theirs.items():
            runout = None
            if len(solver.board) == 5:
                runout = 0
            elif len(board) == 5:
                if board[4] not in runout_of_card:
                    continue
                runout = runout_of_card[board[4]]
            player = int(solver.tree.player_of_node[node])
            live = [set(hand).isdisjoint(board) for hand, _ in twin.hands[player]]
            found = block_of(solver, ours, node, runout)
            assert np.allclose(found[:, live], expected[:, live], rtol=1e-5, atol=1e-5 * np.abs(expected).max() + 1e-9)
            compared += 1
    assert compared >= 2 * (solver.tree.kind_of_node == KIND_DECISION).sum()


SPOTS = {
    "river": (RIVER, ASYMMETRIC, {}),
    "river after a bet off the menu": (RIVER, ASYMMETRIC, {"start": (60,)}),
    "river, cfr+": (RIVER, ASYMMETRIC, {"weights": Weights(plus=True)}),
    "turn": (TURN, ASYMMETRIC, {}),
    "turn, short stacks": (TURN, ASYMMETRIC, {"stack": 40}),
    "turn, exchangeable suits": (TURN, SYMMETRIC, {"stack": 60}),
}


def fill_at_random(solver, twin):
    """The same sums of either sign for both, as after four iterations; the kernel's float32 decide no tie then."""
    generator = np.random.default_rng(7)
    solver.iterations = twin.iterations = 4
    cards = solver.game.runout_card if len(solver.board) == 4 else [None]
    for node in np.flatnonzero(solver.tree.kind_of_node == KIND_DECISION):
        below = any(entry <= node < solver.game.end[entry] for entry in solver.game.entry)
        for runout, card in enumerate(cards) if below else [(None, None)]:
            board = tuple(solver.board) + ((int(card),) if runout is not None and card is not None else ())
            for ours, theirs, lowest in (
                (solver.sums.regret, twin.regret, -30),
                (solver.sums.strategy, twin.strategy, 0),
            ):
                block = block_of(solver, ours, node, runout)
                block[:] = generator.uniform(lowest, 60, block.shape)
                theirs[node, board] = block.astype(np.float64)


@pytest.mark.parametrize("name", SPOTS)
def test_sums_values_and_exploitability_are_the_twins(name):
    board, ranges, options = SPOTS[name]
    solver, twin = both(board, ranges, **options)
    if ranges is ASYMMETRIC:
        fill_at_random(solver, twin)
    solver.run(1)
    twin.run(1)
    assert_same_sums(solver, twin)
    pot = 50
    for player in range(2):
        other = (twin.meets(solver.board) if player == 0 else twin.meets(solver.board).T) @ twin.start(1 - player)
        for best in (False, True):
            values, expected = solver.values(player, best), twin.root_value(player, best) / other
            assert np.abs(values - expected).max() <= 1e-5 * pot
            mean = twin.start(player) @ (expected * other) / (twin.start(player) @ other)
            assert solver.mean(player, values) == pytest.approx(mean, abs=1e-5 * pot)
    assert solver.exploitability() == pytest.approx(twin.exploitability(), abs=1e-5 * pot)


def test_all_in_before_the_river_and_exchangeable_suits_are_in_the_spots():
    short = both(*SPOTS["turn, short stacks"][:2], stack=40)[0]
    showdowns = short.tree.kind_of_node[short.game.entry] != KIND_DECISION
    assert showdowns.any() and not showdowns.all()
    assert both(TURN, ASYMMETRIC)[0].game.runout_card.size == 48
    assert both(TURN, SYMMETRIC)[0].game.runout_card.size == 48 - 13 + 1 - 1


def without_symmetries(monkeypatch, make):
    with monkeypatch.context() as patch:
        patch.setattr(subgame_arrays, "symmetries_of", lambda *_: [(0, 1, 2, 3)])
        return make()


def test_symmetries_change_no_result(monkeypatch):
    folded, _ = both(TURN, SYMMETRIC)
    whole, _ = without_symmetries(monkeypatch, lambda: both(TURN, SYMMETRIC))
    assert whole.game.runout_card.size == 48 > folded.game.runout_card.size
    for solver in (folded, whole):
        solver.run(3)
    assert folded.exploitability() == pytest.approx(whole.exploitability(), rel=1e-5)
    spread_out(folded, whole)
    assert whole.exploitability() == pytest.approx(folded.exploitability(), rel=1e-5)


def spread_out(folded, whole):
    """Copy the strategy sums of a solver with symmetries into one without."""
    whole.sums.strategy[:] = 0
    upper = int(folded.game.block[0])
    whole.sums.strategy[:upper] = folded.sums.strategy[:upper]
    runout_of_card = {int(card): runout for runout, card in enumerate(whole.game.runout_card)}
    below = [
        node
        for entry in folded.game.entry
        for node in range(entry, folded.game.end[entry])
        if folded.tree.kind_of_node[node] == KIND_DECISION
    ]
    cards = [(high, low) for high in range(52) for low in range(high)]
    for runout, card in enumerate(folded.game.runout_card):
        images = runouts_of(folded.board, _ranges_of(folded))[int(card)]
        for image, suits in images.items():
            renamed = permuted_hands(suits)
            for node in below:
                hands = folded.hands[int(folded.tree.player_of_node[node])]
                place = {int(hand): number for number, hand in enumerate(hands)}
                to = [place[int(renamed[hand])] for hand in hands]
                live = np.array([card not in cards[int(hand)] for hand in hands])
                source = block_of(folded, folded.sums.strategy, node, runout)
                block_of(whole, whole.sums.strategy, node, runout_of_card[image])[:, np.array(to)[live]] = source[
                    :, live
                ]


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
