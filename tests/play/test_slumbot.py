"""The client of Slumbot's web interface against a server of ours that speaks it, well and badly."""

from collections import Counter

import pytest
from helpers.hand_histories import read_histories
from helpers.playing import baseline_chooser
from helpers.slumbot_server import AFTER, BEFORE, LATE, SlumbotServer

from holdem_mpi.errors import ConnectionFailedError, PeerError, UserError
from holdem_mpi.formats.slumbot import SessionTotals
from holdem_mpi.game.deck import Deck
from holdem_mpi.hands.hand_log import HandLog
from holdem_mpi.hands.profile import open_profile
from holdem_mpi.play.connection import StoppedError, never
from holdem_mpi.play.match_log import PlayReport
from holdem_mpi.play.slumbot_books import SlumbotBooks, slumbot_lines
from holdem_mpi.play.slumbot_player import MOST_FAILURES, SlumbotLogin, SlumbotMatch, SlumbotPlayer
from holdem_mpi.play.slumbot_requests import SlumbotRequests

DECK = Deck((0, 3, 1, 1))


class Client:
    """A match of a player who plays at random."""

    def __init__(self, server, hands, log=None, login=None, is_stopped=never, url=None, patience=30.0):
        self.report, self.books, self.log = PlayReport(None, 100), SlumbotBooks(), HandLog(log and str(log))
        requests = SlumbotRequests(url or server.url, patience, is_stopped)
        match = SlumbotMatch(hands, login, first_wait=0.001)
        chooser = baseline_chooser("random", 1)
        self.player = SlumbotPlayer(requests, match, chooser, lambda street: 1000.0, self.report, self.books, self.log)

    def play(self):
        try:
            self.player.play()
        finally:
            self.log.close()
        return self.report.summary() | self.books.summary()


@pytest.fixture
def serve():
    servers = []

    def serve(**options):
        servers.append(SlumbotServer(**options))
        return servers[-1]

    yield serve
    for server in servers:
        server.close()


def chips_of(log):
    """(hands in a log as a review reads it, their chips and those that it tells of hands cut off)."""
    hands, reports = read_histories(log, log.read_text(), open_profile("nolimit_hu_200bb", {"hero": "holdem_mpi"}))
    assert not reports
    told = [line for line in log.read_text().splitlines() if line.startswith("# hands cut off")]
    cut_off = sum(float(line.split(": ")[1].split()[0]) for line in told)
    return len(hands), sum(hand.winnings(DECK)[hand.hero] for hand in hands) + cut_off


def test_a_thousand_hands_with_every_fault(serve, tmp_path):
    """No illegal act, every hand of the server's in our books, totals agree, the log is what a review reads."""
    server, log = serve(seed=3, faults=0.08), tmp_path / "slumbot.log"
    client = Client(server, 1000, log)
    found = client.play()
    assert not server.illegal and {*BEFORE, *AFTER, "resumed"} <= server.seen.keys()
    hands, chips, baseline = server.totals
    assert (found["hands"], found["chips"], found["baseline_chips"]) == (hands, chips, baseline) and hands >= 1000
    # A hand may be over before we act, and its only answer lost: then it was not cut off, but is known all the same.
    assert found["sessions"] == 1 and found["forgotten"] == 0 and 0 < found["cut_off"] <= found["recovered"]
    ours = [(result.chips, result.baseline) for result in client.books.results]
    assert (Counter(server.results) - Counter(ours)).total() <= 2 * found["recovered"] and len(ours) == hands
    assert chips_of(log) == (hands - found["recovered"], chips) and found["fallbacks"] == 0
    values = client.books.mbb_of_hands(100)
    assert values["mean_of_a_hand"].mean() == pytest.approx(10 * chips / hands)
    assert values["less_baseline"].mean() == pytest.approx(10 * (chips - baseline) / hands)


