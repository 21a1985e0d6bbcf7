"""Public chance sampling in a subgame: an update is a plain twin's; the exact solvers agree where they can."""

import numpy as np
import pytest
from helpers.naive_sampled import NaiveSampled
from helpers.search_roots import BOARDS, NUM_BUCKETS, RANGES, pattern_tables, small_tree, weights_of

from holdem_mpi.cards import hand_of_cards, parse_cards
from holdem_mpi.kernels import rng
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.kernels.cards.board_buckets import read_board_buckets
from holdem_mpi.kernels.subgame.sampled_boards import draw_board
from holdem_mpi.kernels.subgame.sampled_types import ROUND_DECISION, ROUND_ENTRY, WIDTH
from holdem_mpi.subgame.sampled_arrays import _SampledRounds
from holdem_mpi.subgame.sampled_solver import SampledSolver
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.weights import Weights

pytestmark = pytest.mark.kernels

WEIGHTS = Weights(alpha=1.5, beta=0.5, gamma=2.0)
# Few enough hands for pairs on three streets in plain Python.
FEW = (
    {"AhKc": 1, "QcQd": 0.7, "Th9c": 0.45, "KsTs": 0.55},
    {"AhKc": 0.9, "QcJd": 1, "8c3d": 0.6},
)


def solver_on(street, ranges=RANGES, stream=(5, 1, 0), weights=WEIGHTS, valued=0, **options):
    tree = small_tree(street, **options)
    board = parse_cards(BOARDS[street])
    tables = pattern_tables(), NUM_BUCKETS
    return SampledSolver(tree, board, weights_of(ranges), *tables, stream, weights, valued)


def pairs_of(ranges, board):
    """What the twin wants: ((card, card), weight) in the order of hands, none on the board."""
    found = []
    for of_player in ranges:
        pairs = [(tuple(parse_cards(name)), weight) for name, weight in of_player.items()]
        found.append(sorted((p for p in pairs if not set(p[0]) & set(board)), key=lambda p: hand_of_cards(*p[0])))
    return found


def bucket_on(street, board, pair):
    buckets = np.zeros(1326, np.int64)
    read_board_buckets(pattern_tables(), street, np.array(board), buckets)
    return int(buckets[hand_of_cards(*pair)])


def boards_of_iteration(solver, iteration):
    """The boards that either player's update of the first iteration to run, numbered ``iteration``, will be on."""
    shadow = solver_on(int(solver.game.street[0]), stream=tuple(solver._stream.name.tolist()))
    boards = []
    for player in range(2):
        name = shadow._stream.name
        rng.open_stream(shadow._stream.state, name[0], rng.DOMAIN_SEARCH, name[1], name[2], iteration, player)
        draw_board(shadow.game, pattern_tables(), shadow._stream, player)
        boards.append(tuple(shadow.game.board.tolist()))
    return boards


def table_of(solver, local, sums):
    """float32[action, bucket] of a decision, a view."""
    game = solver.game
    at = int(np.searchsorted(game.first_local, local, "right")) - 1
    buckets = int(game.buckets[game.street[at], game.player[local]])
    actions = int(game.first_edge[local + 1] - game.first_edge[local])
    start = int(game.offset[local])
    return sums[start : start + actions * buckets].reshape(actions, buckets)


def fill_at_random(solver, twin, nodes):
    """The same sums of either sign for both, as after four iterations."""
    generator = np.random.default_rng(7)
    solver.iterations = 4
    for local in np.flatnonzero(solver.game.kind == ROUND_DECISION):
        table, node = table_of(solver, local, solver.sums.regret), nodes[local]
        table[:] = generator.uniform(-30, 60, table.shape)
        twin.regret.update({(node, key): table[:, key].astype(np.float64) for key in range(table.shape[1])})
        if solver.tree.street_of_node[node] == twin.root:
            table = table_of(solver, local, solver.sums.strategy)
            table[:] = generator.uniform(0, 60, table.shape)
            twin.strategy.update({(node, key): table[:, key].astype(np.float64) for key in range(table.shape[1])})


SPOTS = {
    "river": (3, RANGES, {}),
    "turn": (2, RANGES, {}),
    "turn, after a bet off the menu": (2, RANGES, {"actions": (60,)}),
    "turn, short stacks": (2, RANGES, {"stack": 40}),
    "flop": (1, FEW, {"raises": ()}),
    "flop, short stacks": (1, FEW, {"stack": 60}),
}


