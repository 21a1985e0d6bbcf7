"""``python -m holdem_mpi.autoplay`` as a user starts it: a match over ranks with a stopped worker, and mistakes."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest
from helpers.launching import TIMEOUT, Job, child_environment
from helpers.slumbot_server import SlumbotServer

from holdem_mpi import autoplay
from holdem_mpi.config.shipped import config_folder
from holdem_mpi.errors import EXIT_REQUEUE, UserError
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.parallel.communicator import Communicator


def test_a_match_whose_worker_is_stopped(start, tmp_path):
    """Rank 0 has the socket: with the other rank stopped in the match, every hand is played."""
    serve = ("--serve", "holdem_nolimit_2p", "--hands", 12, "--names", "Ann", "Bob", "--messages", "said", "--json")
    dealer = start(1, "-m", "holdem_mpi.autoplay", *serve, "--start-timeout", 200, "--time-limit", 60_000)
    ports = dealer.process.stdout.readline().split()
    table = ("-m", "holdem_mpi.autoplay", "--host", "localhost", "--connect-timeout", 200, "--port")
    guest = start(1, *table, ports[1], "--policy", "always-call")
    searcher = start(2, *table, ports[0], "--deadline-ms", 150, "--game", "holdem_nolimit_2p", "--json")
    until = time.monotonic() + 200
    while not (tmp_path / "said").read_text() and time.monotonic() < until:  # all is compiled, both are there
        time.sleep(0.05)
    (worker,) = [pid for pid in searcher.ranks() if _rank(pid) == "1"]
    os.kill(worker, signal.SIGSTOP)
    done = [job.finish() for job in (dealer, searcher, guest)]
    assert [each.returncode for each in done] == [0, 0, 0], [each.stderr for each in done]
    dealt, own = (json.loads(each.stdout.splitlines()[-1]) for each in done[:2])
    assert dealt["hands"] == own["hands"] == 12 and own["chips"] == dealt["players"][0]["chips"]
    mean = Estimate.from_json(own["mean_of_a_hand"])
    assert (mean.unit, mean.count) == ("mbb/h", 12) and mean.mean == pytest.approx(1000 * own["chips"] / 100 / 12)
    told = done[2].stdout.splitlines()[0]
    assert told.startswith(f"12 hands, {-own['chips']:+d} chips, ") and told.endswith("), luck included")
    assert own["fallbacks"] == own["incidents"] == 0 and own["sources"]["partial search"] > 0
    assert [each["illegal"] for each in dealt["players"]] == [0, 0]


def _rank(pid):
    with open(f"/proc/{pid}/environ") as file:
        found = dict(each.split("=", 1) for each in file.read().split("\0") if "=" in each)
    return found.get("PMI_RANK") or found.get("OMPI_COMM_WORLD_RANK")


def test_human_leaves_at_once(tmp_path):
    """Standard input that ends is no mistake; nothing was played."""
    # With another seed the bot may have folded before anybody is asked: that would be a hand.
    done = Job(1, ("-m", "holdem_mpi.autoplay", "--human", "--no-search", "--seed", "1"), tmp_path).finish()
    assert (
        done.returncode == 0
        and "hand 1: you have" in done.stdout
        and done.stdout.endswith("0 hands: you won 0 chips\n")
    )


def test_a_human_gets_other_hands_each_time(tmp_path):
    def play(*options):
        done = Job(1, ("-m", "holdem_mpi.autoplay", "--human", "--no-search", *options), tmp_path).finish()
        assert done.returncode == 0, done.stderr
        seed = re.findall(r"^--seed (\d+) deals the same hands again$", done.stderr, re.M)
        return seed, re.search(r"hand 1: you have (.*) and are", done.stdout)[1]

    drawn = [play() for _ in range(3)]
    assert len({seed for (seed,), _ in drawn}) == 3 and len({cards for _, cards in drawn}) > 1
    for seed, cards in (drawn[0][0][0], drawn[0][1]), ("0", "Ad Ac"):
        said, again = play("--seed", seed)
        assert said == [] and again.replace(" ", "") == cards.replace(" ", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_the_human_s_prompt_ends_the_game(tmp_path, number):
    command = [sys.executable, "-m", "holdem_mpi.autoplay", "--human", "--no-search"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path, env=child_environment()
    )
    heard = b""
    while b"leave > " not in heard:
        heard += process.stdout.read1()
    process.send_signal(number)
    assert process.wait(TIMEOUT) == EXIT_REQUEUE
    process.communicate()


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["autoplay", *map(str, arguments)])
    return autoplay.main(Communicator())


SERVE, HOST = ("--serve", "holdem_limit_2p", "--hands", 4), ("--host", "localhost", "--port", 1)
SLUMBOT = ("--slumbot", "--log", "/dev/null")


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((), "one of the arguments --host --serve --slumbot --human is required"),
        (("--host", "localhost"), "--host: expected --port too"),
        (("--serve", "holdem_limit_2p"), "--serve: expected --hands too"),
        ((*HOST, "--duplicate"), "--duplicate: only with --serve"),
        ((*SERVE, "--policy", "x"), "--policy: only with --host or --slumbot or --human"),
        (("--human", "--port", 5), "--port: only with --host or --serve"),
        ((*HOST, "--url", "http://localhost"), "--url: only with --slumbot"),
        (("--slumbot", "--port", 5), "--port: only with --host or --serve"),
        (
            ("--slumbot", "--policy", "always-call", "--url", "localhost", "--log", "/dev/null"),
            "--url localhost: expected",
        ),
        ((*SLUMBOT[:1], "--policy", "nowhere", "--log", "/nowhere/log"), "--log /nowhere/log: No such file"),
        ((*SLUMBOT, "--profile", "nolimit_hu_20bb", "--policy", "always-call"), "--slumbot: stacks [20000, 20000]"),
        (("--slumbot", "--user", "Ann"), "--user Ann: expected the password in the environment, SLUMBOT_PASSWORD"),
        (("--host", "localhost", "--port", 70000), "--port 70000: expected 1 to 65535"),
        ((*HOST, "--deadline-ms", "0"), "--deadline-ms 0: expected 1 to"),
        ((*HOST, "--purify", "1"), "--purify 1: expected 0 to 0.999"),
        ((*HOST, "--bank-ms", "0"), "--bank-ms 0: expected 1 to"),
        (("--serve", "holdem_limit_2p", "--hands", "4", "--purify", "0.1"), "--purify: only with"),
        ((*HOST, "--read-timeout", "0"), "--read-timeout 0: expected 0.01 to"),
        ((*HOST, "--seed", -1), "--seed -1: expected 0 to 2**64 - 1"),
        (("--serve", "holdem", "--hands", 4), "unknown game 'holdem'"),
        (("--serve", "nowhere.game", "--hands", 4), "nowhere.game: No such file"),
        ((*SERVE[:2], "--hands", 3, "--duplicate"), "--hands 3: expected a multiple of 2"),
        (("--serve", "holdem_limit_3p", "--hands", 4, "--duplicate"), "--hands 4: expected a multiple of 3"),
        (("--serve", "holdem_limit_3p", "--hands", 4, "--port", 65534), "--port 65534: expected at most 65533"),
        (("--serve", "holdem_limit_3p", "--hands", 4, "--names", "a", "b"), "--names a b: expected 3 different ones"),
        ((*SERVE, "--names", "a:b", "c"), "--names a:b c: expected 2 different ones"),
        ((*SERVE, "--names", "a", "a"), "--names a a: expected 2 different ones"),
        ((*SERVE, "--log", "/nowhere/log"), "--log /nowhere/log: No such file"),
        ((*SERVE, "--messages", "/nowhere/log"), "--messages /nowhere/log: No such file"),
        (("--human", "--policy", "nowhere", "--log", "/nowhere/log"), "--log /nowhere/log: No such file"),
        ((*HOST, "--policy", "nowhere", "--log", "/nowhere/log"), "--log /nowhere/log: No such file"),
        ((*SERVE, "--start-timeout", 0.05), "player 1 (player1) does not connect"),
        ((*HOST, "--game", "holdem_limit_2p"), "betting fixed_limit, expected no_limit as"),
        ((*HOST, "--policy", "nowhere"), "nowhere: no such folder"),
        ((*HOST, "--policy", "always-call", "--connect-timeout", 0.05), "the table localhost:1 does not answer"),
    ],
)
def test_mistakes_are_one_line(monkeypatch, arguments, words):
    with pytest.raises(UserError) as caught:
        run(monkeypatch, *arguments)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_slumbot(monkeypatch, capsys, tmp_path):
    """The blueprint that comes along, against a server of ours; the hands are in the default log."""
    server = SlumbotServer(seed=2)
    monkeypatch.chdir(tmp_path)
    try:
        assert run(monkeypatch, "--slumbot", "--url", server.url, "--hands", 8, "--no-search", "--json") == 0
    finally:
        server.close()
    found = json.loads(capsys.readouterr().out)
    assert (found["hands"], found["chips"], found["baseline_chips"]) == server.totals and not server.illegal
    assert found["incidents"] == found["fallbacks"] == found["cut_off"] == 0 and found["decisions"] > 8
    assert Estimate.from_json(found["less_baseline"]).count == 8
    log = (tmp_path / "slumbot.log").read_text().splitlines()
    assert sum(line.startswith("STATE:") for line in log) == 8 and "holdem_mpi|Slumbot" in log[1] + log[3]


def test_a_game_of_other_stacks_is_refused(monkeypatch, tmp_path):
    text = (config_folder() / "acpc" / "holdem_nolimit_2p.game").read_text()
    (tmp_path / "deep.game").write_text(text.replace("stack = 20000 20000", "stack = 40000 40000"))
    with pytest.raises(
        UserError, match=r"deep.game: stacks \[40000, 40000\], expected \[20000, 20000\] as .* trained for"
    ):
        run(monkeypatch, *HOST, "--game", tmp_path / "deep.game")
    limit = (*HOST, "--policy", "always-call", "--profile", "limit_holdem", "--connect-timeout", 0.05)
    with pytest.raises(UserError, match="does not answer"):  # stacks that cannot run out are alike
        run(monkeypatch, *limit, "--game", "holdem_limit_2p")


def test_a_port_in_use_is_one_line(monkeypatch):
    with socket.create_server(("", 0)) as server, pytest.raises(UserError, match="expected a free port"):
        run(monkeypatch, *SERVE, "--port", server.getsockname()[1])