@pytest.mark.parametrize("on_new_hand", ["fold", "forget"])
def test_a_server_that_gives_no_hand_back(serve, tmp_path, on_new_hand):
    """What it counts of hands cut off is in our books; what it does not count is said."""
    kinds = [kind for kind in (*BEFORE, *AFTER) if kind != "old answer"]  # an act to another hand than one thinks
    server, log = serve(seed=5, faults=0.15, on_new_hand=on_new_hand, kinds=kinds), tmp_path / "slumbot.log"
    found = Client(server, 100, log).play()
    hands, chips, baseline = server.totals
    assert not server.illegal and server.seen["given up"] > 0 and found["hands"] == hands >= 100
    assert (found["chips"], found["baseline_chips"]) == (chips, baseline) and found["cut_off"] > 0
    assert (found["forgotten"] > 0) == (on_new_hand == "forget")
    assert chips_of(log) == (hands - found["recovered"], chips)


def test_late_answers(serve):
    server = serve(seed=1, faults=0.04, late=4.0, kinds=LATE)
    found = Client(server, 25, patience=2.5).play()
    assert found["hands"] == server.totals[0] and found["chips"] == server.totals[1] and not server.illegal
    assert 0 < sum(server.seen[kind] for kind in LATE) <= found["incidents"]


def test_an_account_whose_sessions_end(serve, capsys):
    server = serve(account=("Ann", "secret"), lifetime=4)
    found = Client(server, 10, login=SlumbotLogin("Ann", "secret")).play()
    assert (found["hands"], found["sessions"], found["forgotten"], found["cut_off"]) == (10, 3, 0, 0)
    assert found["chips"] == server.totals[1] and "refuses the session: a new one" in capsys.readouterr().err
    with pytest.raises(UserError, match=r"--user Bob: 127\.0\.0\.1: Incorrect username or password"):
        Client(server, 1, login=SlumbotLogin("Bob", "x")).play()
    with pytest.raises(PeerError, match=rf"new hand: .*Missing token, after {MOST_FAILURES} failures in a row"):
        Client(server, 1).play()


@pytest.mark.parametrize(
    "kind, error",
    [
        ("hang up", ConnectionFailedError),
        ("a list", ConnectionFailedError),
        ("status 503", ConnectionFailedError),
        ("error", PeerError),
    ],
)
def test_a_server_that_does_nothing_right(serve, kind, error):
    server = serve(faults=1.0, kinds=(kind,))
    client = Client(server, 1)
    with pytest.raises(error, match=f"hand 0, new hand: .*after {MOST_FAILURES} failures in a row") as caught:
        client.play()
    assert server.seen[kind] == MOST_FAILURES and type(caught.value) is error and client.books.hands == 0


def test_nobody_there_and_a_signal(serve):
    server = serve()
    server.close()
    with pytest.raises(ConnectionFailedError, match=r"127\.0\.0\.1 does not answer"):
        Client(server, 1).play()
    with pytest.raises(StoppedError):
        Client(serve(), 5, is_stopped=lambda: True).play()
    for url in ("slumbot.com", "ftp://127.0.0.1/x", "http://"):
        with pytest.raises(UserError, match="--url"):
            Client(server, 1, url=url)


def test_books_of_what_a_server_counts():
    books = SlumbotBooks()
    books.begin_session()
    assert books.ended(100, 50, SessionTotals(1, 100, 50)) == ("", [])
    books.cut_off()
    books.cut_off()
    assert books.ended(-50, 0, SessionTotals(4, 250, 150)) == ("", [100.0, 100.0])
    assert [each.chips for each in books.results] == [100, 100, 100, -50] and books.recovered == 2
    assert [each.baseline for each in books.results] == [50, 50, 50, 0]
    wrong, _ = books.ended(10, 0, SessionTotals(5, 275, 150))
    assert wrong == "the server's totals went on by 1 hands, +25 chips, expected 1 to 1 hands, +10 chips"
    books.maybe_dealt()
    assert books.ended(10, None, SessionTotals(6, 285, 150)) == ("", []) and books.forgotten == 0
    found = books.summary()
    assert found["chips"] == 270 and "baseline_chips" not in found and found["hands"] == 6
    assert books.mbb_of_hands(100).keys() == {"mean_of_a_hand"}
    lines = slumbot_lines(found, {"mean_of_a_hand": "+1 mbb/h"})
    assert lines[:2] == ["6 hands, +270 chips", "+1 mbb/h, luck included"]
    assert lines[2] == "2 hands of them known by the server's totals alone, 0 cut off and not known"
