"""Subgames of three streets: sums and values are the plain twin's, and those of the turn subgames that they lead to."""

import itertools

import numpy as np
import pytest
from helpers.subgame_spots import (
    ASYMMETRIC,
    FLOP,
    SYMMETRIC,
    TURN,
    assert_same_sums,
    assert_same_values,
    block_at,
    both,
    dealt_of,
    fill_at_random,
    some_cards,
    spot_tree,
    without_symmetries,
)
from phevaluator import evaluate_cards

from holdem_mpi.cards import card_name, parse_cards
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.subgame.subgame_sweep import add_branches, come_up, go_down, sweep_branches
from holdem_mpi.kernels.subgame.subgame_types import AVERAGE
from holdem_mpi.subgame import solver as solvers
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.subgame_arrays import later_runouts_of, runouts_of

FEW = ({"AhKc": 1, "QcQd": 0.7, "Th9c": 0.35}, {"AhKc": 0.9, "KsTd": 1, "8c8d": 0.6})
# With h and s exchanged the ranges are the same, and so is the set of the board A h 7 c 2 d and the turn A s.
ALIKE = ({"KhQh": 1, "KsQs": 1, "8c8d": 0.5}, {"Th9h": 1, "Ts9s": 1, "KcKd": 0.3})
# Board, ranges, cards that may come, options.
SPOTS = {
    "flop": (FLOP, FEW, "9d 8s 8c Td", {}),
    "flop, short stacks": (FLOP, FEW, "9d 8s Kc", {"stack": 40}),
    "flop, exchangeable suits": (FLOP, SYMMETRIC, "9c 9d 3s", {"stack": 40}),
    "flop, a turn card like one of the board": ("Ah 7c 2d", ALIKE, "As 9h 9s", {"stack": 60}),
}


def spot(monkeypatch, name):
    board, ranges, deck, options = SPOTS[name]
    cards = set(parse_cards(deck))
    some_cards(monkeypatch, cards)
    return both(board, ranges, deck=cards, **options)


@pytest.mark.kernels
@pytest.mark.parametrize("name", SPOTS)
def test_sums_values_and_exploitability_are_the_twins(monkeypatch, name):
    solver, twin = spot(monkeypatch, name)
    if name != "flop, exchangeable suits":
        fill_at_random(solver, twin)
    solver.run(1)
    twin.run(1)
    assert_same_sums(solver, twin)
    assert_same_values(solver, twin)


@pytest.mark.kernels
def test_all_ins_on_both_streets_and_cards_alike_are_in_the_spots(monkeypatch):
    with monkeypatch.context() as patch:
        game = spot(patch, "flop, short stacks")[0].game
    shown = [entry for entry in game.entry if game.kind[entry] != KIND_DECISION]
    assert shown and set(shown) < {entry for entry in game.last_entry if game.kind[entry] != KIND_DECISION}
    with monkeypatch.context() as patch:
        solver, _ = spot(patch, "flop, exchangeable suits")
        (club,), (spade,) = map(parse_cards, ("9c", "3s"))
        assert set(dealt_of(solver)[0]) == {(club,), (spade,)} and len(dealt_of(solver)[1]) == 2 + 1
    with monkeypatch.context() as patch:
        assert len(dealt_of(spot(patch, "flop, a turn card like one of the board")[0])[1]) == 6


def random_lock(solver, seed=3):
    """{node: float[hand, action]} for all decisions of the first street."""
    generator = np.random.default_rng(seed)
    decisions = [int(node) for node in solver.game.upper if solver.game.kind[node] == KIND_DECISION]
    shapes = [solver.strategy(node).shape for node in decisions]
    return {node: generator.dirichlet(np.ones(shape[1]), shape[0]) for node, shape in zip(decisions, shapes)}


@pytest.mark.kernels
@pytest.mark.parametrize("board", [FLOP, TURN])
def test_a_locked_first_street_is_the_twins(monkeypatch, board):
    deck = set(parse_cards("9d 8s 8c"))
    some_cards(monkeypatch, deck)
    solver, twin = both(board, FEW, deck=deck)
    fill_at_random(solver, twin)
    locked = random_lock(solver)
    solver.lock(locked)
    twin.locked = {node: sigma.T for node, sigma in locked.items()}
    twin.strategy.update({(node, twin.board): sigma for node, sigma in twin.locked.items()})
    solver.run(2)
    twin.run(2)
    for node, sigma in locked.items():
        assert np.allclose(solver.strategy(node), sigma, atol=1e-6)
        assert np.allclose(twin.regret[node, twin.board], solver_regret(solver, node), rtol=1e-6)
    assert_same_sums(solver, twin)
    assert_same_values(solver, twin)
    assert solver.exploitability(locked=True) == pytest.approx(twin.exploitability(locked=True), abs=1e-5 * 50)


