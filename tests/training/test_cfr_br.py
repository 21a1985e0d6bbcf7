"""CFR-BR as a run: less exploitable than an equilibrium of the buckets, resumed, evaluated at checkpoints, refused."""

import json

import numpy as np
import pytest
import yaml

from holdem_mpi.config.load import load_config
from holdem_mpi.config.shipped import path_of_game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.training.cfr_br import flop_of_lane
from holdem_mpi.training.start import build_problem, trainer_for
from holdem_mpi.training.trainer import Progress

OURS = ("--game", "flop_holdem", "--buckets", "169,5", "--bucket-dir", "tables")
BEST = (*OURS, "--sampler", "cfr-br", "--lanes", 2)


@pytest.fixture(autouse=True)
def tables(mpirun):
    assert mpirun(1, "-m", "holdem_mpi.abstract", "--buckets", "169,5", "--out", "tables").returncode == 0


def exploitability(mpirun, *options):
    done = mpirun(1, "-m", "holdem_mpi.evaluate", "exploitability", "--json", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["exploitability_mbb"]


def test_it_is_less_exploitable_than_an_equilibrium_of_the_buckets(train, mpirun):
    train(1, *BEST, "--iters", 600)
    train(1, *OURS, "--iters", 100_000, "--batch-size", 2000, logdir="other")
    assert exploitability(mpirun, "--policy", "run") < 0.8 * exploitability(mpirun, "--policy", "other")


def test_a_run_goes_on_and_its_checkpoints_are_policies(train, mpirun, tmp_path):
    whole = train(1, *BEST, "--iters", 60, logdir="whole")
    train(1, *BEST, "--iters", 20)
    assert train(1, "--resume", "--iters", 60)["digest"] == whole["digest"]
    assert exploitability(mpirun, "--policy", "run@30") == exploitability(mpirun, "--policy", "whole")
    assert whole["batch_size"] == 1 and whole["batches"] == 30 and whole["visits_per_second"] > 0


def test_its_weights_are_its_own(mpirun, tmp_path):
    def solver(*options):
        game = yaml.safe_load(path_of_game("flop_holdem").read_text())
        game["solver"] = {"sampler": "cfr-br", **dict(options)}
        (tmp_path / "game.yaml").write_text(yaml.safe_dump(game))
        return load_config(tmp_path / "game.yaml").solver

    theirs = load_config("flop_holdem", {"solver.sampler": ("--sampler", "cfr-br")}).solver
    assert (theirs.algorithm, theirs.alpha, theirs.beta, theirs.gamma) == ("dcfr", 16, 16, 2)
    assert theirs.discount_interval == 10
    assert solver() == solver(("algorithm", "dcfr")) == theirs
    assert solver(("algorithm", "linear"), ("gamma", 1.0)).gamma == 1


def test_the_trunk_is_discounted_with_the_rows(tmp_path):
    keys = {
        "solver.algorithm": "linear",
        "solver.discount_interval": 2,
        "abstraction.directory": str(tmp_path / "tables"),
    }
    keys |= {"solver.sampler": "cfr-br", "lanes": 1, "abstraction.buckets": [169, 5]}
    problem = build_problem(load_config("flop_holdem", keys), Communicator())
    trainer = trainer_for(problem, Communicator(), None, Progress(iterations=2))
    trainer.table[:] = 8.0
    assert trainer.table.size > 2 * problem.layout.num_pairs and trainer.discount()
    assert (trainer.table == 4.0).all()  # t = 1, and t / (t + 1) of everything is kept


def test_a_plan_recommends_no_batch_size(mpirun):
    done = mpirun(1, "-m", "holdem_mpi.train", *BEST, "--plan")
    assert done.returncode == 0 and "iterations/s:" in done.stdout and "recommended" not in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--game", "limit_holdem"), "cfr-br is for fixed-limit hold'em that ends on the flop or the turn"),
        (("--game", "leduc"), "cfr-br is for fixed-limit hold'em"),
        ((*OURS, "--algorithm", "cfr+"), "cfr+ is for the samplers public and full, not cfr-br"),
        ((*OURS, "--prune"), "not for the sampler cfr-br"),
        (("--config", "bare.yaml"), "abstraction.buckets: expected 2 values, one per street, got 0"),
        ((*OURS, "--mode", "racing"), "racing is for the samplers external and outcome, not cfr-br"),
        (("--game", "flop_holdem", "--buckets", "169,lossless"), "at most 20000 buckets a street"),
    ],
)
def test_what_it_is_not_for(mpirun, tmp_path, options, words):
    game = yaml.safe_load(path_of_game("flop_holdem").read_text())["game"]
    (tmp_path / "bare.yaml").write_text(yaml.safe_dump({"game": game}))
    done = mpirun(1, "-m", "holdem_mpi.train", "--sampler", "cfr-br", *options, "--logdir", "run")
    assert done.returncode == 64 and words in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_flops_are_drawn_uniformly():
    flops = np.array([flop_of_lane(5, batch, lane) for batch in range(2000) for lane in range(3)])
    assert (np.diff(flops, axis=1) > 0).all() and len(np.unique(flops, axis=0)) > 5000
    counts = np.bincount(flops.ravel(), minlength=52)
    assert abs(counts - 18_000 / 52).max() < 5 * (18_000 / 52) ** 0.5
