"""Two policies compared by what they do: the sampled figures are those of an enumeration."""

import json
import re

import numpy as np
import pytest
from helpers.launching import run_here

import holdem_mpi as hm
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.difference import DifferenceOptions, difference_lines, difference_of
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.names import betting_to


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two policies of Kuhn poker, and one each of Leduc with two and three players."""
    folder = tmp_path_factory.mktemp("policies")
    for name, game, seed, iterations in (("a", "kuhn", 1, 800), ("b", "kuhn", 2, 80_000), ("leduc", "leduc", 1, 800)):
        solver = hm.MCCFRSolver(game, lanes=2, seed=seed)
        solver.run(iterations)
        solver.save(folder / name)
    three = hm.MCCFRSolver(hm.load_game("leduc", {"players": 3}), lanes=2)
    three.run(800)
    three.save(folder / "three")
    return folder


def enumerated(policies, lead):
    """(mean over hands of the mean over their decisions, {node: (chance to come there, moved there)}), each exact."""
    tree, places = policies[0].tabular.layout.tree, {}
    strategy = [[policy.blueprint.strategy(node, ()) for node in range(tree.num_nodes)] for policy in policies]

    def walk(node, reach, chance, moved):
        if tree.kind_of_node[node] != KIND_DECISION:
            return chance * np.mean(moved)
        player = int(tree.player_of_node[node])
        weight = reach[player] / reach[player].sum()
        here = float(weight @ np.abs(strategy[0][node] - strategy[1][node]).sum(axis=1) / 2)
        places[node] = (chance, here)
        total = 0.0
        for column, child in enumerate(tree.children(node).tolist()):
            taken = strategy[lead][node][:, column]
            share = float(weight @ taken)
            if share > 0:
                after = reach.copy()
                after[player] *= taken
                total += walk(child, after, chance * share, [*moved, here])
        return total

    return walk(0, np.ones((2, 3)), 1.0, []), places


def test_the_figures_are_those_of_an_enumeration(folder, monkeypatch):
    monkeypatch.chdir(folder)
    result = difference_of(Communicator(), "a", "b", DifferenceOptions(hands=4000, seed=3))
    policies = [hm.load_policy(name) for name in ("a", "b")]
    halves = [enumerated(policies, lead) for lead in (0, 1)]
    expected = 100 * np.mean([half[0] for half in halves])
    moved = result["moved"]
    assert abs(moved["mean"] - expected) < 4 * moved["standard_error"] and moved["mean"] > 1
    assert moved["standard_error"] < 0.5
    layout = policies[0].tabular.layout
    by_betting = {betting_to(layout, node): node for node in halves[0][1]}
    assert len(result["places"]) == 4  # all decisions of Kuhn poker
    for place in result["places"]:
        node = by_betting[place["betting"]]
        chances = [half[1][node][0] for half in halves]
        assert place["hands"] == pytest.approx(np.mean(chances), abs=0.04)
        low, high = sorted(100 * half[1][node][1] for half in halves)
        assert low - 1e-9 <= place["moved"] <= high + 1e-9
        for mean in place["means"]:
            assert sum(mean) == pytest.approx(1)
    total = [place["hands"] * place["moved"] for place in result["places"]]
    assert total == sorted(total, reverse=True)


def test_a_policy_does_not_differ_from_itself(folder, monkeypatch):
    monkeypatch.chdir(folder)
    result = difference_of(Communicator(), "leduc", "leduc", DifferenceOptions(hands=40))
    assert result["moved"]["mean"] == 0 and result["places"] == []
    assert {each["moved"] for each in result["streets"].values()} == {0.0}
    lines = difference_lines(result)
    assert "half of them played by each" in lines[0] and lines[-1].startswith("flop")


def test_the_command_on_any_number_of_ranks(folder, mpirun):
    command = ("-m", "holdem_mpi.evaluate", "difference", folder / "three", folder / "three", "--hands", 60, "--json")
    one = json.loads(run_here(command, folder).stdout)
    two = json.loads(mpirun(2, *command).stdout)
    assert one == two and one["hands"] == 60 and one["streets"]["preflop"]["decisions"] >= 180
    done = run_here(("-m", "holdem_mpi.evaluate", "difference", "a", "b", "--top", 2, "--hands", 40), folder)
    assert done.returncode == 0 and done.stdout.count(" % moved: A ") == 2, done.stderr
    assert re.search(r"moved: A (fold|check) \d+ %, (call|bet 1( all-in)?) \d+ %; B", done.stdout), done.stdout


@pytest.mark.parametrize(
    ("second", "options", "text"),
    [
        ("leduc", {}, "leduc: a policy of leduc, expected one of kuhn, as a"),
        ("nope", {}, "nope: no such folder"),
        ("b", {"hands": 5}, "--hands 5: expected an even number"),
        ("b", {"hands": 0}, "--hands 0: expected an even number"),
        ("b", {"seed": -1}, "--seed -1: expected a number of 0 to"),
        ("b", {"top": -1}, "--top -1: expected a number of at least 0"),
    ],
)
def test_what_cannot_be_compared(folder, monkeypatch, second, options, text):
    monkeypatch.chdir(folder)
    with pytest.raises(UserError, match=text):
        difference_of(Communicator(), "a", second, DifferenceOptions(**options))