def solver_regret(solver, node):
    return block_at(solver, solver.sums.regret, node, int(solver.game.offset[node]))


@pytest.mark.parametrize("board", [FLOP, TURN])
def test_streets_after_a_lock_are_solved(board):
    solver, _ = both(board, FEW)
    locked = random_lock(solver)
    solver.lock(locked)
    assert solver.exploitability(locked=True) > 0.5
    solver.run(150)
    bound, free = solver.exploitability(locked=True), solver.exploitability()
    assert bound < 0.01 * 50 and free > bound + 0.5
    for node, sigma in locked.items():
        assert np.allclose(solver.strategy(node), sigma, atol=1e-6)


def test_locks_that_do_not_fit():
    solver, _ = both(TURN, FEW)
    locked = random_lock(solver)
    root = locked.pop(0)
    for wrong in ({}, {0: root[1:]}, {0: -root}, {0: np.full(root.shape, np.nan)}, {0: root, 10**6: root}):
        with pytest.raises(ValueError, match="expected"):
            solver.lock({**locked, **wrong})
        assert not solver.locked
    with pytest.raises(ValueError, match="nothing is left"):
        both("Qs Jh 2h 8h 3c", FEW)[0].lock({})


@pytest.fixture(scope="module")
def solved():
    solver, _ = both(FLOP, ASYMMETRIC, stack=60)
    solver.run(20)
    return solver


def test_values_of_both_players_add_up_to_zero_and_best_ones_are_best(solved):
    means = [solved.mean(player, solved.values(player, False)) for player in range(2)]
    assert sum(means) == pytest.approx(0, abs=1e-5 * 50) and abs(means[0]) > 1
    for player in range(2):
        average, bound, best = (solved.values(player, *how) for how in ((False,), (True, True), (True,)))
        assert (best >= bound - 1e-4).all() and (bound >= average - 1e-4).all()
        assert solved.meeting_weight(player).sum() == pytest.approx(1)
    assert 0 < solved.exploitability(locked=True) < solved.exploitability()


def test_action_values_mix_to_the_value(solved):
    mixed = (solved.strategy(0) * solved.action_values()).sum(axis=1)
    assert np.allclose(mixed, solved.values(0, False), atol=1e-4)


def test_equity_is_that_of_all_boards():
    ranges = ({"AhKc": 1, "8c8d": 0.5}, {"KsTd": 1, "AhKd": 0.25})
    solver, twin = both(FLOP, ranges)
    board = [card_name(card) for card in solver.board]
    for player in range(2):
        expected, opposed = np.zeros(2), np.zeros(2)
        for (place, (mine, _)), (theirs, weight) in itertools.product(
            enumerate(twin.hands[player]), twin.hands[1 - player]
        ):
            if set(mine) & set(theirs):
                continue
            left = sorted(set(range(52)) - {*mine, *theirs, *solver.board})
            runouts = list(itertools.combinations(map(card_name, left), 2))
            ranks = np.array(
                [[evaluate_cards(*map(card_name, hand), *board, *two) for hand in (mine, theirs)] for two in runouts]
            )
            won = ((ranks[:, 0] < ranks[:, 1]) + 0.5 * (ranks[:, 0] == ranks[:, 1])).mean()
            expected[place] += weight * won
            opposed[place] += weight
        assert np.allclose(solver.equity(player), expected / opposed, atol=1e-5)


