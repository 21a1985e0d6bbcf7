"""A dealer of our own: a server of the ACPC protocol, for matches without anybody else's software.

As the ACPC's dealer it prints the ports, one a player, moves all on by a seat after every hand, takes what is illegal
for a check or call and writes a ``STATE`` line a hand and the ``SCORE``. Unlike it, it lets a player who has lost the
connection come again while his time lasts: a match state says all of a hand.
"""

import contextlib
import dataclasses
import json
import re
import sys
import time
from typing import Any, NamedTuple

from holdem_mpi.cards import cards_of_hand
from holdem_mpi.errors import EXIT_OK, EXIT_REQUEUE, ConnectionFailedError, SaveError, UserError
from holdem_mpi.formats.acpc import MatchState
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.rules import BettingState
from holdem_mpi.hands.acpc_games import open_acpc_game
from holdem_mpi.hands.dealing import acpc_betting, board_by_street, dealt_hands
from holdem_mpi.hands.hand_log import HandLog
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.stop_flag import StopFlag
from holdem_mpi.play.connection import Listener, Stop, StoppedError
from holdem_mpi.play.dealer_seat import AnswerLimits, DealerSeat
from holdem_mpi.storage.line_log import LineLog
from holdem_mpi.text import counted

_LAST_PORT = 65_535


