"""Whole matches over TCP between players of ours through our dealer."""

import random
import threading
import time

import pokerkit
import pytest
from helpers.playing import LIMIT, RULES, RULES_OF, Guest, agent_chooser, baseline_chooser, game_file, play

from holdem_mpi.errors import ConnectionFailedError
from holdem_mpi.formats.acpc import HandLine, parse_line
from holdem_mpi.formats.phh import read_hand, split_hands
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.rules import CALL, BettingState
from holdem_mpi.hands.acpc_hands import actions_of, flat_betting
from holdem_mpi.hands.hand import HandHistory, HandRecord, history_of
from holdem_mpi.play.acpc_dealer import Dealer, DealtMatch
from holdem_mpi.play.connection import GoneError, LineConnection, connect, never
from holdem_mpi.search.agent import Situation


def replayed(rules, lines) -> list[tuple[HandLine, HandHistory]]:
    """The hands of a log, by the rules; its SCORE is what they come to."""
    hands, chips, deck = [], {"Ann": 0, "Bob": 0}, Deck(rules.board_cards)
    for text in lines[:-1]:
        line = parse_line(text.encode())
        if line is None:
            continue
        tokens = flat_betting(rules, line.betting)
        actions, places = actions_of(rules, tokens, [1] * len(tokens))
        board = tuple(card for street in line.board for card in street)
        hand = history_of(
            HandRecord(1, str(line.number), line.names, 0, line.hole, board, actions, places), rules, "log"
        )
        assert hand.winnings(deck) == line.result
        for name, won in zip(line.names, line.result):
            chips[name] += won
        hands.append((line, hand))
    assert lines[-1] == f"SCORE:{chips['Ann']}|{chips['Bob']}:Ann|Bob"
    return hands


@pytest.mark.parametrize("game", RULES_OF)
def test_a_match_of_agents(tmp_path, game):
    """No illegal action, chips sum to zero, players count as the dealer does, the log replays to the same result."""
    summary, guests, log = play(tmp_path, game, [agent_chooser(game, 1), agent_chooser(game, 2)], 120)
    hands = replayed(RULES_OF[game], log)
    assert [line.number for line, _ in hands] == list(range(120)) and log[1].startswith("#--t_response ")
    assert hands[0][0].names == ("Ann", "Bob") and hands[1][0].names == ("Bob", "Ann")
    assert sum(each["chips"] for each in summary["players"]) == 0
    for dealt, own in zip(summary["players"], guests):
        assert dealt["illegal"] == dealt["ignored_lines"] == own["incidents"] == own["fallbacks"] == 0
        assert (dealt["chips"], 120) == (own["chips"], own["hands"]) and dealt["answers"] == own["decisions"] > 120


def test_one_seed_is_one_match(tmp_path):
    def match(**options):
        choosers = [agent_chooser("small_nolimit.game", 1), baseline_chooser("random", 3)]
        return play(tmp_path, "small_nolimit.game", choosers, 30, **options)[2]

    assert match() == match() != match(seed=2)


def test_duplicate(tmp_path):
    """Deals of the second half are those of the first with the seats changed: like against like comes out even."""
    choosers = [baseline_chooser("always-call"), baseline_chooser("always-call")]
    _, guests, log = play(tmp_path, "small_limit.game", choosers, 40, duplicate=True)
    hands = [line for line, _ in replayed(LIMIT, log)]
    for first, second in zip(hands[:20], hands[20:]):
        assert (first.hole, first.board, first.names) == (second.hole, second.board, second.names[::-1])
    assert len({hand.hole for hand in hands}) == 20 and guests[0]["chips"] == guests[1]["chips"] == 0
    assert [hand.names[0] for hand in hands[:2]] == ["Ann", "Bob"]


def test_a_match_as_phh(tmp_path):
    """The hands of the ACPC log; pokerkit pays out what the dealer did."""
    choosers = [baseline_chooser("random", 1), baseline_chooser("half-half", 2)]
    for game in RULES_OF:
        lines = [line for line, _ in replayed(RULES_OF[game], play(tmp_path, game, choosers, 20)[2])]
        text = "\n".join(play(tmp_path, game, choosers, 20, ending=".phhs")[2])
        histories = list(pokerkit.HandHistory.loads_all(text))
        assert [history.hand for history in histories] == list(range(20))
        for line, history, section in zip(lines, histories, split_hands(text)):
            *_, state = history
            assert not state.status and tuple(state.payoffs) == line.result
            hand, _ = read_hand(section)
            assert (hand.hole, hand.names) == (line.hole, line.names)


def test_an_agent_that_searches(tmp_path):
    """Against bets that no tree has, within the time."""
    choosers = [agent_chooser("small_nolimit.game", 1, deadline=80.0), baseline_chooser("random", 1)]
    summary, guests, log = play(tmp_path, "small_nolimit.game", choosers, 12, deadline=80.0)
    replayed(RULES, log)
    assert guests[0]["sources"]["search"] and guests[0]["incidents"] == 0 == summary["players"][0]["illegal"]


