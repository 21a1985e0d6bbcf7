"""``resolve report``: tables of many boards, stopped and gone on with, on one rank and two."""

import csv
import json
import re
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from helpers.launching import run_here

import holdem_mpi as hm
from holdem_mpi.errors import DataError, UserError
from holdem_mpi.subgame.spot import open_spot

REPORT = ("-m", "holdem_mpi.resolve", "report")
TEMPLATE = """
pot: 10
stacks: 20
ranges: {oop: "AA,QQ,77,A5s", ip: "KK,TT,76s"}
bet_sizes: [0.5]
max_raises: 2
"""
TURN = ("--spot", "spot.yaml", "--turns", "Ks 8s 2s")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "spot.yaml").write_text(TEMPLATE)
    return tmp_path


def run(folder, *words):
    done = run_here((*REPORT, *words), folder)
    assert done.returncode == 0, done.stderr
    return done


def refused(folder, words, *told):
    done = run_here((*REPORT, *words), folder)
    assert done.returncode == 64 and done.stdout == "" and done.stderr.count("\n") == 1, done.stderr
    for each in told:
        assert each in done.stderr


@pytest.fixture(scope="module")
def turns(tmp_path_factory):
    """(folder, JSON) of all turn cards of a flop, 20 iterations each."""
    folder = tmp_path_factory.mktemp("turns")
    (folder / "spot.yaml").write_text(TEMPLATE)
    done = run(folder, *TURN, "--out", "R", "--iterations", "20", "--solutions", "--json")
    return folder, json.loads(done.stdout)


def test_turns_of_a_flop_add_up_to_the_flop(turns):
    folder, told = turns
    report = hm.open_report(folder / "R")
    assert told["boards"] == len(report.boards) == 23 and report.weight.sum() == 49
    assert report.share.sum() == pytest.approx(1) and report.missing == () and report.impossible == ()
    # What a range has at the showdown on the flop is the mean over the turn cards that come.
    whole = open_spot({**report.spot, "board": "Ks 8s 2s"}).solver()
    for player, position in enumerate(report.positions):
        weight = whole.meeting_weight(player)
        equity = weight @ whole.equity(player) / weight.sum()
        assert told["means"]["equity"][position] == pytest.approx(equity, abs=1e-5)
        assert report.share @ report.equity[position] == pytest.approx(equity, abs=1e-5)
    assert sum(report.ev.values()) == pytest.approx(np.full(23, 10), abs=1e-4)
    assert report.frequencies.sum(axis=1) == pytest.approx(np.ones(23), abs=5e-6) and set(report.iterations) == {20}


def test_a_row_is_what_solving_that_board_alone_gives(turns):
    folder, _ = turns
    report = hm.open_report(folder / "R")
    alone = hm.solve_spot({**report.spot, "board": "Ks 8s 2s 8h"}, iterations=20)
    row = report.row("Ks8s2s8h")
    dealt = alone.dealt_at("oop")
    assert [row[name] for name in alone.decision().actions] == pytest.approx(
        dealt @ alone.decision().strategy, abs=2e-6
    )
    assert row["ev_oop"] == pytest.approx(dealt @ alone.evs("oop"), abs=2e-6)
    assert row["exploitability_pct"] == pytest.approx(alone.exploitability_pct, abs=2e-6)
    kept = report.solution("Ks 8s 2s 8h")
    assert (kept.decision("check").strategy == alone.decision("check").strategy).all()
    assert row["pairs"] == "paired" and row["suits"] == "3 of a suit" and row["high"] == "K"


def test_tables_and_pictures(turns):
    folder, told = turns
    report = hm.open_report(folder / "R")
    rows = list(csv.DictReader((folder / "R" / "table.csv").open()))
    assert [row["board"] for row in rows] == list(report.boards)
    assert float(rows[3]["ev_ip"]) == pytest.approx(report.ev["ip"][3], rel=1e-5)
    saved = json.loads((folder / "R" / "report.json").read_text())
    assert saved["means"] == told["means"] and len(saved["rows"]) == 23 and saved["rows"][0] == report.rows()[0]
    assert sum(each["share"] for each in told["textures"].values()) == pytest.approx(1)
    for name in ("boards", "textures"):
        picture = (folder / "R" / f"{name}.svg").read_text()
        assert picture.startswith("<svg") and picture.count("<rect") > 23 and (folder / "R" / f"{name}.png").exists()
        assert f"EV {100 * report.ev['oop'][0] / 10:.1f} %" in picture or name == "textures"
    plain = run(folder, *TURN, "--out", "R", "--iterations", "20").stdout
    assert "turn cards of Ks8s2s: 23 boards, oop to act, pot 10" in plain and "\nall " in plain
    assert "bet most: " in plain and max(map(len, plain.splitlines())) <= 110


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_stopped_half_way_and_started_again_nothing_is_solved_twice(start, folder, turns, number):
    whole = hm.open_report(turns[0] / "R")
    options = (*TURN, "--out", "R", "--iterations", "20")
    job = start(2, *REPORT, *options, "--solutions")
    rows = folder / "R" / "boards"
    end = time.monotonic() + 120
    while len(list(rows.glob("*.json"))) < 3 and job.process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.002)
    if number == signal.SIGTERM:
        job.process.send_signal(number)
        done = job.finish()
        assert done.returncode == 75 and "the same command goes on" in done.stderr
    else:
        ranks = job.ranks()
        job.kill()
        while any(Path(f"/proc/{rank}/cmdline").exists() for rank in ranks):  # the last lock goes with the last rank
            time.sleep(0.01)
    kept = {path.name: path.stat().st_mtime_ns for path in rows.glob("*.json")}
    assert 3 <= len(kept) < 23
    half = hm.open_report(folder / "R")
    assert (
        len(half.boards) == len(kept) and len(half.missing) == 23 - len(kept) and half.share.sum() == pytest.approx(1)
    )
    told = json.loads(run(folder, *options, "--json").stdout)
    again = hm.open_report(folder / "R")
    assert {name: (rows / name).stat().st_mtime_ns for name in kept} == kept
    assert again.boards == whole.boards and (again.frequencies == whole.frequencies).all() and told["missing"] == []
    drop = {"seconds"}
    assert [{k: v for k, v in row.items() if k not in drop} for row in again.rows()] == [
        {k: v for k, v in row.items() if k not in drop} for row in whole.rows()
    ]


