"""The searching agent measured exactly: what it does everywhere, and that it loses less than the blueprint it plays."""

import json
from itertools import pairwise

import numpy as np
import pytest
from helpers.fake_searches import BlueprintSearch

from benchmarks.quality.safe_resolving import leduc_after
from holdem_mpi.best_response.enumerated import enumerate_deals, exploitability
from holdem_mpi.best_response.flop_response import FlopResponder
from holdem_mpi.best_response.preflop_response import class_values
from holdem_mpi.cards import parse_cards
from holdem_mpi.config.load import load_config
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.config.search_effort import SearchEffort
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.exact_policies import measured
from holdem_mpi.evaluation.searched_policies import PolicyOfFlops, probability_of_toy, searched
from holdem_mpi.game.game import Game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.policy.policy import Policy
from holdem_mpi.policy.tabular import TabularPolicy
from holdem_mpi.search.search_player import SearchPlayer, searching
from holdem_mpi.training.start import build_problem

EFFORT = SearchEffort(iterations=(60, 60, 60))


def policy_of(name, seed=11, **overrides):
    """A policy of random numbers."""
    config = load_config(name, {key.replace("__", "."): value for key, value in overrides.items()})
    problem = build_problem(config.completed(1), Communicator())
    layout, generator = problem.layout, np.random.default_rng(seed)
    probability = np.empty(layout.num_pairs)
    for start, end in pairwise(layout.first_pair_of_row()):
        probability[start:end] = generator.dirichlet(np.ones(end - start))
    tabular = TabularPolicy(layout, probability, np.ones(layout.num_rows, bool))
    return Policy(Game(config.game), tabular, problem.tables, "random numbers")


def nash_conv(layout, probability, game):
    return exploitability(layout, probability, enumerate_deals(game.toy_deck)).nash_conv


@pytest.mark.parametrize("game", ["kuhn", "leduc"])
def test_a_blueprint_asked_everywhere_is_itself(game):
    policy = policy_of(game)
    asked = probability_of_toy(policy.player, policy.game)
    assert np.array_equal(asked, policy.tabular.probability)


def test_in_leduc_the_agent_loses_less_than_its_coarse_blueprint():
    """Ten iterations of CFR+: half NashConv of 610 mbb/g."""
    problem, probability = leduc_after(10)
    game, layout = Game(problem.config.game), problem.layout
    tabular = TabularPolicy(layout, probability, np.ones(layout.num_rows, bool))
    player = BlueprintPlayer("ten iterations", Blueprint(tabular, problem.tables))
    before = nash_conv(layout, probability, game)
    agent = searching(Communicator(), game, player, EFFORT)
    asked = probability_of_toy(agent, game)
    assert nash_conv(layout, asked, game) < 0.8 * before
    assert np.array_equal(asked, probability_of_toy(searching(Communicator(), game, player, EFFORT), game))
    assert agent.audit.sums[1, 0] > 50 and agent.audit.sums[1, 0] == agent.audit.sums[:, :3].sum()
    assert agent.audit.sums[1, 5] == agent.audit.sums[1, 0], "every decision has a gadget: all is on the tree"
    for node in np.flatnonzero(layout.tree.street_of_node == 0).tolist():
        if layout.tree.player_of_node[node] >= 0:
            pairs = layout.pairs_of_node(node)
            assert np.array_equal(asked[pairs], probability[pairs]), "before the public card the blueprint plays"


FLOPS = [tuple(sorted(parse_cards(flop))) for flop in ("7c 8c 9c", "2d 9s Ks", "Ah As 4d")]


@pytest.fixture(scope="module")
def flop_holdem():
    return policy_of("flop_holdem", abstraction__buckets=[169, 5])


@pytest.mark.parametrize("flop", FLOPS)
def test_a_policy_put_together_flop_by_flop_is_the_same_against_best_responses(flop_holdem, flop):
    expected = class_values(FlopResponder(measured(flop_holdem).policy), flop)
    by_search = SearchPlayer(flop_holdem.player, BlueprintSearch(flop_holdem.player), SearchConfig(), EFFORT)
    for player in (flop_holdem.player, by_search):
        on_flop = PolicyOfFlops(player, measured(flop_holdem).policy, flop_holdem.game).on_flop(flop)
        np.testing.assert_allclose(class_values(FlopResponder(on_flop), flop), expected, rtol=0, atol=1e-9)


def test_games_with_more_streets_are_refused():
    policy = policy_of("turn_holdem", abstraction__buckets=[169, 5, 5])
    agent = SearchPlayer(policy.player, BlueprintSearch(policy.player), SearchConfig(), EFFORT)
    with pytest.raises(UserError, match="turn_holdem has 3 streets"):
        searched(policy, agent)


def test_in_flop_holdem_the_agent_loses_less_and_lbr_bounds_what_it_loses(train, mpirun):
    train(1, "--game", "flop_holdem", "--buckets", "169,5", "--iters", 2000, "--lanes", 1)
    command = ("-m", "holdem_mpi.evaluate")
    options = ("--policy", "run", "--seed", 1, "--json")
    search = ("--search-iterations", 12)
    exact = [
        json.loads(mpirun(1, *command, "exploitability", *options, "--flops", 4, *more).stdout)
        for more in ((), search, search)
    ]
    for name in ("plug_in", "cross_fitted"):  # on the same flops; before the flop both play alike
        assert exact[1][name]["mean"] < 0.95 * exact[0][name]["mean"]
    assert exact[1] == exact[2] and exact[1]["kept_in"] != exact[0]["kept_in"]
    assert exact[1]["policy"] == "search of run, 12 iterations"
    bound = json.loads(mpirun(1, *command, "lbr", *options, *search, "--rounds", "2", "--hands", 20).stdout)
    assert bound["interval_95"][0] < bound["mean"] < exact[1]["plug_in"]["mean"]


def test_what_cannot_be_is_one_line(mpirun):
    for options, words in (
        (("nolimit_hu_200bb", "--search-iterations", "9"), ("nolimit_hu_200bb", "too large", "lbr")),
        (("always-call", "--game", "leduc", "--search-iterations", "9"), ("leduc", "no --game")),
        (("always-call", "--search-iterations", "9"), ("always-call cannot search",)),
        (("run", "--search-iterations", "many"), ("--search-iterations many", "10,60,1000")),
    ):
        done = mpirun(1, "-m", "holdem_mpi.evaluate", "exploitability", "--policy", *options)
        assert done.returncode == 64 and done.stdout == "" and done.stderr.count("\n") == 1
        for word in words:
            assert word in done.stderr
