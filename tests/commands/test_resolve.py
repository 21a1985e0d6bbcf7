"""The command resolve, from a spot to tables, JSON and CSV."""

import json
import os
import signal

import pytest

RESOLVE = ("-m", "holdem_mpi.resolve")


def refused(done, *words):
    assert done.returncode == 64 and done.stdout == "" and done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize("ranks", [1, 2])
def test_river_to_its_target(mpirun, tmp_path, ranks):
    done = mpirun(ranks, *RESOLVE, "--spot", "river", "--json", "--out", "all.json", "--csv", "hands.csv")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["exploitability_pct"] <= 0.25 and result["stopped_by"] == "target" and result["iterations"] < 300
    assert result["solve_seconds"] < 5
    strategy = result["strategy"]
    assert strategy["player"] == "oop" and strategy["actions"] == ["check", "bet 50", "all-in 200"]
    assert sum(strategy["mean"]) == pytest.approx(1, abs=1e-5) and len(strategy["hands"]) > 200
    falling = [line for line in done.stderr.splitlines() if "exploitability" in line]
    assert len(falling) >= 3 and float(falling[-1].split()[-5]) <= 0.25
    saved = json.loads((tmp_path / "all.json").read_text())
    assert saved["decisions"][0]["strategy"] == strategy["hands"] and saved["iterations"] == result["iterations"]
    assert len((tmp_path / "hands.csv").read_text().splitlines()) == 1 + sum(
        len(player["hands"]) for player in saved["players"].values()
    )


def test_three_players_on_a_river_share_the_work_and_give_one_result(mpirun, tmp_path):
    told = []
    for ranks in (1, 2):
        options = ("--spot", "river_3way", "--iterations", "30", "--json", "--out", f"{ranks}.json")
        done = mpirun(ranks, *RESOLVE, *options)
        assert done.returncode == 0, done.stderr
        told.append(json.loads(done.stdout.splitlines()[-1]))
        del told[-1]["solve_seconds"]
    assert told[0] == told[1] and told[0]["stopped_by"] == "iterations"
    assert list(told[0]["gain_pct"]) == ["SB", "BB", "BTN"] and max(told[0]["gain_pct"].values()) < 5
    assert sum(told[0]["ev"].values()) == pytest.approx(75, abs=1e-3)
    saved = [json.loads((tmp_path / f"{ranks}.json").read_text()) for ranks in (1, 2)]
    assert saved[0]["decisions"] == saved[1]["decisions"] and saved[0]["players"] == saved[1]["players"]
    refused(mpirun(2, *RESOLVE, "--spot", "river_3way", "--target-pct", "0"), "--target-pct", "above 0")


def test_flop_to_its_target(mpirun):
    done = mpirun(1, *RESOLVE, "--spot", "flop", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["exploitability_pct"] <= 0.25 and result["stopped_by"] == "target" and result["iterations"] < 200
    assert result["ev"]["oop"] + result["ev"]["ip"] == pytest.approx(50, abs=1e-3)
    falling = [float(line.split()[-5]) for line in done.stderr.splitlines() if "exploitability" in line]
    assert len(falling) >= 5 and falling[-1] <= 0.25 < falling[0]


def test_stops_on_the_command_line_replace_those_of_the_file(mpirun):
    done = mpirun(1, *RESOLVE, "--spot", "river", "--iterations", "300", "--json")
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["iterations"] == 300 and result["stopped_by"] == "iterations"
    plain = mpirun(1, *RESOLVE, "--spot", "river", "--target-pct", "1").stdout
    assert "oop to act: check" in plain and "equity" in plain


def test_bad_input(mpirun, tmp_path):
    refused(mpirun(2, *RESOLVE, "--spot", "nowhere.yaml"), "nowhere.yaml")
    refused(mpirun(1, *RESOLVE, "--spot", "rivver"), "river")
    refused(mpirun(1, *RESOLVE, "--spot", "river", "--target-pct", "0"), "--target-pct", "above 0")
    refused(mpirun(1, *RESOLVE, "--spot", "river", "--time", "soon"), "--time")
    refused(mpirun(1, *RESOLVE, "--spot", "river", "--out", "no/such/folder.json"), "--out no/such/folder.json")
    refused(mpirun(1, *RESOLVE), "--spot")


@pytest.mark.parametrize("spot", ["turn", "flop"])
def test_ctrl_c_prints_what_there_is(start, spot):
    job = start(1, *RESOLVE, "--spot", spot, "--time", "200", "--json")
    said = []
    while "exploitability" not in "".join(said):  # a slow start says so before
        said.append(job.process.stderr.readline())
        assert said[-1], said
    os.kill(job.process.pid, signal.SIGINT)
    done = job.finish(60)
    assert done.returncode == 75, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["stopped_by"] == "signal" and result["iterations"] > 0


def test_a_plan_solves_nothing(mpirun):
    done = mpirun(2, *RESOLVE, "--spot", "flop", "--plan", "--target-pct", "0.5")
    assert done.returncode == 0 and "109 nodes" in done.stdout and "to 0.5 % of the pot" in done.stdout
    assert "exploitability" not in done.stderr
    plan = json.loads(mpirun(1, *RESOLVE, "--spot", "turn", "--plan", "--json").stdout)
    assert plan["nodes"] == 97 and plan["fits"] and plan["memory"] > 2**20
    refused(mpirun(1, *RESOLVE, "--spot", "turn", "--plan", "--csv", "hands.csv"), "--plan", "--csv")
