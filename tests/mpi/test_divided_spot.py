"""A spot whose cards to come are divided over ranks: the sums, values and stops of one process."""

import time

import numpy as np
import pytest
from helpers.spot_files import SMALL
from helpers.subgame_spots import ASYMMETRIC, FLOP, SYMMETRIC, TURN, both, some_cards, spot_tree

from holdem_mpi.cards import parse_cards
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel import host
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.subgame import branch_team
from holdem_mpi.subgame import solver as solvers
from holdem_mpi.subgame.keeping import Folder, state_to_go_on, take_up
from holdem_mpi.subgame.locks import Lock
from holdem_mpi.subgame.solver import SubgameSolver
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_solving import ExploitabilityCheck, SolveResult, StopRules, solve

pytestmark = pytest.mark.mpi

SPOTS = {
    "turn": (TURN, ASYMMETRIC, {}),
    "turn, exchangeable suits": (TURN, SYMMETRIC, {"stack": 60}),
    "flop": (FLOP, ASYMMETRIC, {"stack": 60}),
    "flop, exchangeable suits": (FLOP, SYMMETRIC, {"stack": 60}),
}


def pair_of(name, everyone):
    """(solver of one process, the same over all ranks)."""
    board, ranges, options = SPOTS[name]
    alone, _ = both(board, ranges, **options)
    weights = np.zeros((2, 1326))
    for player, hands in enumerate(alone.hands):
        weights[player, hands] = alone.ranges[player, : hands.size]
    return alone, SubgameSolver(spot_tree(board, **options), parse_cards(board), weights, comm=everyone)


@pytest.mark.parametrize("name", SPOTS)
def test_sums_and_values_are_those_of_one_process(name, everyone):
    alone, divided = pair_of(name, everyone)
    assert alone.digest == divided.digest
    for solver in (alone, divided):
        solver.run(2)
        solver.run(3)
    assert divided.digest == alone.digest and divided.iterations == 5
    assert divided.exploitability() == alone.exploitability() > 0
    for player in range(2):
        for best in (False, True):
            assert (divided.values(player, best) == alone.values(player, best)).all()
        assert (divided.equity(player) == alone.equity(player)).all()
    assert (divided.action_values() == alone.action_values()).all()
    alone.run(1)
    assert divided.digest != alone.digest


def test_locks_are_kept_by_the_rank_whose_card_they_are_of(everyone):
    alone, _ = pair_of("turn", everyone)
    tree, weights = alone.tree, np.zeros((2, 1326))
    for player, hands in enumerate(alone.hands):
        weights[player, hands] = alone.ranges[player, : hands.size]
    node = int(np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == 3))[0])
    taken = tuple(int(tree.actions(above)[action]) for above, action in tree.line_to(node))
    strategy = np.zeros((1326, len(tree.actions(node))))
    strategy[:, -1] = 1.0
    locks = [Lock((), np.arange(1326) % 2 == 0, np.eye(1, len(tree.actions(0))).repeat(1326, axis=0))]
    locks += [Lock(taken, np.ones(1326, bool), strategy, (card,)) for card in parse_cards("3c Ad")]
    alone, divided = (
        SubgameSolver(tree, parse_cards(TURN), weights, comm=comm, locks=locks) for comm in (None, everyone)
    )
    for solver in (alone, divided):
        solver.run(4)
    assert divided.digest == alone.digest and divided.exploitability() == alone.exploitability()
    mine = [place for place, card in enumerate(divided.game.runout_card) if card in parse_cards("3c Ad")]
    for place in mine:
        assert (divided.strategy(node, place)[:, -1] == 1).all()
    found = np.array([len(mine)])
    everyone.allreduce_sum(found)
    assert found[0] == 2


def test_without_shared_memory_and_with_more_of_it_later(everyone, monkeypatch):
    """Values travel as messages then; two solvers at once take turns with what ranks have in common."""
    alone, divided = pair_of("turn", everyone)
    monkeypatch.setattr(branch_team, "_COMMON", {})
    monkeypatch.setattr(host, "free_shared_memory", lambda: 0)
    _, by_messages = pair_of("turn", everyone)
    monkeypatch.undo()
    _, larger = pair_of("flop", everyone)
    for solver in (alone, divided, by_messages, larger, larger, by_messages, divided, alone):
        solver.run(2)
    assert divided.digest == alone.digest == by_messages.digest
    shares = [team._common is not None and team._common.there for team in (divided.team, by_messages.team)]
    assert shares == [everyone.size > 1, False]