class DealtMatch(NamedTuple):
    """A match to be dealt.

    game: a ``.game`` file, or the name of a shipped one.
    hands: how many are played.
    seed: of the deals.
    names: of the players; none: player1 and so on.
    port: of the first player, the others' follow; None for free ones.
    duplicate: the hands are divided by the players; each part has the deals of the first once more, with all a seat
        further on.
    limits: of the time for answers.
    log: a file as for HandLog, or None.
    messages: a file for what is sent and received, or None.
    """

    game: str
    hands: int
    seed: int
    names: tuple[str, ...] = ()
    port: int | None = None
    duplicate: bool = False
    limits: AnswerLimits = AnswerLimits()
    log: str | None = None
    messages: str | None = None

    def deal_of(self, number: int, players: int) -> tuple[int, int]:
        """(deal, player in seat 0) of a hand. Deals depend on (seed, deal) alone."""
        part = self.hands // players if self.duplicate else self.hands
        return number % part, -(number % part + number // part) % players


class Dealer:
    """One match. Its ports are open once it is made. UserError on what cannot be played."""

    def __init__(self, match: DealtMatch, is_stopped: Stop) -> None:
        _, game = open_acpc_game(match.game)
        players = game.rules.num_players
        match = match._replace(names=match.names or tuple(f"player{place + 1}" for place in range(players)))
        _check(match, players)
        self._match, self._rules, self._deck = match, game.rules, Deck(game.rules.board_cards)
        self._log, messages = HandLog(match.log), LineLog(match.messages, "--messages")
        self._messages = messages
        self._listeners = [
            Listener(match.port + place if match.port else 0, f"player {place + 1} ({name})", is_stopped)
            for place, name in enumerate(match.names)
        ]
        self._seats = [
            DealerSeat(place + 1, name, listener, self._rules, match.limits, messages)
            for place, (name, listener) in enumerate(zip(match.names, self._listeners))
        ]
        self.chips, self.hands = [0] * players, 0

    @property
    def ports(self) -> list[int]:
        """The ports that the players connect to, in order of the players."""
        return [listener.port for listener in self._listeners]

    def play(self) -> dict[str, Any]:
        """Wait for the players and play all hands; the summary. ConnectionFailedError, by which the match ends, where
        one leaves or is silent; SaveError, at the end, where a file was not written.
        """
        match, limits = self._match, self._match.limits
        self._log.line(f"# name/game/hands/seed {'-'.join(match.names)} {match.game} {match.hands} {match.seed}")
        for name in ("answer", "hand", "per_hand"):
            self._log.line(f"#--t_{'response' if name == 'answer' else name} {1000 * getattr(limits, name):.0f}")
        try:
            until = time.monotonic() + limits.start
            for seat in self._seats:
                seat.join(until)
            for number in range(match.hands):
                self._play_hand(number)
        except (ConnectionFailedError, StoppedError) as error:
            self._log.line(f"# ended in hand {self.hands}: {error or 'stopped'}")
            with contextlib.suppress(SaveError):  # what ended the match is told
                self._close_files()
            raise
        finally:
            for seat in self._seats:
                seat.close()
        self._log.line(self.score)
        self._close_files()
        return self.summary()

    def _close_files(self) -> None:
        self._log.close()
        self._messages.close()

    def _play_hand(self, number: int) -> None:
        match, deck, players = self._match, self._deck, len(self._seats)
        deal, first = match.deal_of(number, players)
        player_of = [(first + place) % players for place in range(players)]
        by_seat = [self._seats[player] for player in player_of]
        hands, _ = deck.draw(match.seed, deal, players)
        hole = [cards_of_hand(hand) for hand in hands]
        for seat in by_seat:
            seat.used_in_hand = 0.0

        def tell(state: BettingState, board: tuple[int, ...]) -> None:
            groups = board_by_street(self._rules, board)
            betting = acpc_betting(state, len(groups) + 1)
            for place, seat in enumerate(by_seat):
                shown = [
                    cards if other == place or (state.is_showdown and not state.folded[other]) else None
                    for other, cards in enumerate(hole)
                ]
                seat.tell(MatchState(place, number, betting, tuple(shown), groups))

        def choose(state: BettingState, board: tuple[int, ...], hand: int) -> int:
            tell(state, board)
            return by_seat[state.player].ask(state, match.hands)

        names = [seat.name for seat in by_seat]
        (hand,) = dealt_hands(self._rules, match.seed, [deal], (choose,) * players, 0, names)
        won = hand.winnings(deck)
        self._log.hand(dataclasses.replace(hand, name=str(number)), won)
        for player, chips in zip(player_of, won):
            self.chips[player] += chips
        self.hands += 1
        tell(hand.final, hand.board)

    @property
    def score(self) -> str:
        """The ``SCORE`` line that ends an ACPC log: chips and names, by player."""
        return f"SCORE:{'|'.join(map(str, self.chips))}:{'|'.join(self._match.names)}"

    def summary(self) -> dict[str, Any]:
        """The result as JSON: hands, seed, and of each player chips, answers and how long they took."""
        blind = max(self._rules.blinds)
        players = [
            {
                "name": seat.name,
                "chips": chips,
                "mbb_a_hand": 1000 * chips / blind / max(self.hands, 1),
                "answers": seat.answers,
                "illegal": seat.illegal,
                "ignored_lines": seat.ignored,
                "slowest_ms": round(1000 * seat.slowest, 3),
                "mean_ms": round(1000 * seat.used / max(seat.answers, 1), 3),
            }
            for seat, chips in zip(self._seats, self.chips)
        ]
        return {"hands": self.hands, "seed": self._match.seed, "duplicate": self._match.duplicate, "players": players}


def _check(match: DealtMatch, players: int) -> None:
    """UserError where the match cannot be played: its number of hands, its names or its ports are wrong."""
    names = match.names
    if match.duplicate and match.hands % players:
        raise UserError(
            f"--hands {match.hands}: expected a multiple of {players}, as every deal is played in so many seats"
        )
    if not len(names) == len({*names}) == players or not all(re.fullmatch(r"[!-9;-{}~]{1,40}", name) for name in names):
        raise UserError(f"--names {' '.join(names)}: expected {players} different ones, without blanks, ':' and '|'")
    if match.port is not None and match.port + players - 1 > _LAST_PORT:
        raise UserError(f"--port {match.port}: expected at most {_LAST_PORT - players + 1}, one port a player")


def dealer_lines(summary: dict[str, Any]) -> list[str]:
    """The summary of a match as lines of text for people."""
    head = f"{counted(summary['hands'], 'hand')}, seed {summary['seed']}{', duplicate' if summary['duplicate'] else ''}"
    return [head] + [
        f"{each['name']}: {each['chips']:+d} chips ({each['mbb_a_hand']:+.1f} mbb/h), "
        f"{counted(each['answers'], 'answer')}, {each['illegal']} illegal, "
        f"{counted(each['ignored_lines'], 'line')} ignored, "
        f"slowest {each['slowest_ms']:.0f} ms, mean {each['mean_ms']:.1f} ms"
        for each in summary["players"]
    ]


def run_dealer(comm: Communicator, match: DealtMatch, as_json: bool) -> int:
    """Play ``match``, and print its ports, its score and its summary; the exit code. UserError on what cannot be."""
    if comm.size > 1:
        raise UserError(f"--serve: a dealer is one process, got {comm.size} ranks; expected no mpirun")
    with StopFlag() as flag:
        dealer = Dealer(match, lambda: bool(flag.signal_number))
        print(" ".join(map(str, dealer.ports)), flush=True)
        try:
            summary = dealer.play()
        except StoppedError:
            print(f"stopped by a signal after {counted(dealer.hands, 'hand')}", file=sys.stderr, flush=True)
            return EXIT_REQUEUE
    print(json.dumps(summary) if as_json else "\n".join([dealer.score, *dealer_lines(summary)]), flush=True)
    return EXIT_OK
