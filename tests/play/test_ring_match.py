"""A player of ours at a table of three: in every seat it answers legally and counts its chips as the table does."""

import random
import socket

import pytest
from helpers.playing import Guest, baseline_chooser, game_file, ring_chooser
from helpers.ring_games import THREE, ring_blueprint, ring_tables
from helpers.search_roots import NUM_BUCKETS

from holdem_mpi.cards import cards_of_hand
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.formats.acpc import HandLine, MatchState, format_match_state, parse_answer, parse_line
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.rules import CALL, BettingState
from holdem_mpi.hands.dealing import acpc_betting, board_by_street
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.play.acpc_dealer import Dealer, DealtMatch
from holdem_mpi.play.action_chooser import ActionChooser
from holdem_mpi.play.connection import never
from holdem_mpi.policy.players import BlueprintPlayer
from holdem_mpi.search.agent import Agent
from holdem_mpi.search.root_search import CardAbstraction
from holdem_mpi.search.service import SearchService
from holdem_mpi.subgame.ring_blueprint import RingContinuation

SMALL = {"menu": {"bet_sizes": [1.0], "raise_sizes": [1.0]}, "most_raises": 1, "least_drawn": 1, "most_iterations": 5}


def told(state, number, seat, hands, board):
    """The line that ``seat`` hears of a state."""
    shown = [other == seat or (state.is_showdown and not state.folded[other]) for other in range(3)]
    hole = tuple(cards_of_hand(hand) if there else None for hand, there in zip(hands, shown))
    seen = board if state.is_showdown else board[: sum(THREE.board_cards[: state.street + 1])]
    groups = board_by_street(THREE, seen)
    return format_match_state(MatchState(seat, number, acpc_betting(state, len(groups) + 1), hole, groups))


def dealt(lines, number, seat, deck):
    """Chips of ``seat`` in a hand in which the two others call, or raise the least."""
    choice, (hands, board) = random.Random(number), deck.draw(5, number, 3)
    state = BettingState.start(THREE)
    while not state.is_over:
        lines.write(f"{told(state, number, seat, hands, board)}\r\n")
        lines.flush()
        if state.player == seat:
            action = parse_answer(lines.readline().encode())[1]
        else:
            least = state.legal().min_raise_to
            action = least if least and choice.random() < 0.2 else CALL
        state = state.apply(action)
    lines.write(f"{told(state, number, seat, hands, board)}\r\n")
    lines.flush()
    return deck.winnings(state, board, hands)[seat]


@pytest.mark.parametrize("searches", [False, True])
def test_a_match_at_a_table_of_three(searches):
    config, service = SearchConfig(**SMALL), None
    player = BlueprintPlayer("random rows", ring_blueprint())
    if searches:
        cards = CardAbstraction(ring_tables(), NUM_BUCKETS, RingContinuation(player.blueprint))
        service = SearchService(Communicator(), config, THREE, cards)
    chooser = ActionChooser(player, Agent(player, service, config), 1)
    hands, deck = 6, Deck(THREE.board_cards)
    with socket.create_server(("localhost", 0)) as server:
        guest = Guest(server.getsockname()[1], THREE, chooser, deadline=60_000.0, hands=hands)
        connection, _ = server.accept()
        with connection, connection.makefile("rw", newline="") as lines:
            assert lines.readline() == "VERSION:2.0.0\r\n"
            chips = sum(dealt(lines, number, number % 3, deck) for number in range(hands))
        guest.join(60)
    summary = guest.report.summary()
    assert guest.error is None and summary["hands"] == hands and summary["chips"] == chips
    assert summary["incidents"] == 0 and summary["decisions"] >= hands
    if searches:
        assert summary["sources"]["search"] > 0


def dealt_match(folder, choosers, hands, **options):
    """(dealer's summary, players' summaries, STATE lines, last line) of a match of three through our dealer."""
    log = folder / "log"
    match = DealtMatch(game_file(folder, "small_ring.game"), hands, 1, ("Ann", "Bob", "Cid"), log=str(log), **options)
    dealer = Dealer(match, never)
    guests = [Guest(port, THREE, chooser, hands=hands) for port, chooser in zip(dealer.ports, choosers)]
    summary = dealer.play()
    lines = log.read_text().splitlines()
    states = [line for line in (parse_line(each.encode()) for each in lines[:-1]) if isinstance(line, HandLine)]
    return summary, [guest.finish() for guest in guests], states, lines[-1]


def test_our_dealer_deals_for_three(tmp_path):
    """Players count as the dealer does, all move on by a seat, folded hands stay hidden from the others."""
    summary, own, states, score = dealt_match(tmp_path, [ring_chooser(seed) for seed in (1, 2, 3)], 60)
    chips = {"Ann": 0, "Bob": 0, "Cid": 0}
    for number, line in enumerate(states):
        assert line.number == number and line.names[number % 3] == "Ann" and line.names[(number + 1) % 3] == "Bob"
        for name, won in zip(line.names, line.result):
            chips[name] += won
    assert score == f"SCORE:{chips['Ann']}|{chips['Bob']}|{chips['Cid']}:Ann|Bob|Cid" and sum(chips.values()) == 0
    for dealt_to, guest in zip(summary["players"], own):
        assert dealt_to["chips"] == guest["chips"] == chips[dealt_to["name"]] and guest["hands"] == 60
        assert dealt_to["illegal"] == dealt_to["ignored_lines"] == guest["incidents"] == 0
        assert dealt_to["answers"] == guest["decisions"] > 30


def test_duplicate_deals_of_three_come_in_every_seat(tmp_path):
    choosers = [baseline_chooser("always-call")] * 3
    _, own, states, _ = dealt_match(tmp_path, choosers, 24, duplicate=True)
    for one, two, three in zip(states[:8], states[8:], states[16:]):
        assert one.hole == two.hole == three.hole and one.board == two.board == three.board
        assert {line.names for line in (one, two, three)} == {
            tuple(("Ann", "Bob", "Cid")[(first + seat) % 3] for seat in range(3)) for first in range(3)
        }
    assert [guest["chips"] for guest in own] == [0, 0, 0]  # like against like
