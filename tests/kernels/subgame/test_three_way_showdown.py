"""Values of three players at the ends of a hand, side pots and ties included, equal an enumeration of all triples."""

import numpy as np
from helpers.three_way_spots import crowded_ranges, river_tree, twin_of

from holdem_mpi.cards import mass_of_pairs
from holdem_mpi.game.rules import pots
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.subgame.three_way_showdown import value_ends
from holdem_mpi.subgame.three_way_solver import ThreeWaySolver

RIVERS = 1000
STACKS = [(40, 40, 40), (10, 25, 40), (3, 30, 30), (30, 12, 30), (15, 40, 39)]


def test_1000_random_rivers():
    """Boards of few ranks tie often; reaches are random, many of them nothing."""
    generator = np.random.default_rng(11)
    trees = [river_tree(stacks) for stacks in STACKS]
    ties, three_tied, side_pots, compared = 0, 0, 0, 0
    for number in range(RIVERS):
        tree, ranks = trees[number % len(trees)], generator.permutation(13)[: generator.integers(3, 10)]
        board = generator.permutation([card for card in range(52) if card // 4 in ranks])[:5].tolist()
        ranges = crowded_ranges(generator, board, 8, 7, ranks)
        try:
            solver = ThreeWaySolver(tree, board, ranges)
        except ValueError:  # no three hands that can meet
            continue
        twin, game, workspace = twin_of(solver), solver.game, solver.workspace
        workspace.reach[:] = np.maximum(generator.uniform(-0.3, 1, workspace.reach.shape), 0)
        player = number % 3
        value_ends(game, workspace, player, 0, game.piece_ends[player, -1])
        with_side_pots, others = ends_of(tree)
        side_pots += len(with_side_pots[:2])
        for node in (*generator.permutation(with_side_pots)[:2], *generator.permutation(others)[:2]):
            reach = [workspace.reach[game.row[seat, node], : solver.hands[seat].size] for seat in range(3)]
            found, expected = workspace.value[node, : solver.hands[player].size], twin.end(node, player, reach)
            assert np.abs(found - expected).max() <= 1e-9
            compared += 1
        strength = [{twin.strengths[seat][place] for seat, place in enumerate(triple)} for triple in twin.triples]
        ties += any(len(levels) == 2 for levels in strength)
        three_tied += any(len(levels) == 1 for levels in strength)
    assert compared > 3000 and ties > 600 and three_tied > 80 and side_pots > 1000


def ends_of(tree):
    """(ends with side pots, others) of a tree."""
    found = [], []
    for node in np.flatnonzero(tree.kind_of_node != KIND_DECISION).tolist():
        terminal = tree.terminal_of_node[node]
        folded = [bool(tree.folded_of_terminal[terminal] >> seat & 1) for seat in range(3)]
        found[len(pots(tree.stake_of_terminal[terminal].tolist(), folded)) == 1].append(node)
    return found


def test_pairs_of_others_that_a_hand_can_meet():
    generator = np.random.default_rng(3)
    board = [0, 13, 26, 39, 51]
    solver = ThreeWaySolver(river_tree((40, 40, 40)), board, crowded_ranges(generator, board, 9, 30))
    twin, reach = twin_of(solver), np.zeros((3, 1326))
    for player in range(3):
        reach[player, solver.hands[player]] = solver.ranges[player, : solver.hands[player].size]
    for player in range(3):
        mass = mass_of_pairs(reach[(player + 2) % 3], reach[(player + 1) % 3])[solver.hands[player]]
        assert np.abs(mass - twin.meets(player)).max() <= 1e-9
        assert np.abs(solver.opposed(player) - twin.meets(player)).max() <= 1e-9