@pytest.mark.parametrize("name", ["turn", "flop"])
def test_what_lies_below_cards_to_come_is_kept_once(name, everyone):
    alone, divided = pair_of(name, everyone)
    upper = int(alone.game.block[0])
    sizes = np.zeros(everyone.size, np.int64)
    sizes[everyone.rank] = divided.sums.regret.size - upper
    everyone.allreduce_sum(sizes)
    assert sizes.sum() == alone.sums.regret.size - upper
    assert sizes.max() <= 1.1 * sizes.sum() / everyone.size


def test_ranks_without_a_card(everyone, monkeypatch):
    some_cards(monkeypatch, set(parse_cards("3c")))
    alone, divided = pair_of("turn", everyone)
    assert divided.game.every_branch.size == 1 and divided.game.own.size == (everyone.rank == 0)
    for solver in (alone, divided):
        solver.run(3)
    assert divided.digest == alone.digest and divided.exploitability() == alone.exploitability()


@pytest.mark.parametrize(("name", "call"), [("turn", 0.1), ("flop", 0.0)])
def test_a_stop_of_one_rank_stops_all(name, call, everyone, monkeypatch):
    """Of many short iterations in a call, and of long ones, which are given up before the next card."""
    monkeypatch.setattr(solvers, "_CALL", call)
    _, divided = pair_of(name, everyone)
    divided.warm_up()

    def run(last, late):
        divided.run(10**6, lambda: everyone.rank == last and time.perf_counter() > late)

    for last in (everyone.size - 1, 0):
        everyone.barrier()
        begin = time.perf_counter()
        run(last, begin + 0.5)
        spent = time.perf_counter() - begin
        done = np.array([divided.iterations, -divided.iterations])
        everyone.allreduce_max(done)
        assert done[0] == -done[1]
        assert 0.4 < spent < 15  # half a second where ranks have cores of their own
    assert divided.iterations > 0 or name == "flop"
    assert np.isfinite(divided.exploitability())


def test_stops_are_agreed_on(everyone):
    alone, divided = pair_of("turn", everyone)
    shown = []
    solved = solve(divided, 50, StopRules(0.5, None, 500), lambda check, left: shown.append(check))
    expected = solve(alone, 50, StopRules(0.5, None, 500), lambda check, left: None)
    assert solved.stopped_by == "target" and shown[-1] == solved.last
    assert [(check.iterations, check.exploitability_pct) for check in solved.checks] == [
        (check.iterations, check.exploitability_pct) for check in expected.checks
    ]
    timed = solve(pair_of("turn", everyone)[1], 50, StopRules(None, 0.3, None), lambda check, left: None)
    assert timed.stopped_by == "time" and timed.last.seconds < 1.3


@pytest.mark.parametrize("name", ["turn", "flop"])
def test_what_many_ranks_kept_one_goes_on_with(name, everyone, monkeypatch, tmp_path):
    """Stopped between two cards and saved, by all ranks and by one in turn: the sums of a run without a stop."""
    monkeypatch.setattr(solvers, "_CALL", 0.0)
    spot = open_spot({**SMALL, "board": SPOTS[name][0], "stacks": 60, "ranges": {"oop": "AA,QJs", "ip": "KK,AJs"}})
    folder = Folder(everyone.bcast_json(str(tmp_path / "kept")), "--continue", goes_on=True)
    expected, kept = spot.solver(), None
    expected.run(4)
    teams = (everyone, Communicator(), everyone, Communicator())[-4 if name == "turn" else -2 :]
    for turn, comm in enumerate(teams, 1):
        if comm.size > 1 or everyone.rank == 0:
            solver, asked = spot.solver(comm), iter(range(10**6))
            if kept is not None:
                take_up(solver, kept, True, folder)
            most = 20 + 5 * turn if turn < len(teams) and everyone.rank == 0 else 10**6
            solver.run(4 - solver.iterations, lambda asked=asked, most=most: next(asked) > most)
            check = ExploitabilityCheck(solver.iterations, 1.0, 1.0)
            folder.save(spot, solver, SolveResult([check], "signal"))
            assert turn == len(teams) or solver.halfway is not None
        everyone.barrier()
        kept = state_to_go_on(folder, verify=everyone.rank == 0)
        everyone.barrier()  # all have it mapped before it is replaced
    assert kept.meta["digest"] == expected.digest and kept.meta["iterations"] == 4