def test_a_folder_goes_on_with_other_boards_of_the_same_spot_alone(folder):
    base = ("--spot", "spot.yaml", "--out", "R", "--iterations", "3")
    run(folder, *base, "--flops", "Ks7h2h8c3d,Ks7h2h8c4d")
    first = {path.name: path.stat().st_mtime_ns for path in (folder / "R" / "boards").iterdir()}
    run(folder, *base, "--flops", "Ks7h2h8c3d,Ks7h2h8c5d")
    report = hm.open_report(folder / "R")
    assert report.boards == ("Ks7h2h8c5d", "Ks7h2h8c3d") and report.missing == ()
    assert (folder / "R" / "boards" / "Ks7h2h8c3d.json").stat().st_mtime_ns == first["Ks7h2h8c3d.json"]
    with pytest.raises(UserError, match="not in this report"):
        report.row("Ks7h2h8c4d")
    with pytest.raises(UserError, match="was not kept; expected a report made with --solutions"):
        report.solution("Ks7h2h8c3d")
    # A damaged file is solved again.
    (folder / "R" / "boards" / "Ks7h2h8c3d.json").write_text("{")
    run(folder, *base, "--flops", "Ks7h2h8c3d,Ks7h2h8c5d")
    assert hm.open_report(folder / "R").boards == report.boards
    refused(
        folder, (*base[:-1], "4", "--flops", "Ks7h2h8c3d"), "--out R: holds a report of another spot (solver differs)"
    )
    (folder / "R" / "manifest.json").write_text("[]")
    with pytest.raises(DataError, match="expected the manifest of a report"):
        hm.open_report(folder / "R")
    with pytest.raises(DataError, match="no such folder"):
        hm.open_report(folder / "nowhere")


def test_after_actions_frequencies_are_those_where_the_line_is_played(folder):
    (folder / "spot.yaml").write_text(TEMPLATE + "actions: [bet 5]\n")
    boards = "Ks7h2h8c3d,Ac7h2h8c3d,AcAhQh8c3d"
    told = json.loads(
        run(folder, "--spot", "spot.yaml", "--out", "R", "--iterations", "30", "--flops", boards, "--json").stdout
    )
    assert told["line"] == ["bet 5"] and told["player"] == "ip" and told["actions"][0] == "fold"
    report = hm.open_report(folder / "R")
    come = report.share * report.line_frequency
    assert told["means"]["line_frequency"] == pytest.approx(come.sum())
    assert told["means"]["frequencies"] == pytest.approx(
        (come @ np.nan_to_num(report.frequencies) / come.sum()).tolist()
    )


def test_locks_of_hands_that_a_board_takes_are_left_out_there(folder):
    (folder / "spot.yaml").write_text(TEMPLATE + "locks: [{line: [], hands: {AA: {check: 1}}}]\n")
    boards = "AsAhAd8c3d,Ks7h2h8c3d"
    run(folder, "--spot", "spot.yaml", "--out", "R", "--iterations", "30", "--flops", boards, "--solutions")
    report = hm.open_report(folder / "R")
    assert report.solution("Ks7h2h8c3d").strategy("AsAh")["check"] == 1
    assert report.solution("AsAhAd8c3d").spot["locks"] == []


def test_the_plan_and_what_is_refused(folder):
    plan = json.loads(run(folder, "--spot", "spot.yaml", "--flops", "all", "--plan", "--json").stdout)
    assert plan["boards"] == 1755 and plan["fits"] and plan["seconds"][0] <= plan["seconds"][1]
    lines = run(folder, "--spot", "spot.yaml", "--flops", "20", "--plan").stdout.splitlines()
    assert lines[0].startswith("20 flops of 1,755: 20 boards") and re.search(r"on 1 rank: .* to ", lines[-1])
    base = ("--spot", "spot.yaml", "--out", "R")
    refused(folder, ("--spot", "spot.yaml", "--flops", "3"), "expected --out DIR")
    refused(folder, base, "one of the arguments --flops --turns is required")
    refused(folder, (*base, "--flops", "3", "--turns", "Ks7h2h"), "not allowed with argument")
    refused(folder, (*base, "--flops", "3", "--plan"), "--plan: nothing is solved; expected it without --out")
    refused(folder, (*base, "--flops", "2000"), "--flops 2000: expected 1 to 1755")
    refused(folder, ("--spot", "nowhere.yaml", "--out", "R", "--flops", "3"), "nowhere.yaml")
    refused(folder, (*base, "--flops", "3", "--target-pct", "0"), "--target-pct", "above 0")
    refused(folder, ("--spot", "spot.yaml", "--out", "spot.yaml/R", "--flops", "3"), "expected a folder to write to")
    (folder / "spot.yaml").write_text(TEMPLATE.replace("pot: 10", "pots: 10"))
    refused(folder, (*base, "--flops", "3"), "pots")
