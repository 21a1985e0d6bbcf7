"""Tables that do not behave: bounded time, one clear line, an exit code; what can be survived is."""

import random
import socket
import time

import pytest
from helpers.fuzzing import fuzz, states_of_hand
from helpers.playing import RULES, RULES_OF, FakeServer, Guest, Timeouts, agent_chooser, baseline_chooser

from holdem_mpi.errors import EXIT_PROTOCOL, EXIT_UNAVAILABLE, ConnectionFailedError, PeerError
from holdem_mpi.formats.acpc import format_match_state, parse_match_state
from holdem_mpi.hands.acpc_states import seen_state
from holdem_mpi.hands.dealing import betting_of
from holdem_mpi.play.acpc_player import AcpcPlayer
from holdem_mpi.play.connection import LineConnection, SilenceError, connect
from holdem_mpi.play.match_log import PlayReport

ASKS = b"MATCHSTATE:1:7::|AhKd\r\n"
ENDS = b"MATCHSTATE:1:7:f:|AhKd\r\n"
ANSWER = "MATCHSTATE:1:7::|AhKd:f\r\n"
QUICK, PATIENT = Timeouts(connect=0.5, read=0.5), Timeouts(connect=1.0, read=20.0)


def guest(server, timeouts=PATIENT, hands=None, name="always-fold"):
    return Guest(server.port, RULES, baseline_chooser(name), timeouts=timeouts, hands=hands)


def whole_match(connection, line):
    line(), connection.sendall(ASKS), line(), connection.sendall(ENDS)


def test_a_match_ends_when_the_table_hangs_up():
    server = FakeServer(whole_match)
    summary = guest(server).finish()
    assert server.heard == ["VERSION:2.0.0\r\n", ANSWER] and (summary["hands"], summary["chips"]) == (1, -5)


def test_lines_in_pieces_and_all_at_once():
    """Split at every byte, with what may be ignored between; the answers are the same."""
    stream = b"# hello\r\n\r\n" + ASKS + b";x\n" + ENDS + b"SCORE:-5|5:a|b\r\n"
    for cut in range(len(stream)):

        def act(connection, line, cut=cut):
            line()
            connection.sendall(stream[:cut])
            time.sleep(0.002)
            connection.sendall(stream[cut:])
            line()

        server = FakeServer(act)
        assert guest(server).finish()["chips"] == -5 and server.heard[1] == ANSWER


def test_a_question_asked_twice_has_one_answer():
    def act(connection, line):
        line()
        answers = set()
        for _ in range(5):
            connection.sendall(b"MATCHSTATE:1:7::|AhKd\r\n")
            answers.add(line())
        assert len(answers) == 1
        connection.sendall(ENDS)

    server = FakeServer(act)
    assert Guest(server.port, RULES, agent_chooser("small_nolimit.game", 1)).finish()["decisions"] == 1


def test_a_table_that_takes_an_answer_for_another_is_told_of(capfd):
    """As a table of fixed limit takes a raise to 200 for a call."""

    def act(connection, line):
        line(), connection.sendall(ASKS), line()
        connection.sendall(b"MATCHSTATE:1:7:c:|AhKd\r\n" + b"MATCHSTATE:1:7:cr200:|AhKd\r\n"), line()
        connection.sendall(b"MATCHSTATE:1:7:cr200f:|AhKd\r\n")

    summary = guest(FakeServer(act), name="always-raise").finish()
    assert summary["incidents"] == 2
    assert capfd.readouterr().err.count("hand 7: the table took an answer of ours for another one; does it play") == 2


def test_lines_left_out_are_in_the_last_word():
    def act(connection, line):
        line()
        connection.sendall(b"MATCHSTATE:1:7:r:|AhKd\r\n")
        time.sleep(2)

    player = guest(FakeServer(act), QUICK)
    player.join()
    assert isinstance(player.error, ConnectionFailedError) and "before the first hand, 1 line left out; does it" in str(
        player.error
    )


@pytest.mark.parametrize(
    "acts, text",
    [
        ([], "does not answer"),
        ([lambda connection, line: line()], "has left, before the first hand"),
        (
            [lambda connection, line: (line(), connection.sendall(ASKS[:-5]))],
            "in the middle of a line, before the first hand",
        ),
        ([lambda connection, line: (line(), connection.sendall(ASKS), line())], "has left, in the middle of hand 7"),
        ([lambda connection, line: time.sleep(2)], "is silent, before the first hand (waited 0.5 s for a line)"),
        ([lambda connection, line: (connection.sendall(b"# x\r\n" * 9), time.sleep(2))], "is silent"),
        ([lambda connection, line: (connection.sendall(b"x" * 9000), time.sleep(2))], "is silent"),
    ],
)
def test_tables_that_leave_or_keep_silent(acts, text):
    server = FakeServer(*acts)
    if not acts:
        server.join(5)
    with pytest.raises(ConnectionFailedError) as caught:
        guest(server, QUICK if "silent" in text else PATIENT).finish()
    assert text in str(caught.value) and "\n" not in str(caught.value) and caught.value.exit_code == EXIT_UNAVAILABLE


def test_a_table_that_says_nothing_that_counts():
    def act(connection, line):
        try:
            while True:
                connection.sendall(b"# busy\r\n" * 100)
        except OSError:
            return

    with pytest.raises(ConnectionFailedError, match="says nothing that counts"):
        guest(FakeServer(act), QUICK).finish()


def test_the_match_may_take_so_long():
    def act(connection, line):
        while line():
            connection.sendall(ASKS)

    with pytest.raises(ConnectionFailedError, match=r"\(the match may take 0.4 s\)"):
        guest(FakeServer(act), Timeouts(0.5, 60.0, 0.4)).finish()


