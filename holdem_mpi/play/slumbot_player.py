"""Plays hands against Slumbot over its web interface: asks for a hand, acts until it is over, and again.

An act is sent once. Where its answer is lost, the next hand is asked for: a server that gives the same hand back is
taken at its word, and of one that deals another the result of the hand before follows from its totals.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from holdem_mpi.cards import card_name, hand_of_cards
from holdem_mpi.errors import ConnectionFailedError, PeerError, ProtocolError, UserError
from holdem_mpi.formats.slumbot import SlumbotState, flat_actions, format_action, format_actions, parse_answer_to
from holdem_mpi.game.deck import Deck
from holdem_mpi.hands.acpc_states import SeenState
from holdem_mpi.hands.hand import HandRecord, history_of
from holdem_mpi.hands.hand_log import HandLog
from holdem_mpi.play.action_chooser import ActionChooser
from holdem_mpi.play.match_log import PlayReport
from holdem_mpi.play.slumbot_books import SlumbotBooks
from holdem_mpi.play.slumbot_requests import LostAnswerError, NotSentError, RefusedError, SlumbotRequests
from holdem_mpi.policy.range_tracker import NUMBERS
from holdem_mpi.search.agent import Situation

MOST_FAILURES = 12
_REFUSALS_OF_A_TOKEN = 3
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
BOT, CLIENT = "Slumbot", "holdem_mpi"


class SlumbotLogin(NamedTuple):
    """Who plays, where he has an account."""

    username: str
    password: str


class SlumbotMatch(NamedTuple):
    """A match.

    hands: to be played.
    login: None for a guest.
    first_wait: seconds after the first failure; they double with each further one.
    """

    hands: int
    login: SlumbotLogin | None = None
    first_wait: float = _FIRST_WAIT


class SlumbotPlayer:
    """Plays a match.

    chooser: says what to do at each decision. deadline_ms: milliseconds for it, by street.
    report: gets decisions and incidents. books: get results. log: gets every hand.
    """

    def __init__(
        self,
        requests: SlumbotRequests,
        match: SlumbotMatch,
        chooser: ActionChooser,
        deadline_ms: Callable[[int], float],
        report: PlayReport,
        books: SlumbotBooks,
        log: HandLog,
    ) -> None:
        self._requests, self._match, self._chooser, self._deadline_ms = requests, match, chooser, deadline_ms
        self._report, self._books, self._log = report, books, log
        self._deck = Deck((0, 3, 1, 1))
        self._token: str | None = None
        self._failures = self._refusals = 0
        self._number = 0
        self._answered: tuple[SlumbotState | None, int] = (None, 0)
        self._last: SlumbotState | None = None

    def play(self) -> None:
        """Play until the hands are over. ConnectionFailedError after MOST_FAILURES failures with nothing in between,
        PeerError where the last was an answer that is none.
        """
        self._begin_session()
        while self._books.hands < self._match.hands:
            self._play_hand()

    def _play_hand(self) -> None:
        at = self._new_hand()
        while not at.state.is_over:
            later = self._act(at)
            if later is not None:
                self._failures = self._refusals = 0
            else:
                later = self._new_hand()
                if not at.is_same_hand(later):
                    self._cut_off(at)
            at = later
        self._failures = 0
        self._end(at)

    def _begin_session(self) -> None:
        self._token, self._refusals = None, 0
        self._books.begin_session()
        login = self._match.login
        while login is not None and self._token is None:
            try:
                answer = self._requests.post("login", {"username": login.username, "password": login.password})
                self._take_token(answer)
                if self._token is None:
                    raise LostAnswerError(f"{self._requests.peer} gave no token")
            except RefusedError as error:
                raise UserError(f"--user {login.username}: {error}") from None
            except (NotSentError, LostAnswerError) as error:
                self._failed(error, "login")

    def _new_hand(self) -> SlumbotState:
        """The hand that the server has for us: a new one, or the one that was on."""
        while True:
            try:
                answer = self._requests.post("new_hand", {"token": self._token} if self._token else {})
                self._take_token(answer)
                at = parse_answer_to(answer)
                if at == self._last:
                    raise ProtocolError("expected a new hand, got the end of the last one again")
                return at
            except RefusedError as error:
                self._refusals += 1
                self._failed(error, "new hand")
                if self._refusals >= _REFUSALS_OF_A_TOKEN and self._token is not None:
                    self._report.incident(f"{self._requests.peer} refuses the session: a new one")
                    self._begin_session()
            except NotSentError as error:
                self._failed(error, "new hand")
            except (LostAnswerError, ProtocolError) as error:
                self._books.maybe_dealt()
                self._failed(error, "new hand")

    def _act(self, at: SlumbotState) -> SlumbotState | None:
        """The state after our action; None where it is not known."""
        if self._answered[0] != at:  # who is asked once more gives the same answer
            self._answered = (at, self._decide(at))
        incr = format_action(at.state, self._answered[1])
        while True:
            try:
                answer = self._requests.post("act", {"token": self._token, "incr": incr})
                self._take_token(answer)
                later = parse_answer_to(answer)
                if not at._replace(state=at.state.apply(self._answered[1])).is_same_hand(later):
                    raise ProtocolError("expected the hand to go on from our action")
                return later
            except NotSentError as error:
                self._failed(error, incr)
            except (RefusedError, LostAnswerError, ProtocolError) as error:
                if isinstance(error, ProtocolError):  # another hand may be on
                    self._books.maybe_dealt()
                self._failed(error, incr)
                return None

    def _failed(self, error: Exception, doing: str) -> None:
        """Tell of a failure, and wait. ConnectionFailedError where there were too many in a row."""
        self._failures += 1
        text = f"hand {self._number}, {doing}: {error}"
        if self._failures >= MOST_FAILURES:
            kind = ConnectionFailedError if isinstance(error, (NotSentError, LostAnswerError)) else PeerError
            raise kind(f"{text}, after {self._failures} failures in a row")
        self._report.incident(text)
        wait = self._match.first_wait * 2 ** (self._failures - 1)
        self._requests.wait(max(min(wait, _LONGEST_WAIT), getattr(error, "wait", 0.0)))

    def _take_token(self, answer: dict[str, Any]) -> None:
        if isinstance(token := answer.get("token"), str) and token:
            self._token = token

    def _decide(self, at: SlumbotState) -> int:
        situation = Situation(self._number % NUMBERS, at.state, at.board, hand_of_cards(*at.hole))
        choice = self._chooser.choose(situation, self._deadline_ms(at.state.street))
        self._report.decided(SeenState(at.seat, self._number, at.state, _by_seat(at), at.board), choice)
        return choice.action

    def _cut_off(self, at: SlumbotState) -> None:
        self._books.cut_off()
        cards = " ".join(map(card_name, at.hole))
        where = (
            f"hand {self._number} cut off with {cards} as seat {at.seat} after {format_actions(at.state) or 'nothing'}"
        )
        self._report.incident(where)
        self._log.line(f"# {where}")
        self._number += 1

    def _end(self, at: SlumbotState) -> None:
        names = (CLIENT, BOT) if at.seat == 0 else (BOT, CLIENT)
        actions = flat_actions(at.state)
        record = HandRecord(
            line=0,
            name=str(self._number),
            names=names,
            hero=at.seat,
            hole=_by_seat(at),
            board=at.board,
            actions=actions,
            lines=(0,) * len(actions),
        )
        hand = history_of(record, at.state.rules, self._requests.peer)
        won = hand.winnings(self._deck)
        if won[at.seat] != at.winnings:
            told = f"hand {self._number}: the server says {at.winnings:+d} chips, cards and betting {won[at.seat]:+d}"
            self._report.incident(told)
        wrong, found = self._books.ended(at.winnings, at.baseline, at.totals)
        if wrong:
            self._report.incident(f"hand {self._number}: {wrong}")
        for chips in found:
            self._log.line(f"# hands cut off before hand {self._number}: {chips:+g} chips each by the server's totals")
        if at.baseline is not None:
            self._log.line(f"# hand {self._number}: the server's baseline {at.baseline:+d}")
        self._log.hand(hand, won)
        self._last = at
        self._number += 1


def _by_seat(at: SlumbotState) -> tuple[tuple[int, int] | None, ...]:
    """Both players' cards by seat."""
    return (at.hole, at.bot_hole) if at.seat == 0 else (at.bot_hole, at.hole)
