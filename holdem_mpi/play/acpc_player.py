"""The player's side of the ACPC protocol: match states in, answers out, until the match is over."""

import time
from collections.abc import Callable
from typing import NamedTuple

from holdem_mpi.cards import hand_of_cards
from holdem_mpi.errors import ConnectionFailedError, PeerError, ProtocolError
from holdem_mpi.formats.acpc import RAISE, MatchState, format_answer, parse_match_state
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.rules import CALL, Rules
from holdem_mpi.hands.acpc_states import SeenState, goes_on, seen_state
from holdem_mpi.play.action_chooser import ActionChooser
from holdem_mpi.play.connection import GoneError, LineConnection, SilenceError
from holdem_mpi.play.match_log import PlayReport
from holdem_mpi.policy.range_tracker import NUMBERS
from holdem_mpi.search.agent import Situation
from holdem_mpi.text import counted

VERSION = "VERSION:2.0.0"
# Lines in a row that are none of the protocol; connections of a match; seconds that the table may take to read.
MOST_BAD_LINES, MOST_CONNECTIONS, _SEND_SECONDS = 20, 10, 30.0
_OTHER_GAME = "; does it play another game than the profile's? --game FILE checks that, --profile names another"


class Timeouts(NamedTuple):
    """Seconds after which a player gives up.

    connect: until there is a connection.
    read: for the next line of the table.
    match: for the whole match; None for no limit.
    """

    connect: float = 10.0
    read: float = 600.0
    match: float | None = None


class AcpcPlayer:
    """Plays one match as a client of the ACPC protocol.

    connect: makes a connection until a time of time.monotonic.
    chooser: says what to do at each decision.
    deadline_ms: milliseconds for a decision, by street.
    report: gets every decision, incident and result.
    hands: of the match; None where the table knows, then it ends when the table hangs up between two hands.
    """

    def __init__(
        self,
        connect: Callable[[float], LineConnection],
        rules: Rules,
        chooser: ActionChooser,
        deadline_ms: Callable[[int], float],
        report: PlayReport,
        timeouts: Timeouts,
        hands: int | None = None,
    ) -> None:
        self._connect, self._rules, self._chooser, self._deadline_ms = connect, rules, chooser, deadline_ms
        self._report, self._timeouts, self._hands = report, timeouts, hands
        self._deck = Deck(rules.board_cards)
        self._end = float("inf")
        self._connections = self._bad_lines = 0
        self._last: SeenState | None = None
        self._answered: tuple[SeenState | None, str] = (None, "")
        # Hand, place in its betting and action of an answer that the table has not shown yet.
        self._unseen: tuple[int, int, int] | None = None

    def play(self) -> None:
        """Until the match is over. ConnectionFailedError where the table is not there, leaves in a hand, is silent,
        does not read
        or talks nonsense: after a bounded time.
        """
        if self._timeouts.match is not None:
            self._end = time.monotonic() + self._timeouts.match
        connection = self._join()
        try:
            while self._hands is None or self._report.hands < self._hands:
                try:
                    heard = connection.read_value(self._until(self._timeouts.read), self._parse, self._refuse)
                    if heard is not None:
                        self._hear(connection, *heard)
                        continue
                    lost = GoneError("the table has left")
                except GoneError as error:
                    lost = error
                except SilenceError as error:
                    raise ConnectionFailedError(f"{error}, {self._where()}{self._why_now()}") from None
                connection.close()
                if self._is_between_hands():
                    return
                connection = self._rejoin(lost)
        finally:
            connection.close()

    def _until(self, seconds: float) -> float:
        return min(self._end, time.monotonic() + seconds)

    def _why_now(self) -> str:
        if time.monotonic() >= self._end:
            return f" (the match may take {self._timeouts.match:g} s)"
        return f" (waited {self._timeouts.read:g} s for a line)"

    def _where(self) -> str:
        left_out = f", {counted(self._bad_lines, 'line')} left out{_OTHER_GAME}" if self._bad_lines else ""
        if self._last is None:
            return f"before the first hand{left_out}"
        return f"{'after' if self._last.state.is_over else 'in the middle of'} hand {self._last.number}{left_out}"

    def _is_between_hands(self) -> bool:
        """Whether the table may hang up: after a hand, where nobody has said how many there are."""
        return self._hands is None and self._last is not None and self._last.state.is_over

    def _join(self) -> LineConnection:
        self._connections += 1
        connection = self._connect(self._until(self._timeouts.connect))
        connection.send(VERSION, self._until(_SEND_SECONDS))
        return connection

    def _rejoin(self, lost: GoneError) -> LineConnection:
        """Connect again: a match state says all of a hand, so a table that lets us in can go on where it was."""
        text = f"{lost}, {self._where()}"
        self._report.incident(f"{text}: connecting again")
        try:
            if self._connections < MOST_CONNECTIONS:
                return self._join()
        except ConnectionFailedError as error:
            raise ConnectionFailedError(f"{text}; again: {error}") from None
        raise ConnectionFailedError(f"{text}, after {self._connections} connections")

    def _parse(self, line: bytes) -> tuple[MatchState, SeenState] | None:
        match = parse_match_state(line)
        if match is None:
            return None
        seen = seen_state(self._rules, match)
        if self._last is not None and self._last.number == seen.number:
            goes_on(self._last, seen)
        return match, seen

    def _refuse(self, error: ProtocolError) -> None:
        self._bad_lines += 1
        self._report.incident(f"a line of the table is left out: {error}")
        if self._bad_lines >= MOST_BAD_LINES:
            raise PeerError(f"the table: {self._bad_lines} lines in a row are none of the protocol; the last: {error}")

    def _hear(self, connection: LineConnection, match: MatchState, seen: SeenState) -> None:
        self._last, self._bad_lines = seen, 0
        state = seen.state
        self._compare(seen)
        if state.is_over:
            self._report.ended(seen.number, self._chips(seen))
        elif state.player == seen.seat:
            if self._answered[0] != seen:  # a table that asks once more gets the same answer
                self._answered = (seen, self._decide(match, seen))
            connection.send(self._answered[1], self._until(_SEND_SECONDS))

    def _compare(self, seen: SeenState) -> None:
        """Tell where the table took our last answer for another: it is what a table of another game would do."""
        if self._unseen is None:
            return
        number, place, action = self._unseen
        actions = _flat(seen)
        if seen.number == number and len(actions) > place:
            self._unseen = None
            if actions[place] != action:
                self._report.incident(f"hand {number}: the table took an answer of ours for another one{_OTHER_GAME}")

    def _decide(self, match: MatchState, seen: SeenState) -> str:
        hand = hand_of_cards(*seen.hole[seen.seat])
        at = Situation(seen.number % NUMBERS, seen.state, seen.board, hand)
        choice = self._chooser.choose(at, self._deadline_ms(seen.state.street))
        self._report.decided(seen, choice)
        self._unseen = (seen.number, len(_flat(seen)), choice.action)
        fixed = self._rules.betting == "fixed_limit"
        return format_answer(match, RAISE if fixed and choice.action > CALL else choice.action)

    def _chips(self, seen: SeenState) -> int:
        hands = [None if cards is None else hand_of_cards(*cards) for cards in seen.hole]
        return self._deck.winnings(seen.state, seen.board, hands)[seen.seat]


def _flat(seen: SeenState) -> list[int]:
    """The actions of a hand in one list, street after street."""
    return [action for street in seen.state.history for action in street]
