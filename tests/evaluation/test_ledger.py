"""Every evaluation is kept, and what a run was at a checkpoint can be evaluated."""

import json
import shutil

import numpy as np
import pytest
from helpers.launching import run_here

from holdem_mpi import __version__
from holdem_mpi.errors import DataError, UserError
from holdem_mpi.evaluation import ledger
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.policy_files import open_run_policy, policies_of
from holdem_mpi.storage.checkpoint import split_checkpoint

EXPLOITABILITY = ("-m", "holdem_mpi.evaluate", "exploitability", "--json", "--policy")
KUHN = ("-m", "holdem_mpi.train", "--game", "kuhn", "--lanes", "2")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with ``run``: Kuhn, 40,000 iterations, checkpoints at 10,000, 20,000 and 40,000."""
    folder = tmp_path_factory.mktemp("trained")
    done = run_here((*KUHN, "--iters", 40_000, "--snapshots", 2, "--logdir", "run"), folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def run(trained, tmp_path, monkeypatch):
    """A copy of that run, in the test's own folder; its name there."""
    shutil.copytree(trained / "run", tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    return "run"


def test_a_checkpoint_is_the_policy_of_a_run_that_ended_there(run, train, tmp_path):
    train(1, *KUHN[2:], "--iters", 20_000, logdir="shorter")
    game, policy, manifest = open_run_policy(f"{run}@50", Communicator())
    expected_game, expected, expected_manifest = open_run_policy("shorter", Communicator())
    assert game == expected_game and manifest["iterations"] == 20_000 and manifest["checkpoint"] == 50
    np.testing.assert_array_equal(policy.probability, expected.probability)
    np.testing.assert_array_equal(policy.visited, expected.visited)
    shared = ("game", "buckets", "abstraction_digest", "table_digest", "iterations", "layout_fingerprint")
    assert {key: manifest[key] for key in shared} == {key: expected_manifest[key] for key in shared}
    assert manifest["cpu_seconds"] > 0 and manifest["seconds"] > 0
    last = open_run_policy(f"{run}@100", Communicator()).policy
    np.testing.assert_array_equal(last.probability, open_run_policy(run, Communicator()).policy.probability)


def test_names_of_checkpoints(run, tmp_path):
    assert policies_of(run, None) == ["run"] and policies_of(run, "50") == ["run@50"]
    assert policies_of(run, "all") == ["run@25", "run@50", "run@100"]
    assert split_checkpoint("run@50") == ("run", 50) and split_checkpoint("a@b/run") == ("a@b/run", None)
    (tmp_path / "odd@7").mkdir()
    assert split_checkpoint("odd@7") == ("odd@7", None)
    for wrong in ("51", "first", "-1", ""):
        with pytest.raises(UserError, match="checkpoint"):
            policies_of(run, wrong)
    shutil.rmtree(tmp_path / "run" / "checkpoints")
    with pytest.raises(DataError, match="no checkpoints here"):
        policies_of(run, "all")


def test_a_checkpoint_of_another_config_is_refused(run, tmp_path):
    path = tmp_path / "run" / "config.yaml"
    path.write_text(path.read_text().replace("seed: 0", "seed: 1"))
    with pytest.raises(DataError, match="checkpoint 50 is of another config"):
        open_run_policy(f"{run}@50", Communicator())


@pytest.mark.parametrize("ranks", [1, 2])
def test_every_evaluation_is_kept(run, mpirun, tmp_path, ranks):
    results = []
    for policy in ("run", "run/policy"):
        done = mpirun(ranks, *EXPLOITABILITY, policy)
        assert (done.returncode, done.stderr) == (0, "")
        results.append(json.loads(done.stdout))
    done = mpirun(ranks, *EXPLOITABILITY, "run", "--checkpoint", "all")
    results += [json.loads(line) for line in done.stdout.splitlines()]
    lines, warnings = ledger.read("run")
    assert warnings == [] and [line["result"] for line in lines] == results
    assert [line["checkpoint"] for line in lines] == [None, None, 25, 50, 100]
    assert [line["iterations"] for line in lines] == [40_000, 40_000, 10_000, 20_000, 40_000]
    assert [line["policy_digest"] for line in lines] == [result["digest"] for result in results]
    assert lines[0]["policy_digest"] == json.loads((tmp_path / "run" / "summary.json").read_text())["digest"]
    first = lines[0]
    assert first["command"] == "python -m holdem_mpi.evaluate exploitability --json --policy run"
    assert (first["verb"], first["ranks"], first["version"], first["options"]) == (
        "exploitability",
        ranks,
        __version__,
        {},
    )
    assert first["cpu_seconds"] > 0 and first["time"].endswith("+00:00")


def test_policies_outside_a_run(run, mpirun, tmp_path):
    shutil.move(tmp_path / "run" / "policy", tmp_path / "copy")
    done = mpirun(2, *EXPLOITABILITY, "copy")
    assert done.returncode == 0 and "nash_conv" in json.loads(done.stdout)
    assert done.stderr == "note: copy belongs to no run: not written to a ledger (--ledger FILE names one)\n"
    done = mpirun(1, *EXPLOITABILITY, "copy", "--ledger", "mine.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = [json.loads(text) for text in (tmp_path / "mine.jsonl").open()]
    assert line["result"] == json.loads(done.stdout) and line["fingerprint"] is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "mine.jsonl", "run"]
    assert not (tmp_path / "run" / "evaluations.jsonl").exists()


def test_a_ledger_that_cannot_be_written_costs_a_warning(run, mpirun, tmp_path):
    (tmp_path / "run" / "evaluations.jsonl").mkdir()
    done = mpirun(1, *EXPLOITABILITY, "run")
    assert done.returncode == 0 and "nash_conv" in json.loads(done.stdout)
    assert done.stderr.startswith("warning: ledger not written: ") and done.stderr.count("\n") == 1
    with pytest.raises(DataError, match=r"run/evaluations.jsonl: .*expected a ledger"):
        ledger.read("run")


def test_a_torn_line_is_reported(run, tmp_path):
    assert ledger.record("run", "lbr", {"mean_mbb": 3.5}, {"options": {"hands": 10}}) == (
        tmp_path / "run" / "evaluations.jsonl"
    ).relative_to(tmp_path)
    with open(tmp_path / "run" / "evaluations.jsonl", "a") as file:
        file.write('{"time": "2')
    ledger.record("run/policy", "lbr", {"mean_mbb": 4.5}, {})
    lines, warnings = ledger.read("run")
    assert [line["result"]["mean_mbb"] for line in lines] == [3.5, 4.5]
    assert warnings == ["run/evaluations.jsonl:2: torn or not a JSON object, skipped"]
    digest = json.loads((tmp_path / "run" / "summary.json").read_text())["digest"]
    assert lines[0]["options"] == {"hands": 10} and lines[0]["policy_digest"] == digest
    assert ledger.record("always-call", "lbr", {"mean_mbb": 1.0}, {}) is None
