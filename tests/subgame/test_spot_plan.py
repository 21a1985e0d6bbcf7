"""What a spot takes is told before it is built, and what cannot be had is not built."""

import time

import pytest
from helpers.spot_files import SMALL, opener

from holdem_mpi.errors import ConfigError
from holdem_mpi.game import tree_size
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.subgame import spot as spots
from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_plan import plan_lines, plan_of, plan_result, refuse_too_long
from holdem_mpi.subgame.spot_report import ReportFiles, resolve_spot
from holdem_mpi.subgame.spot_solving import StopRules, solve, stops_of
from holdem_mpi.subgame.subgame_arrays import bytes_needed

DEEP = {
    **SMALL,
    "board": "Qs Jh 2h",
    "stacks": 5000,
    "bet_sizes": ["33%", "75%", "150%"],
    "raise_sizes": ["50%", "100%"],
}


@pytest.fixture
def nothing_is_built(monkeypatch):
    monkeypatch.setattr(spots, "build_tree", None)
    monkeypatch.setattr(spots, "SubgameSolver", None)


@pytest.mark.parametrize("board", ["Qs Jh 2h", "Qs Jh 2h 8h", "Qs Jh 2h 8h 3c"])
def test_a_plan_is_what_building_finds(board):
    opened = open_spot({**SMALL, "board": board, "stacks": 60})
    plan, result = plan_of(opened), plan_result(opened)
    assert "tree" not in vars(opened)
    assert plan.nodes == opened.tree.num_nodes and result["fits"]
    assert plan.memory == bytes_needed(opened.tree, opened.board, opened.ranges)
    assert sum(result["decisions"].values()) == (opened.tree.player_of_node >= 0).sum()
    assert plan.iterations[0] < plan.iterations[1] and 0 < plan.seconds[0] < plan.seconds[1]
    text = "\n".join(plan_lines(opened, result))
    fullest = [plan.memory, *(each["memory_of_rank"] for each in result["on_ranks"])]
    assert len(fullest) == (1 if len(opened.board) == 5 else 5) and fullest == sorted(fullest, reverse=True)
    if len(opened.board) < 5:
        assert plan.memory / 2 < fullest[1] < 0.6 * plan.memory and "on so many ranks, memory of the fullest" in text
    assert f"{plan.nodes:,} nodes" in text and "to 0.25 % of the pot" in text


def test_stops_bound_the_plan():
    few = plan_of(open_spot({**SMALL, "solver": {"iterations": 7}}))
    assert few.iterations == (7, 7)
    short = open_spot({**SMALL, "board": "Qs Jh 2h", "solver": {"time": 3, "target_pct": 0.001}})
    assert plan_of(short).seconds[1] <= 3 + plan_of(short).seconds_per_iteration


def test_large_spots_are_planned_at_once_and_refused_unbuilt(nothing_is_built):
    begin = time.perf_counter()
    opened = open_spot(DEEP)
    plan = plan_of(opened)
    assert plan.nodes > 20_000 and plan.memory > 2**34 and time.perf_counter() - begin < 60
    lines = plan_lines(opened, {**plan_result(opened), "memory_here": 2**30, "fits": False})
    assert lines[1].endswith("it does not fit")


def test_what_does_not_fit_is_refused_unbuilt(nothing_is_built, monkeypatch):
    monkeypatch.setattr(spots.os, "sysconf", lambda name: 2**15)  # a gibibyte
    with pytest.raises(ConfigError, match=r"spot: bet_sizes: the spot needs .* of memory, this machine has 1 GiB"):
        open_spot(DEEP).solver()


def test_trees_beyond_what_can_be_built_are_refused_unbuilt(nothing_is_built, monkeypatch):
    monkeypatch.setattr(tree_size, "MOST_STATES", tree_size.FEWEST_STATES)
    sizes = [f"{share}%" for share in (20, 30, 40, 50, 60, 75, 90, 100, 125, 150, 200)]
    with pytest.raises(
        ConfigError, match=r"^spot: bet_sizes: its betting tree has (more than )?[0-9]+ nodes; expected at"
    ):
        open_spot({**DEEP, "stacks": 100_000, "bet_sizes": sizes, "raise_sizes": sizes})
    with pytest.raises(
        ConfigError, match=r"^spot: bet_sizes: its betting tree has [0-9]+ nodes; expected at most 1000 "
    ):
        open_spot(DEEP, most_nodes=1000)


def test_time_counts_from_the_start_of_building(tmp_path):
    spot = opener(tmp_path)
    opened = spot(board="Qs Jh 2h", solver={"time": 100})
    assert 59 < stops_of(opened.config.solver, time.perf_counter() - 40).seconds < 60
    assert stops_of(opened.config.solver, time.perf_counter() - 400).seconds == 0
    solver = opened.solver()
    solved = solve(solver, opened.pot * opened.unit, StopRules(None, 0.0, None), lambda check, left: None)
    assert solved.stopped_by == "time" and solved.last.iterations == 0  # given up before the first turn card
    assert 0 < solved.last.exploitability_pct < 1000


def test_what_takes_longer_to_build_than_there_is_time_is_refused(nothing_is_built, tmp_path):
    spot = opener(tmp_path)
    keys = {key: value for key, value in DEEP.items() if key != "ranges"}
    with pytest.raises(
        ConfigError, match=r"^--time: building the spot takes about .* more than the 0.5 s for all of it"
    ):
        spot(**keys, solver={"time": 1})  # the file
        overrides = {"solver.time": ("--time", 0.5)}
        resolve_spot(Communicator(), str(tmp_path / "spot.yaml"), overrides, ReportFiles(None, None, True))
    refuse_too_long(open_spot(SMALL), "spot")