def test_fewer_hands_than_expected():
    with pytest.raises(ConnectionFailedError, match="has left, after hand 7"):
        guest(FakeServer(whole_match), hands=2).finish()


def test_connecting_again_in_the_middle_of_a_hand():
    def first(connection, line):
        line(), connection.sendall(ASKS), line()

    player = guest(FakeServer(first, whole_match))
    summary = player.finish()
    assert (summary["hands"], summary["incidents"], summary["decisions"]) == (1, 1, 1)


NONSENSE = [
    b"\xff\xfe\r\n",
    b"MATCHSTATE:1:7::|AhKd" + b"#" * 5000 + b"\r\n",
    b"MATCHSTATE:1:7:r15:|AhKd\r\n",
    b"MATCHSTATE:1:7:cc:|AhKd\r\n",
    b"MATCHSTATE:1:7:cc/:|AhKd\r\n",
    b"MATCHSTATE:1:7:cc/:|AhKd/2c3c\r\n",
    b"MATCHSTATE:1:7::|AhKd/2c3c4c\r\n",
    b"MATCHSTATE:1:7::AhKd|\r\n",
    b"MATCHSTATE:1:7::AhKd|2c2d\r\n",
    b"MATCHSTATE:1:7::|AhAh\r\n",
    b"MATCHSTATE:1:7::||AhKd\r\n",
    b"MATCHSTATE:2:7::|AhKd\r\n",
    b"MATCHSTATE:1:7:f/:|AhKd/2c3c4c\r\n",
    b"MATCHSTATE:1:7:r200c:|AhKd\r\n",
    b"MATCHSTATE:1:7:r200c///:|AhKd/2c3c4c/5c/6c\r\n",
    b"STATE:1:f:AhKd|2c2d:5|-5:a|b\r\n",
]


def test_nonsense_is_left_out():
    """Nineteen lines in a row are told and left out; the twentieth ends the match."""

    def act(connection, line):
        line(), connection.sendall(b"".join(NONSENSE) + ASKS), line()
        for bad in (b"MATCHSTATE:0:7::AhKd|\r\n", b"MATCHSTATE:1:7:f:|AhQd\r\n", b"MATCHSTATE:1:7:f:|AhKd/2c3c4c\r\n"):
            connection.sendall(bad)
        connection.sendall(ENDS)

    server = FakeServer(act)
    summary = guest(server).finish()
    assert summary["incidents"] == len(NONSENSE) + 3 and summary["hands"] == 1 and server.heard[1:] == [ANSWER]

    with pytest.raises(PeerError, match="20 lines in a row are none of the protocol; the last: action 1") as caught:
        guest(FakeServer(lambda connection, line: (connection.sendall(NONSENSE[2] * 30), time.sleep(1)))).finish()
    assert caught.value.exit_code == EXIT_PROTOCOL


def test_states_of_a_hand_do_not_contradict_each_other():
    earlier = b"MATCHSTATE:1:7:cc/cc/:|AhKd/2c3c4c/5c\r\n"
    later = [
        b"MATCHSTATE:1:7:cc/:|AhKd/2c3c4c\r\n",
        b"MATCHSTATE:1:7:cc/cc/c:|AhKd/2c3c4c/6c\r\n",
        b"MATCHSTATE:1:7:cr20c/cc/c:|AhKd/2c3c4c/5c\r\n",
        b"MATCHSTATE:1:7:cc/cc/c:|AhQd/2c3c4c/5c\r\n",
    ]

    def act(connection, line):
        line(), connection.sendall(earlier + b"".join(later) + b"MATCHSTATE:1:7:cc/cc/r20f:|AhKd/2c3c4c/5c\r\n")
        time.sleep(0.1)

    summary = guest(FakeServer(act)).finish()
    assert (summary["incidents"], summary["hands"], summary["decisions"]) == (len(later), 1, 0)


def test_a_peer_that_never_reads():
    server = socket.create_server(("localhost", 0))
    connection = connect("localhost", server.getsockname()[1], "the peer", time.monotonic() + 5)
    other, _ = server.accept()
    begin = time.monotonic()
    with pytest.raises(SilenceError, match="the peer does not read what it is sent"):
        while time.monotonic() < begin + 30:
            connection.send("x" * 1_000_000, time.monotonic() + 0.3)
    reader = LineConnection(other, "the other")
    assert len(reader.read_line(time.monotonic() + 5)) == 4097  # a line longer than any of the protocol's
    connection.close(), other.close(), server.close()


@pytest.mark.parametrize("game", RULES_OF)
def test_hostile_lines_have_no_illegal_answer(game):
    """A cheap edition of benchmarks/checks/fuzz.py."""
    rules, report = RULES_OF[game], PlayReport(None, 10)
    player = AcpcPlayer(lambda until: None, rules, baseline_chooser("random"), lambda street: 1.0, report, Timeouts())
    lines, states, answers = fuzz(player, rules, 4000)
    assert lines == 4000 and states > 300 and answers > 100 and report.fallbacks == 0


def test_states_of_random_hands_to_text_and_back():
    rng = random.Random(3)
    for number in range(300):
        rules = RULES_OF[rng.choice(list(RULES_OF))]
        for state in states_of_hand(rules, rng, number):
            text = format_match_state(state)
            assert parse_match_state(text.encode()) == state and format_match_state(state) == text
            seen = seen_state(rules, state)
            assert betting_of(seen.state, len(state.board) + 1) == state.betting