@pytest.mark.parametrize("name", SPOTS)
def test_an_iteration_is_the_twins(name):
    street, ranges, options = SPOTS[name]
    solver = solver_on(street, ranges, **options)
    formula = (WEIGHTS.alpha, WEIGHTS.beta, WEIGHTS.gamma, False, False)
    twin = NaiveSampled(solver.tree, pairs_of(ranges, solver.board), bucket_on, formula)
    nodes = _SampledRounds(solver.tree).nodes
    fill_at_random(solver, twin, nodes)
    boards = boards_of_iteration(solver, 4)
    solver.run(1)
    for player in range(2):
        root = twin.update(player, boards[player], 5)
    compared = 0
    for local in np.flatnonzero(solver.game.kind == ROUND_DECISION):
        table = table_of(solver, local, solver.sums.regret)
        expected = np.array([twin.regret[nodes[local], key] for key in range(table.shape[1])]).T
        assert np.allclose(table, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
        if solver.tree.street_of_node[nodes[local]] == street:
            table = table_of(solver, local, solver.sums.strategy)
            expected = np.array([twin.strategy[nodes[local], key] for key in range(table.shape[1])]).T
            assert np.allclose(table, expected, rtol=1e-5, atol=1e-5)
        compared += 1
    assert compared == (solver.tree.kind_of_node == KIND_DECISION).sum() >= 3
    # What the last sweep, player 1's, has left: values of its hands where rounds begin.
    for at in range(solver.game.street.size):
        node = nodes[solver.game.first_local[at]]
        for number in range(solver.hands[1].size):
            expected = (root if at == 0 else {n: v for (e, n), v in twin.entry.items() if e == node}).get(number, 0.0)
            assert solver.workspace.value[at, number] == pytest.approx(expected, rel=1e-4, abs=1e-3)


def test_rounds_folds_showdowns_and_entries_are_in_the_spots():
    flop, short = solver_on(1, FEW, raises=()), solver_on(2, stack=40)
    assert set(flop.game.street.tolist()) == {1, 2, 3} and (flop.game.kind == ROUND_ENTRY).sum() > 4
    upper = short.game.kind[: short.game.first_local[1]]
    assert set(upper.tolist()) == {0, 1, 2, 3}
    assert solver_on(2).game.num_columns.max() >= 2


def test_more_rows_of_reach_than_go_side_by_side():
    options = {"stack": 150, "raises": (0.2, 0.5, 0.8, 1.2)}
    solver, exact = solver_on(3, **options), enumerated_on(3, **options)
    assert solver.game.num_columns.max() > WIDTH
    assert_same_strategies(solver, exact, iterations=2)


def enumerated_on(street, ranges=RANGES, weights=WEIGHTS, **options):
    return SubgameSolver(small_tree(street, **options), parse_cards(BOARDS[street]), weights_of(ranges), weights)


def assert_same_strategies(solver, exact, iterations):
    """Sums of all decisions are the same, to float32."""
    solver.run(iterations)
    exact.run(iterations)
    nodes = _SampledRounds(solver.tree).nodes
    decisions = np.flatnonzero(solver.game.kind == ROUND_DECISION)
    assert decisions.size == (solver.tree.kind_of_node == KIND_DECISION).sum()
    for local in decisions:
        found, expected = solver.strategy_sums(nodes[local]), exact.strategy_sums(nodes[local])
        assert found.sum() > 0 or expected.sum() == 0
        assert np.allclose(found, expected, rtol=1e-4, atol=1e-5 * iterations)


@pytest.mark.parametrize("actions", [(), (60,)])
def test_a_complete_board_is_solved_as_by_enumeration(actions):
    assert_same_strategies(solver_on(3, actions=actions), enumerated_on(3, actions=actions), iterations=6)


@pytest.mark.parametrize("later", [False, True])
def test_one_card_to_come_is_sampled_without_repetition(later):
    """Uniform play: after as many iterations as there are cards, the values are those over all of them; at the root,
    and after a check and a bet.
    """
    weights, exact = Weights(alpha=1.5, beta=0.5, gamma=0.0), enumerated_on(2)
    node = int(exact.tree.children(exact.tree.children(0)[0])[-1]) if later else 0
    assert exact.tree.player_of_node[node] == 0  # whose sweep comes first, before anything is learnt
    solver = solver_on(2, weights=weights, valued=node)
    assert exact.sums.strategy.max() == 0.0  # so it plays evenly
    for _ in range(48):
        solver.sums.regret[:] = 0.0
        solver.run(1)
    expected = exact.action_values(node)
    assert np.abs(expected).max() > 5 and np.allclose(solver.action_values(node), expected, atol=1e-4)
    with pytest.raises(ValueError, match="node 99"):
        solver.action_values(99)
    expected = exact.action_values()
    assert solver.strategy_sums(0).sum(axis=1) == pytest.approx(48 * solver.ranges[0, : expected.shape[0]])
    solver.sums.regret[:] = 0.0
    solver.run(1)  # the deck begins again: some card has come twice
    assert not np.allclose(solver.action_values(node), exact.action_values(node), atol=1e-4)


def test_hands_that_the_board_blocks_learn_nothing():
    solver = solver_on(1)
    solver.run(3)
    blocked = 0
    for _ in range(12):
        before = solver.sums.regret.copy()
        solver.run(1)
        board = set(solver.game.board.tolist())  # of player 1's sweep
        positive, negative, _ = solver.weights.table(solver.iterations)[-1]
        for local in range(solver.game.first_local[1]):
            if solver.game.kind[local] != ROUND_DECISION or solver.game.player[local] != 1:
                continue
            old, new = (table_of(solver, local, sums) for sums in (before, solver.sums.regret))
            for number, (pair, _) in enumerate(pairs_of(RANGES, solver.board)[1]):
                kept = np.where(old[:, number] > 0, old[:, number] * positive, old[:, number] * negative)
                if set(pair) & board:
                    assert np.allclose(new[:, number], kept, rtol=1e-6)
                    blocked += 1
    assert blocked > 0


def test_a_stream_gives_one_result_and_other_streams_others():
    streams = [(5, 1, 0), (5, 1, 0), (5, 1, 1), (5, 2, 0), (6, 1, 0)]
    sums = []
    for stream in streams:
        solver = solver_on(1, FEW, stream=stream, raises=())
        solver.run(2)
        sums.append(solver.sums.regret.copy())
    assert np.array_equal(sums[0], sums[1])
    assert not any(np.array_equal(sums[0], other) for other in sums[2:])


def test_steps_are_one_run():
    whole, parts = solver_on(1, FEW), solver_on(1, FEW)
    whole.run(4)
    for iterations in (1, 0, 3):
        parts.run(iterations)
    assert np.array_equal(whole.sums.regret, parts.sums.regret) and np.array_equal(whole.sums.mass, parts.sums.mass)


def test_empty_ranges_are_refused():
    with pytest.raises(ValueError, match="can meet"):
        solver_on(3, ({"3c3d": 1}, RANGES[1]))
