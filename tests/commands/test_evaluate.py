"""The evaluate command on policies that train has written."""

import json
import re

import pytest

from holdem_mpi.cards import class_name
from holdem_mpi.evaluation.exploitability import exploitability_lines

EVALUATE = ("-m", "holdem_mpi.evaluate")


def refused(done, *words):
    assert done.returncode == 64 and done.stdout == "" and done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize("ranks", [1, 2])
def test_exploitability_of_kuhn(train, mpirun, ranks):
    summary = train(1, "--game", "kuhn", "--iters", 1_000_000)
    results = []
    for folder in ("run", "run/policy"):
        done = mpirun(ranks, *EVALUATE, "exploitability", "--json", "--policy", folder)
        assert done.returncode == 0 and done.stdout.count("\n") == 1, done.stderr
        results.append(json.loads(done.stdout))
    result = results[0]
    assert results[1] == result
    assert result["game"] == "kuhn" and result["digest"] == summary["digest"]
    assert 0 < result["nash_conv"] <= 0.01 and abs(result["values"][0] + 1 / 18) <= 0.003
    assert result["values"][1] == pytest.approx(-result["values"][0])
    assert result["exploitability_mbb"] == pytest.approx(500 * result["nash_conv"])
    plain = mpirun(ranks, *EVALUATE, "exploitability", "--policy", "run").stdout
    lines = dict(line.split(": ", 1) for line in plain.splitlines())
    mbb = f"{result['nash_conv_mbb']:.6f}" if result["nash_conv_mbb"] < 10 else f"{result['nash_conv_mbb']:.7g}"
    assert lines["NashConv"] == f"{result['nash_conv']:.6f} chips ({mbb} mbb/g)"
    assert lines["values by seat"].startswith("-0.05") and lines["iterations"] == "1,000,000"
    assert lines["infosets never visited"] == "0" and "_" not in plain.replace(result["digest"], "")


def test_exploitability_of_a_baseline_in_a_small_game(mpirun):
    done = mpirun(2, *EVALUATE, "exploitability", "--json", "--policy", "random", "--game", "kuhn")
    assert done.returncode == 0 and json.loads(done.stdout)["nash_conv"] == pytest.approx(11 / 12), done.stderr
    refused(mpirun(1, *EVALUATE, "exploitability", "--policy", "random"), "--game")
    flops = ("--policy", "always-call", "--game", "leduc", "--flops", 8)
    refused(mpirun(1, *EVALUATE, "exploitability", *flops), "--flops 8", "leduc")
    too_large = ("--policy", "random", "--game", "nolimit_hu_20bb")
    refused(mpirun(1, *EVALUATE, "exploitability", *too_large), "nolimit_hu_20bb", "too large")


def test_figures_are_for_people():
    exact = {"game": "kuhn", "nash_conv": 11 / 12, "best_responses": [0.5, 5 / 12], "nash_conv_mbb": 1e3 * 11 / 12}
    assert exploitability_lines(exact) == [
        "game: kuhn",
        "NashConv: 0.916667 chips (916.6667 mbb/g)",
        "best responses by seat: 0.500000, 0.416667 chips",
    ]
    large = {"exploitability": 120.3275, "exploitability_mbb": 2406.550123456, "flops": 1755, "core_hours": 7.26004}
    assert exploitability_lines(large) == [
        "exploitability: 120.3275 chips (2406.55 mbb/g)",
        "flops: 1,755",
        "core-hours: 7.26",
    ]
    assert exploitability_lines({"nash_conv": 3.33066907387e-16}) == ["NashConv: 0 chips"]  # what rounding leaves


def test_chart(train, mpirun, tmp_path):
    assert mpirun(1, "-m", "holdem_mpi.abstract", "--buckets", "169,5", "--out", "tables").returncode == 0
    options = ("--game", "flop_holdem", "--buckets", "169,5", "--bucket-dir", "tables", "--iters", 40_000)
    train(1, *options)
    done = mpirun(2, *EVALUATE, "chart", "--policy", "run")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].endswith("actions: fold, call, raise to 200 (2 bb)") and "blinds" in lines[0]
    cells = [re.findall(r"(\d+)/(\d+)", line) for line in lines[3:16]]
    assert [len(row) for row in cells] == [13] * 13 and max(map(len, lines)) <= 100
    assert lines[2].split() == [line.split()[0] for line in lines[3:16]] == list("AKQJT98765432")
    exported = json.loads((tmp_path / "run" / "avg_policy.json").read_text())["infosets"]
    for row in range(13):
        for column, (raised, called) in enumerate(cells[row]):
            fold, call, bet = exported[f"1|0|{class_name(13 * row + column)}|"]["probabilities"]
            assert abs(100 * bet - int(raised)) <= 0.51 and abs(100 * call - int(called)) <= 0.51
            assert fold + call + bet == pytest.approx(1)
    files = ("--csv", "chart.csv", "--plot", "chart.png")
    assert mpirun(1, *EVALUATE, "chart", "--policy", "run", *files).stdout == done.stdout
    first, aces, *rest = (tmp_path / "chart.csv").read_text().splitlines()
    assert first == "class,visited,f,c,r200" and aces.startswith("AA,yes,") and len(rest) == 168
    assert [float(share) for share in aces.split(",")[2:]] == pytest.approx(
        exported["1|0|AA|"]["probabilities"], abs=1e-5
    )
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    for wrong in (("--plot", "chart.gif"), ("--csv", "nowhere/chart.csv")):
        refused(mpirun(1, *EVALUATE, "chart", "--policy", "run", *wrong), " ".join(wrong))
    after_raise = mpirun(1, *EVALUATE, "chart", "--policy", "run", "--line", "r200").stdout
    assert after_raise.startswith(
        "flop_holdem: seat 0 (BB) to act after r200; actions: fold, call, raise to 300 (3 bb)\n"
    )
    refused(mpirun(1, *EVALUATE, "chart", "--policy", "run", "--line", "r201"), "--line 'r201'", "r200")


def test_bad_policies(train, mpirun, tmp_path):
    train(1, "--game", "kuhn", "--iters", 2000)
    refused(mpirun(2, *EVALUATE, "chart", "--policy", "run"), "kuhn", "preflop")
    refused(mpirun(2, *EVALUATE, "exploitability", "--policy", "nowhere"), "nowhere", "expected", "always-call")
    refused(mpirun(1, *EVALUATE, "exploitability", "--policy", "run", "--flops", 8), "--flops 8", "kuhn")
    refused(mpirun(1, *EVALUATE, "exploitability", "--policy", "run", "--game", "leduc"), "--game leduc", "kuhn")
    refused(mpirun(1, *EVALUATE, "exploitability"), "--policy")
    refused(mpirun(1, *EVALUATE, "judge", "--policy", "run"), "judge", "exploitability")
    strategy = tmp_path / "run" / "policy" / "strategy.npy"
    strategy.write_bytes(strategy.read_bytes()[:-8])
    refused(mpirun(2, *EVALUATE, "exploitability", "--policy", "run"), "run/policy/strategy.npy", "bytes")
