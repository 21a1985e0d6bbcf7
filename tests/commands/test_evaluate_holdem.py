"""``evaluate exploitability`` on flop hold'em: one result on any number of ranks, after kills, from sampled flops."""

import json
import time

import numpy as np
import pytest

from holdem_mpi.evaluation.estimate import Estimate

EVALUATE = ("-m", "holdem_mpi.evaluate", "exploitability", "--json", "--policy")
BUCKETS = "169,5"


@pytest.fixture
def policy(train, mpirun):
    """A flop hold'em policy over 5 buckets."""
    assert mpirun(1, "-m", "holdem_mpi.abstract", "--buckets", BUCKETS, "--out", "tables").returncode == 0
    train(1, "--game", "flop_holdem", "--buckets", BUCKETS, "--bucket-dir", "tables", "--iters", 20_000)
    return "run"


def result_of(done):
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def figures(result):
    """What must not depend on ranks and interruptions."""
    return {key: value for key, value in result.items() if not key.startswith("core_hours") and key != "kept_in"}


def test_one_result_on_any_number_of_ranks_and_after_a_kill(policy, mpirun, start, tmp_path):
    whole = result_of(mpirun(1, *EVALUATE, policy))
    assert whole["nash_conv"] == sum(whole["best_responses"]) > 0
    assert whole["exploitability_mbb"] == pytest.approx(1000 * whole["nash_conv"] / 2 / 100)
    kept = tmp_path / whole["kept_in"] / "items.bin"
    assert kept.parent.parent == tmp_path / "run" / "evaluations"
    record = kept.stat().st_size // 1755
    assert figures(result_of(mpirun(2, *EVALUATE, policy, "--out", "two"))) == figures(whole)
    job = start(3, *EVALUATE, policy, "--out", "three")
    place = tmp_path / "three" / kept.parent.name / "items.bin"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not (place.exists() and place.stat().st_size > 64 * record):
        time.sleep(0.005)
    job.kill()
    with open(place, "r+b") as file:  # and damage a record
        file.seek(record + 100)
        file.write(b"\xff\xff")
    assert figures(result_of(mpirun(3, *EVALUATE, policy, "--out", "three"))) == figures(whole)
    # All flops are there now: what is left to do takes no time, and changes nothing.
    assert figures(result_of(mpirun(1, *EVALUATE, policy + "/policy"))) | {"policy": policy} == figures(whole)


def test_sampled_flops_bracket_the_whole(mpirun):
    measured = (*EVALUATE, "half-half", "--game", "flop_holdem", "--out", "kept")
    whole = result_of(mpirun(1, *measured))["exploitability_mbb"]
    first, second = (result_of(mpirun(1, *measured, "--flops", 16, "--seed", seed)) for seed in (0, 1))
    assert figures(first) != figures(second)
    for sample in (first, second):
        assert sample["bracket_mbb"] == [
            sample["cross_fitted"]["interval_95"][0],
            sample["plug_in"]["interval_95"][1],
        ]
        assert sample["bracket_mbb"][0] < whole < sample["bracket_mbb"][1]
        assert np.diff(sample["bracket_mbb"]) < 0.05 * whole
        for figure in (sample["plug_in"], sample["cross_fitted"]):
            assert (figure["unit"], figure["count"]) == ("mbb/g", 16)
            assert figure["mean"] == pytest.approx(10 * figure["exploitability"])
            assert figure["nash_conv"] == pytest.approx(sum(figure["best_responses"]))
    assert figures(result_of(mpirun(2, *measured[:-1], "anew", "--flops", 16))) == figures(first)
    text = mpirun(1, *(word for word in measured if word != "--json"), "--flops", 16).stdout
    assert f"plug-in estimate: {Estimate.from_json(first['plug_in'])}\n" in text and "\nbracket: +" in text


def test_baselines_and_bad_input(mpirun, tmp_path):
    found = {}
    for name in ("always-fold", "always-call"):
        found[name] = result_of(mpirun(1, *EVALUATE, name, "--game", "flop_holdem", "--out", "kept"))
    # The blinds, 100 and 50 chips, for nothing.
    assert found["always-fold"]["best_responses"] == pytest.approx([50, 100], abs=1e-9)
    assert found["always-fold"]["exploitability_mbb"] == pytest.approx(750, abs=1e-9)
    assert found["always-call"]["best_responses"][0] == pytest.approx(found["always-call"]["best_responses"][1])
    bad = [
        (("always-call",), "--game"),
        (("always-call", "--game", "nolimit_hu_20bb"), "nolimit_hu_20bb"),
        (("always-call", "--game", "chess"), "chess"),
        (("always-call", "--game", "flop_holdem", "--flops", 7), "even"),
        (("always-call", "--game", "flop_holdem", "--out", "file"), "file"),
    ]
    (tmp_path / "file").write_text("")
    for options, word in bad:
        done = mpirun(1, *EVALUATE, *options)
        assert done.returncode in (64, 74) and word in done.stderr and done.stderr.count("\n") == 1, done.stderr
