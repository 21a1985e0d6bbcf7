"""Three players on a river: sums, values and gains equal a plain twin's, and on Kuhn poker OpenSpiel's."""

import numpy as np
import pytest
from helpers import openspiel_oracle
from helpers.three_way_spots import river_tree, solver_and_twin

from benchmarks.speed.three_way import spot_of
from holdem_mpi.game.rules import pots
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.subgame.spot_solving import StopRules, solve
from holdem_mpi.subgame.subgame_deck import toy_subgame_deck
from holdem_mpi.subgame.three_way_arrays import share_pieces
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver, gains_of


@pytest.mark.kernels
@pytest.mark.parametrize("stacks, most", [((20, 20, 20), 1), ((10, 25, 40), 2), ((40, 6, 6), 2)])
def test_sums_are_the_twins(stacks, most):
    solver, twin = solver_and_twin(5, stacks, most, cards=9, hands=7)
    solver.run(2)
    twin.run(2)
    assert solver.iterations == 6
    for node in np.flatnonzero(solver.tree.kind_of_node == KIND_DECISION).tolist():
        first = int(solver.game.offset[node])
        for ours, theirs in ((solver.sums.regret, twin.regret), (solver.sums.strategy, twin.strategy)):
            assert np.allclose(ours[first : first + theirs[node].size], theirs[node].ravel(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("seed, stacks", [(1, (20, 20, 20)), (2, (10, 25, 40)), (3, (40, 40, 8))])
def test_values_and_gains_are_those_of_an_enumeration(seed, stacks):
    solver, twin = solver_and_twin(seed, stacks)
    for player in range(3):
        met = twin.meets(player)
        assert np.abs(solver.opposed(player) - met).max() <= 1e-9
        for best in (False, True):
            expected = np.divide(twin.root_value(player, best), met, out=np.zeros(met.size), where=met > 0)
            assert np.abs(solver.values(player, best) - expected).max() <= 1e-9
    assert np.abs(solver.gains() - twin.gains()).max() <= 1e-9 and solver.gains().min() > 0
    assert solver.exploitability() == pytest.approx(twin.gains().mean(), abs=1e-9)
    named = gains_of(solver, ["SB", "BB", "BTN"], 30)["gain_pct"]
    assert list(named.values()) == pytest.approx(100 * twin.gains() / 30, abs=1e-6)


def test_equities_are_shares_of_the_pot():
    solver, twin = solver_and_twin(8, (20, 20, 20))
    shares = np.zeros((3, 9))
    for places in twin.triples:
        weight = np.prod([twin.start[seat][place] for seat, place in enumerate(places)])
        strength = [twin.strengths[seat][place] for seat, place in enumerate(places)]
        best = [seat for seat in range(3) if strength[seat] == max(strength)]
        for seat in best:
            shares[seat, places[seat]] += weight / len(best) / twin.start[seat][places[seat]]
    for player in range(3):
        met = solver.opposed(player)
        assert np.allclose(solver.equity(player) * met, shares[player, : met.size], atol=1e-9)
    assert sum(solver.mean(player, solver.equity(player)) for player in range(3)) == pytest.approx(1, abs=1e-9)


def test_values_of_actions_and_ranges_at_a_decision():
    solver, _ = solver_and_twin(4, (20, 20, 20))
    player = int(solver.tree.player_of_node[0])
    mean = (solver.strategy(0) * solver.action_values(0)).sum(axis=1)
    assert np.abs(mean - solver.values(player, False)).max() <= 1e-9
    child = int(solver.tree.children(0)[-1])
    whole, dealt = solver.ranges, solver.meetings
    with solver.narrowed_to(child):
        assert np.allclose(solver.ranges[0, : solver.hands[0].size], whole[0] * solver.strategy(0)[:, -1])
        assert solver.meetings < dealt and solver.meeting_weight(1).sum() == pytest.approx(1)
    assert solver.meetings == dealt
    # What is won below a decision, over all who come there, is what is lost there.
    seen = [np.sum(solver.meeting_weight(p) * solver.values(p, False)) for p in range(3)]
    assert sum(seen) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("iterations", [1, 40])
def test_kuhn_of_three_is_openspiels(iterations):
    """The same gains of any strategy, those of a solver on the way to an equilibrium included."""
    layout, deck = openspiel_oracle.layout_and_deck("kuhn", 3)
    solver = ThreeWaySolver(layout.tree, [], np.ones((3, 4)), deck=toy_subgame_deck(deck))
    solver.run(iterations)
    probability = np.zeros(layout.num_pairs)
    for node in np.flatnonzero(layout.tree.kind_of_node == KIND_DECISION).tolist():
        for hand, row in enumerate(solver.strategy(node)):
            pair = layout.pair(node, deck.bucket(hand, None))
            probability[pair : pair + row.size] = row
    values, best = openspiel_oracle.values_and_best_responses("kuhn", 3, probability)
    assert solver.gains() == pytest.approx(np.array(best) - values, abs=1e-9)
    assert 3 * solver.exploitability() == pytest.approx(openspiel_oracle.nash_conv("kuhn", 3, probability), abs=1e-9)
    for player in range(3):
        assert solver.mean(player, solver.values(player, False)) == pytest.approx(values[player], abs=1e-9)
    if iterations > 1:
        assert solver.exploitability() < 0.03


def test_pots_add_up_to_what_was_put_in():
    tree = river_tree((10, 25, 40), most=2)
    for terminal, stake in enumerate(tree.stake_of_terminal):
        folded = [bool(tree.folded_of_terminal[terminal] >> seat & 1) for seat in range(3)]
        matched = np.minimum(stake, np.sort(stake)[-2])
        assert sum(chips for chips, _ in pots(stake.tolist(), folded)) == matched.sum()


def test_pieces_are_the_whole_tree_and_shares_are_all_pieces():
    solver, _ = solver_and_twin(2, (20, 20, 20))
    game, tree = solver.game, solver.tree
    nodes = [node for first, end in zip(game.piece_start, game.piece_end) for node in range(first, end)]
    assert sorted([*nodes, *game.top.tolist()]) == list(range(tree.num_nodes))
    assert game.end_start[0, game.piece_ends[0, -1]] == (tree.kind_of_node != KIND_DECISION).sum()
    shares = share_pieces(game, 3)
    assert sorted(np.concatenate(shares).tolist()) == list(range(game.piece_start.size))
    assert min(share.size for share in shares) > 0


def test_ranges_that_cannot_meet_are_refused():
    ranges = np.zeros((3, 1326))
    ranges[:, 0] = 1
    with pytest.raises(ValueError, match="no three hands of the ranges can meet"):
        ThreeWaySolver(river_tree((20, 20, 20)), [10, 20, 30, 40, 50], ranges)


def test_200_hands_each_and_two_sizes():
    spot = spot_of(hands=200, raises=2)
    solver = spot.solver()
    assert [hands.size for hands in solver.hands] == [200] * 3 and solver.tree.num_nodes > 250
    solved = solve(solver, spot.pot * spot.unit, StopRules(0.1, None, 2000), lambda check, left: None)
    gains = 100 * solver.gains() / (spot.pot * spot.unit)
    assert solved.stopped_by == "target" and gains.max() < 0.5 and gains.min() > -1e-9
