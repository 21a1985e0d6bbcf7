"""The match subcommand: intervals, the same on any number of ranks, errors of one line."""

import json

import pytest

from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.match import match_of
from holdem_mpi.parallel.communicator import Communicator

MATCH = ("-m", "holdem_mpi.evaluate", "match")


def refused(done, *words):
    assert done.returncode == 64 and done.stdout == "" and done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr


def result(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def leduc(train):
    """Two policies of Leduc."""
    for seed, iters in ((1, 100_000), (2, 3000)):
        train(1, "--game", "leduc", "--iters", iters, "--seed", seed, logdir=f"run{seed}")


def test_two_policies(leduc, mpirun):
    options = ("--policy", "run1", "--against", "run2", "--hands", 600, "--json", "--want", 0.01)
    results = [result(mpirun(ranks, *MATCH, *options)) for ranks in (1, 2, 3)]
    assert results[0] == results[1] == results[2]
    first = results[0]
    assert first["game"] == "leduc" and first["unit"] == "chips/h" and (first["hands"], first["deals"]) == (600, 300)
    for name in ("duplicate", "aivat"):
        figure = first[name]
        low, high = figure["interval_95"]
        assert low < figure["mean"] < high
        assert high - low == pytest.approx(2 * 1.959964 * figure["standard_error"], rel=1e-6)
        width = 1.959964 * (first["variance_of_one_hand"][name] / figure["hands_wanted"]) ** 0.5
        assert width == pytest.approx(0.01, rel=0.01)
    assert first["duplicate"]["mean"] == pytest.approx(first["chips"] / 600)
    assert first["variance_of_one_hand"]["aivat"] * 5 < first["variance_of_one_hand"]["plain"]
    swapped = result(mpirun(1, *MATCH, "--policy", "run2", "--against", "run1", "--hands", 600, "--json"))
    assert "want" not in swapped["aivat"]
    text = mpirun(1, *MATCH, "--policy", "run1", "--against", "run2", "--hands", 100, "--no-aivat").stdout
    assert "duplicate" in text and "95 % interval" in text and "AIVAT" not in text
    # Somebody who has trained more wins; both orders tell of the same match.
    assert first["aivat"]["interval_95"][0] > 0 > swapped["aivat"]["interval_95"][1]


def test_a_policy_against_itself(leduc, mpirun):
    same = result(mpirun(2, *MATCH, "--policy", "run1", "--against", "run1", "--hands", 200, "--json"))
    assert same["chips"] == 0 and same["variance_of_one_hand"]["plain"] > 0
    for name in ("duplicate", "aivat"):
        assert same[name]["interval_95"] == [0, 0] and same["variance_of_one_hand"][name] == 0


def test_baselines(leduc, mpirun):
    done = mpirun(2, *MATCH, "--policy", "run1", "--against", "pot-odds", "--hands", 100)
    assert done.returncode == 0 and done.stdout.count("95 % interval") == 2
    options = ("--policy", "always-raise", "--against", "always-fold", "--game", "kuhn", "--hands", 40, "--json")
    alone = result(mpirun(1, *MATCH, *options))
    # Who always folds loses the ante of 1 every hand.
    assert alone["duplicate"]["mean"] == 1 and alone["chips"] == 40


def test_what_cannot_be_played(leduc, train, mpirun, tmp_path, monkeypatch):
    train(1, "--game", "kuhn", "--iters", 2000, logdir="kuhn")
    refused(mpirun(2, *MATCH, "--policy", "run1", "--against", "kuhn"), "leduc", "kuhn")
    monkeypatch.chdir(tmp_path)
    for options, words in (
        ({"against": "nobody"}, ("nobody", "pot-odds")),
        ({"hands": 3}, ("--hands 3", "even")),
        ({"want": 0.0}, ("--want", "above 0")),
        ({"seed": -1}, ("--seed", "expected")),
        ({"policy": "random"}, ("--game",)),
        ({"policy": "pot-odds", "game": "leduc_3p"}, ("pot-odds", "heads-up", "leduc_3p")),
        ({"game": "leduc_3p", "search_ms": 50.0}, ("--search-ms", "random cannot search", "hold'em")),
    ):
        chosen = {"policy": "run1" if "against" in options else "random", "against": "random"} | options
        with pytest.raises(UserError) as raised:
            match_of(Communicator(), **chosen)
        assert "\n" not in str(raised.value) and all(word in str(raised.value) for word in words)