def test_a_flop_without_bets_is_its_turns():
    """Where both can only check on the flop, each turn is a game of its own."""
    most = (None, 0, None, None)
    flop, _ = both(FLOP, ASYMMETRIC, stack=60, most=most)
    assert [len(flop.tree.actions(node)) for node in flop.game.upper] == [1, 1]
    flop.run(6)
    expected = {(player, best): np.zeros(flop.hands[player].size) for player in range(2) for best in (False, True)}
    ranges = np.zeros((2, 1326))
    for player, hands in enumerate(flop.hands):
        ranges[player, hands] = flop.ranges[player, : hands.size]
    for card in set(range(52)) - set(flop.board):
        board = [*flop.board, card]
        tree = spot_tree(" ".join(map(card_name, board)), stack=60, most=most)
        turn = SubgameSolver(tree, board, ranges)
        turn.run(6)
        for (player, best), total in expected.items():
            opposed = turn.meeting_weight(player) * turn.meetings / turn.ranges[player, : turn.hands[player].size]
            total[np.isin(flop.hands[player], turn.hands[player])] += turn.values(player, best) * opposed / 45
    for (player, best), total in expected.items():
        opposed = flop.meeting_weight(player) * flop.meetings / flop.ranges[player, : flop.hands[player].size]
        assert np.allclose(flop.values(player, best), total / opposed, atol=2e-3)


def test_symmetries_change_no_result(monkeypatch):
    """On two cards of a suit the other two may be exchanged; after a turn card of those no more."""
    board = "Qs Jh 2h"
    folded, _ = both(board, SYMMETRIC, stack=40)
    whole, _ = without_symmetries(monkeypatch, lambda: both(board, SYMMETRIC, stack=40))
    branches, runouts = (len(cards) for cards in dealt_of(folded))
    assert (branches, runouts) == (49 - 13, 23 * (48 - 13) + 13 * 48)
    assert tuple(len(cards) for cards in dealt_of(whole)) == (49, 49 * 48)
    for solver in (folded, whole):
        solver.run(3)
    assert folded.exploitability() == pytest.approx(whole.exploitability(), rel=1e-4)
    for player in range(2):
        assert np.allclose(folded.values(player, True), whole.values(player, True), atol=2e-3)
        assert np.allclose(folded.equity(player), whole.equity(player), atol=1e-5)


@pytest.mark.kernels
def test_the_turn_card_keeps_its_place():
    """Ah and As exchanged would change the flop; on a flop of hearts any of three suits may come first, then of two."""
    ranges = np.zeros((2, 1326))
    assert {len(images) for images in runouts_of(parse_cards("Ah 7c 2d"), ranges).values()} == {1}
    later = later_runouts_of(parse_cards("Ah 7c 2d"), ranges)
    assert all(len(images) == 1 for images in later[parse_cards("As")[0]].values())
    hearts = parse_cards("Ah 7h 2h")
    later = later_runouts_of(hearts, ranges)
    assert len(later) == 10 + 13 and set(later) == set(runouts_of(hearts, ranges))
    for first, standing in later.items():
        heart = first & 3 == 2
        assert len(standing) == (9 + 13 if heart else 10 + 12 + 13)
        assert sorted(card for images in standing.values() for card in images) == sorted(
            set(range(52)) - {*hearts, first}
        )


def test_branches_in_parts_and_any_order_add_up(solved):
    """What ranks do that share the branches: their totals' sum is the total, and the values come from it."""
    game, workspace = solved.game, solved.workspace
    expected = solved.values(0, False)
    totals = []
    for part in range(2):
        workspace.reach[0, : solved.hands[1].size] = solved.ranges[1, : solved.hands[1].size]
        go_down(game, solved.sums, workspace, 0, AVERAGE, np.arange(0))
        branches = np.arange(part, game.branch_card.size, 2)[::-1].copy()
        sweep_branches(game, solved.sums, workspace, 0, AVERAGE, branches)
        workspace.total[:] = 0.0
        add_branches(game, workspace, 0, branches)
        totals.append(workspace.total.copy())
    workspace.total[:] = sum(totals)
    come_up(game, solved.sums, workspace, 0, AVERAGE)
    opposed = solved.meeting_weight(0) * solved.meetings / solved.ranges[0, : solved.hands[0].size]
    assert np.allclose(workspace.value[0, : solved.hands[0].size] / opposed, expected, atol=1e-4)


def test_an_iteration_given_up_leaves_a_strategy(monkeypatch):
    monkeypatch.setattr(solvers, "_CALL", 0.0)  # as if an iteration took long
    solver, _ = both(FLOP, FEW, stack=60)
    solver.run(3)
    asked = []

    def stop():
        asked.append(1)
        return len(asked) > 60

    solver.run(5, stop)
    assert solver.iterations == 3 and len(asked) == 61
    before = solver.exploitability()
    assert np.isfinite(before)
    assert solver.strategy(0).sum(axis=1) == pytest.approx(1)
    solver.run(30)
    assert solver.iterations == 33 and solver.exploitability() < before
