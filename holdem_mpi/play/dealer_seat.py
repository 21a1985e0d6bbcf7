"""The players of a dealer: a port, a clock and a connection each, which may be lost and come again."""

import time
from typing import NamedTuple

from holdem_mpi.errors import ConnectionFailedError, PeerError, ProtocolError
from holdem_mpi.formats.acpc import MatchState, format_answer, format_match_state, parse_answer, parse_version
from holdem_mpi.game.rules import CALL, BettingState, IllegalAction, Rules
from holdem_mpi.hands.acpc_hands import sized, without_sizes
from holdem_mpi.play.connection import GoneError, LineConnection, Listener, SilenceError
from holdem_mpi.storage.line_log import LineLog

# Of one player: lines that are no answers, and connections.
MOST_BAD_LINES, MOST_CONNECTIONS = 1000, 20
_VERSION_SECONDS = 10.0


class AnswerLimits(NamedTuple):
    """Seconds that a dealer waits for a player.

    start: for the first connection.
    answer: for one answer.
    hand: for all answers of a hand together.
    per_hand: for the answers of a hand on average over the match.
    """

    start: float = 300.0
    answer: float = 10.0
    hand: float = 600.0
    per_hand: float = 7.0


class DealerSeat:
    """One player of a match, as the dealer sees him.

    number: of the player, from 1; it stays his when seats change.
    messages: gets what is sent and received, with times.
    """

    def __init__(
        self, number: int, name: str, listener: Listener, rules: Rules, limits: AnswerLimits, messages: LineLog
    ) -> None:
        self.number, self.name, self._listener, self._rules = number, name, listener, rules
        self._limits, self._messages = limits, messages
        self._connection: LineConnection | None = None
        self._connections = 0
        self._last: MatchState | None = None
        self.illegal = self.ignored = self.answers = 0
        self.slowest = self.used_in_hand = self.used = 0.0

    def join(self, until: float) -> None:
        """Wait for the player, and for what version of the protocol he speaks. ConnectionFailedError where nothing
        comes of it.
        """
        version = None
        while version is None:
            self._connections += 1
            if self._connections > MOST_CONNECTIONS:
                raise ConnectionFailedError(f"{self._listener.peer} has left {MOST_CONNECTIONS} times")
            self._connection = self._listener.accept(until)
            try:
                end = min(until, time.monotonic() + _VERSION_SECONDS)
                version = self._connection.read_value(end, parse_version, self._refuse)
            except GoneError:
                version = None
            if version is None:
                self._lose()
        if version[0] != 2:
            raise PeerError(f"{self._listener.peer} speaks version {'.'.join(map(str, version))}; expected 2.0.0")

    def _refuse(self, error: ProtocolError) -> None:
        self.ignored += 1
        if self.ignored > MOST_BAD_LINES:
            raise PeerError(f"{self._listener.peer}: {self.ignored} lines that are no answers, the last: {error}")

    def tell(self, state: MatchState) -> None:
        """Send what the player sees now; one who has left may come again.

        ConnectionFailedError where he does not read.
        """
        self._last = state
        if self._connection is not None:
            try:
                self._send(time.monotonic() + self._limits.answer)
            except GoneError:
                self._lose()

    def _send(self, until: float) -> None:
        text = format_match_state(self._last)
        self._connection.send(text, until)
        self._messages.write(f"TO {self.number} at {time.time():.6f} {text}")

    def _lose(self) -> None:
        self._connection.close()
        self._connection = None

    def ask(self, state: BettingState, hands: int) -> int:
        """The player's legal action for the state that he was told last; what is illegal counts as a check or call.

        hands: of the match, for the average. ConnectionFailedError where the time is up.
        """
        limits, begin = self._limits, time.monotonic()
        left = min(limits.hand - self.used_in_hand, limits.per_hand * hands - self.used)
        until = begin + min(limits.answer, left)
        try:
            action = self._answer(until)
        except SilenceError as error:
            what = "this answer" if left >= limits.answer else "this hand and the match"
            raise ConnectionFailedError(f"{error} in hand {self._last.number}: the time for {what} is up") from None
        spent = time.monotonic() - begin
        self.used_in_hand += spent
        self.used += spent
        self.slowest = max(self.slowest, spent)
        self.answers += 1
        try:
            chips = sized(state, action)
            state.apply(chips)
        except (ProtocolError, IllegalAction):
            self.illegal += 1
            return CALL
        return chips

    def _answer(self, until: float) -> int:
        """The action of the first answer to the state that was sent last."""
        while True:
            try:
                if self._connection is None:
                    self.join(until)
                    self._send(until)
                answer = self._connection.read_value(until, self._parse, self._refuse)
            except GoneError:
                answer = None
            if answer is not None:
                return answer
            self._lose()

    def _parse(self, line: bytes) -> int | None:
        answer = parse_answer(line)
        if answer is None:
            return None
        self._messages.write(f"FROM {self.number} at {time.time():.6f} {format_answer(*answer)}")
        if answer[0]._replace(betting=without_sizes(self._rules, answer[0].betting)) != self._last:
            raise ProtocolError("expected an answer to the last state")
        return answer[1]

    def close(self) -> None:
        """Close the connection and the port of this player."""
        if self._connection is not None:
            self._lose()
        self._listener.close()
