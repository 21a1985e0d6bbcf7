"""``python -m holdem_mpi.dry_run`` as a user starts it: on its defaults, on files, on mistakes."""

import json
from pathlib import Path

import pytest
from helpers.launching import Job, run_here
from helpers.room_hands import HAND

EXAMPLES = Path(__file__).parents[2] / "examples"


def dry_run(cwd, *arguments, ranks=1):
    command = ("-m", "holdem_mpi.dry_run", *arguments)
    return run_here(command, cwd) if ranks == 1 else Job(ranks, command, cwd).finish()


def test_defaults_on_ranks(tmp_path):
    """The embedded blueprint, hands dealt by itself; a line a decision, a summary, a log."""
    done = dry_run(tmp_path, "--hands", "5", "--deadline-ms", "150", "--json", "--log", "log.jsonl", ranks=2)
    assert done.returncode == 0, done.stderr
    *lines, summary = map(json.loads, done.stdout.splitlines())
    assert [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()] == lines
    assert summary["decisions"] == len(lines) == sum(summary["sources"].values()) and summary["ranks"] == 2
    assert summary["latency_ms"].keys() == {"p50", "p99", "worst"} and summary["hands"] == 5
    for line in lines:
        assert sum(line["actions"].values()) == pytest.approx(1.0, abs=1e-5) and line["allowed_ms"] == 150
        if line["source"] != "blueprint":
            assert line["street"] != "preflop" and line["ranks_asked"] == 2 >= line["ranks_answered"] >= 1
    assert {line["source"] for line in lines if line["street"] != "preflop"} & {"search", "partial search"}


def test_one_bad_file_among_good_ones(tmp_path):
    (tmp_path / "empty.log").write_text("# nothing\n")
    log = EXAMPLES / "acpc.log"
    done = dry_run(tmp_path, log, "empty.log", log, "--deadline-ms", "10", "--json")
    assert done.returncode == 64 and "empty.log" in done.stderr and "Traceback" not in done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["hands"] == 24 and summary["skipped"] == 1
    # So little time is not enough to search.
    assert summary["sources"]["blueprint"] == summary["decisions"] and summary["decisions"] > 24


def test_any_player_of_a_file_can_be_the_hero(tmp_path):
    (tmp_path / "table.log").write_text("STATE:0:r300f:9c9d|AsKd:7|-7:Ann|Zoe\n")
    done = dry_run(tmp_path, "table.log", "--deadline-ms", "10")
    assert done.returncode == 64
    assert "--hero is not given, and " in done.stderr and "expected Ann or Zoe" in done.stderr
    done = dry_run(tmp_path, "table.log", "--deadline-ms", "10", "--hero", "Zoe")
    assert done.returncode == 0 and "As Kd" in done.stdout
    assert done.stderr == (
        "note: table.log:1: hand 0: result 7|-7 contradicts cards and betting, recomputed: -100|100\n"
    )


def test_text_of_a_poker_room(tmp_path):
    """Whoever is dealt cards is the hero; a hand of other stacks only where it is asked for."""
    (tmp_path / "room.txt").write_text(HAND)
    done = dry_run(tmp_path, "room.txt", "--as-table", "--anonymous", "--deadline-ms", "10")
    assert done.returncode == 0 and "1 hand, 5 decisions, 0 hands left out" in done.stdout and not done.stderr
    assert "Ah Kd (BB)" in done.stdout and "Bob" not in done.stdout
    done = dry_run(tmp_path, "room.txt", "--deadline-ms", "10")
    assert done.returncode == 64 and "stacks: expected [20000, 20000]" in done.stderr


def test_a_log_that_the_disk_refuses_is_told_at_the_end(tmp_path):
    done = dry_run(tmp_path, "--hands", "2", "--deadline-ms", "10", "--log", "/dev/full")
    assert done.returncode == 74 and "--log /dev/full" in done.stderr and "Traceback" not in done.stderr
    assert "2 hands" in done.stdout


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--policy", "nowhere"), "nowhere: no such folder"),
        (("--policy", "always-call"), "a baseline has no ranges"),
        (("--profile", "nowhere.yaml"), "nowhere.yaml"),
        (("--profile", "limit_holdem"), "--policy: expected a policy's folder"),
        (("nowhere.phh",), "nowhere.phh: no such file"),
        (("--deadline-ms", "inf"), "--deadline-ms inf: expected 1 to"),
        (("--hands", "0"), "--hands 0: expected 1 to"),
        (("--log", "/nowhere/log"), "--log /nowhere/log"),
    ],
)
def test_mistakes_are_one_line(tmp_path, arguments, words):
    done = dry_run(tmp_path, *arguments)
    assert done.returncode == 64 and words in done.stderr and done.stderr.count("\n") == 1 and not done.stdout