def test_every_answer_is_legal_whatever_fails(tmp_path):
    """Search, else the player, else check or call; each fault is told."""
    chooser = agent_chooser("small_nolimit.game", 1)
    at = Situation(7, BettingState.start(RULES), (), 1325)
    good = chooser.choose(at, 1000.0)
    assert not good.fault and good == chooser.choose(at, 1000.0)._replace(decision=good.decision)

    def fail(*_):
        raise RuntimeError("broken")

    chooser.agent.decide = fail
    second = chooser.choose(at, 1000.0)
    assert second.fault == "the agent failed (RuntimeError: broken)" == second.decision.reason
    assert second.action == good.action  # the blueprint was all that the agent had
    chooser._player.strategy_of_hand = fail
    last = chooser.choose(at, 1000.0)
    assert last.action == CALL and "the player failed (RuntimeError: broken): check or call" in last.fault
    chooser._player.strategy_of_hand = lambda *_: ((17,), [1.0])
    assert (illegal := chooser.choose(at, 1000.0)).action == CALL and "17 chips" in illegal.fault


def test_sizes_that_players_give_in_fixed_limit_are_nothing(tmp_path):
    """A player who writes chips after each r, in what he answers and in what he says that he saw, plays as ever."""

    class Sizing(LineConnection):
        def send(self, text, until):
            fields = text.split(":")
            if fields[0] == "MATCHSTATE":
                fields[3], fields[5] = fields[3].replace("r", "r77"), fields[5].replace("r", "r400")
            super().send(":".join(fields), until)

    def sizing(host, port, peer, until, is_stopped):
        connection = connect(host, port, peer, until, is_stopped)
        connection.__class__ = Sizing
        return connection

    log = tmp_path / "log"
    match = DealtMatch(game_file(tmp_path, "small_limit.game"), 40, 1, ("Ann", "Bob"), log=str(log))
    dealer = Dealer(match, never)
    Guest(dealer.ports[0], LIMIT, agent_chooser("small_limit.game", 1))
    Guest(dealer.ports[1], LIMIT, agent_chooser("small_limit.game", 2), make=sizing)
    summary = dealer.play()
    plain = [agent_chooser("small_limit.game", seed) for seed in (1, 2)]
    _, _, same = play(tmp_path, "small_limit.game", plain, 40)
    assert log.read_text().splitlines()[4:] == same[4:] and "r" in same[5]
    assert all(each["illegal"] == each["ignored_lines"] == 0 for each in summary["players"])


def test_actions_follow_their_probabilities():
    chooser = agent_chooser("small_nolimit.game", 4)
    state = BettingState.start(RULES)
    drawn = [chooser.choose(Situation(number, state, (), 700), 1000.0) for number in range(4000)]
    for action, probability in zip(drawn[0].decision.actions, drawn[0].decision.probabilities):
        share = sum(each.action == action for each in drawn) / len(drawn)
        assert abs(share - probability) < 4 * (0.25 / len(drawn)) ** 0.5


def test_a_lost_connection_costs_no_hand(tmp_path):
    """The dealer lets a player in again; a match state says all of the hand."""
    rng, lost = random.Random(2), []

    class Shaky(LineConnection):
        def read_line(self, until):
            if rng.random() < 0.05 and len(lost) < 6:
                lost.append(1)
                self._socket.close()
                raise GoneError("the line is dead")
            return super().read_line(until)

    def shaky(host, port, peer, until, is_stopped):
        connection = connect(host, port, peer, until, is_stopped)
        connection.__class__ = Shaky
        return connection

    log = tmp_path / "log"
    match = DealtMatch(game_file(tmp_path, "small_nolimit.game"), 60, 1, ("Ann", "Bob"), log=str(log))
    dealer = Dealer(match, never)
    Guest(dealer.ports[0], RULES, agent_chooser("small_nolimit.game", 1))
    Guest(dealer.ports[1], RULES, agent_chooser("small_nolimit.game", 2), hands=60, make=shaky)
    summary = dealer.play()
    assert len(lost) == 6 and summary["hands"] == 60
    steady, _, same = play(
        tmp_path, "small_nolimit.game", [agent_chooser("small_nolimit.game", seed) for seed in (1, 2)], 60
    )
    assert steady["hands"] == 60 and log.read_text().splitlines()[4:] == same[4:]


def test_what_players_do_wrong(tmp_path):
    """Illegal actions are calls, lines that answer nothing are left out, silence ends the match."""
    log, messages = tmp_path / "log", tmp_path / "messages"
    match = DealtMatch(game_file(tmp_path, "small_nolimit.game"), 5, 1, ("Ann", "Bob"), log=str(log))
    match = match._replace(limits=match.limits._replace(answer=0.6), messages=str(messages))
    dealer = Dealer(match, never)
    Guest(dealer.ports[0], RULES, baseline_chooser("always-call"))

    def illegal():
        connection = connect("localhost", dealer.ports[1], "the dealer", time.monotonic() + 20)
        connection.send("VERSION:2.0.0", time.monotonic() + 20)
        heard = connection.read_line(time.monotonic() + 20).decode().strip()
        connection.send(f"; thinking\r\n{heard[:-1]}:c\r\n{heard}:r15", time.monotonic() + 20)
        while (line := connection.read_line(time.monotonic() + 20)) is not None:
            heard = line

    thread = threading.Thread(target=illegal, daemon=True)
    thread.start()
    with pytest.raises(
        ConnectionFailedError, match=r"player 2 \(Bob\) is silent in hand 0: the time for this answer is up"
    ):
        dealer.play()
    thread.join(10)
    assert dealer._seats[1].illegal == 1 and dealer._seats[1].ignored == 1
    text = log.read_text().splitlines()
    assert text[-1].startswith("# ended in hand 0: player 2 (Bob)") and not any("STATE" in line for line in text)
    assert "FROM 2 at " in messages.read_text() and ":r15\n" in messages.read_text()
