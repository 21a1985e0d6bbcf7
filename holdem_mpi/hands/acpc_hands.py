"""Hands of ACPC lines: one a ``STATE`` line, or one from all messages about it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from holdem_mpi.errors import ProtocolError
from holdem_mpi.formats.acpc import RAISE, AcpcMessage, Betting, HandLine, Line, begins_match, parse_line
from holdem_mpi.game.rules import CALL, FOLD, BettingState, IllegalAction, Rules
from holdem_mpi.hands.hand import HandRecord
from holdem_mpi.hands.profile import Profile

_NEXT_STREET = -3  # stands for a slash among actions

Report = Callable[[int, str, str], None]
"""Told line, name of the hand (may be nothing) and what was expected of each hand or line that is left out."""


def acpc_records(lines: Iterable[tuple[int, bytes]], profile: Profile, report: Report) -> Iterator[HandRecord]:
    """The hands of the lines (number, text) of a log, in order; what cannot be read goes to ``report``."""
    talk: _HandMessages | None = None
    for number, text in lines:
        line: Line | None = None
        try:
            line = parse_line(text)
        except ProtocolError as error:
            report(number, "", str(error))
        if talk is not None and begins_match(text):
            yield from _reported(partial(talk.record, finished=True), profile, report, talk.line, talk.name)
            talk = None
        if talk is not None and line is not None and not (isinstance(line, AcpcMessage) and talk.goes_on(line)):
            yield from _reported(talk.record, profile, report, talk.line, talk.name)
            talk = None
        if isinstance(line, HandLine):
            yield from _reported(partial(_finished, line, number), profile, report, number, str(line.number))
        elif isinstance(line, AcpcMessage):
            talk = talk or _HandMessages(line, number, profile.rules)
            talk.hear(line, number)
    if talk is not None:
        yield from _reported(talk.record, profile, report, talk.line, talk.name)


def _reported(make: Callable[[Profile], HandRecord], profile: Profile, report: Report, line: int, name: str):
    try:
        yield make(profile)
    except ProtocolError as error:
        report(error.line or line, name, str(error))


def _finished(line: HandLine, number: int, profile: Profile) -> HandRecord:
    """The hand that a ``STATE`` line tells."""
    check_players(profile.rules, line.hole)
    tokens = flat_betting(profile.rules, line.betting)
    actions, lines = actions_of(profile.rules, tokens, [number] * len(tokens))
    board = tuple(card for street in line.board for card in street)
    hero = profile.hero_seat(line.names)
    return HandRecord(
        line=number,
        name=str(line.number),
        names=line.names,
        hero=hero,
        hole=line.hole,
        board=board,
        actions=actions,
        lines=lines,
        result=line.result,
    )


class _HandMessages:
    """The messages about one hand, put together to a record."""

    def __init__(self, message: AcpcMessage, line: int, rules: Rules) -> None:
        self.line, self._number, self._rules = line, message.state.number, rules
        self.name = str(self._number)
        self._tokens: list[int] = []
        self._lines: list[int] = []
        self._asked: tuple[int, int] | None = None  # an action, and its line, that the dealer has not told yet
        self._seat_of_player: dict[int, int] = {}
        self._hole: list[tuple[int, int] | None] = [None] * len(message.state.hole)
        self._board: tuple[int, ...] = ()
        self._problem: ProtocolError | None = None

    def goes_on(self, message: AcpcMessage) -> bool:
        """Whether a message is about the same hand."""
        return message.state.number == self._number

    def hear(self, message: AcpcMessage, line: int) -> None:
        """Take one more message in; where it contradicts an earlier one, the hand is given up."""
        state = message.state
        if len(state.hole) != len(self._hole):
            self._give_up(f"expected cards of {len(self._hole)} players as before, got {len(state.hole)}", line)
            return
        tokens = flat_betting(self._rules, state.betting)
        board = tuple(card for street in state.board for card in street)
        seats = self._seat_of_player
        if seats.setdefault(message.player, state.seat) != state.seat or len(set(seats.values())) != len(seats):
            self._give_up(f"player {message.player}: expected a seat of his own, the same in all messages", line)
        if state.hole[state.seat] is None:
            self._give_up(f"player {message.player}: expected the cards of his own seat {state.seat}", line)
        for seat, cards in enumerate(state.hole):
            self._hole[seat] = self._hole[seat] or cards
            if cards is not None and cards != self._hole[seat]:
                self._give_up(f"expected the same cards of seat {seat} as before", line)
        # Of two players one may hear later than the other: either text may be the longer one.
        common = min(len(tokens), len(self._tokens))
        if tokens[:common] != self._tokens[:common]:
            self._give_up("expected betting that goes on from the lines before", line)
        shown = min(len(board), len(self._board))
        if board[:shown] != self._board[:shown]:
            self._give_up("expected the same board as before", line)
        self._extend(tokens[common:], line)
        if message.action is not None and self._asked is None and len(tokens) == len(self._tokens):
            self._asked = flat_betting(self._rules, ((message.action,),))[0], line
        self._board = max(board, self._board, key=len)

    def _extend(self, tokens: list[int], line: int) -> None:
        """Betting that the dealer tells. It counts, whatever the player asked for: a dealer changes illegal actions."""
        lines = [line] * len(tokens)
        if tokens and self._asked is not None:
            lines[0], self._asked = self._asked[1], None
        self._lines += lines
        self._tokens += tokens

    def _give_up(self, text: str, line: int) -> None:
        self._problem = self._problem or ProtocolError(text, line)

    def record(self, profile: Profile, finished: bool = False) -> HandRecord:
        """The record of the hand that the messages tell. finished: whether no more can come, as where another match
        begins.

        ProtocolError where they contradict each other or the rules.
        """
        if self._problem is not None:
            raise self._problem
        check_players(profile.rules, self._hole)
        asked, places = ([self._asked[0]], [self._asked[1]]) if self._asked else ([], [])
        actions, lines = actions_of(profile.rules, self._tokens + asked, self._lines + places)
        names = ["?"] * len(self._hole)
        for player, seat in self._seat_of_player.items():
            names[seat] = str(player)
        hero = next(iter(self._seat_of_player.values()))
        if len(self._seat_of_player) > 1 or isinstance(profile.config.hero, int):
            hero = profile.hero_seat(names)
        hole, board = tuple(self._hole), self._board
        return HandRecord(
            line=self.line,
            name=self.name,
            names=tuple(names),
            hero=hero,
            hole=hole,
            board=board,
            actions=actions,
            lines=lines,
            finished=finished,
        )


def check_players(rules: Rules, hole: Sequence[tuple[int, int] | None]) -> None:
    """ProtocolError where a line shows another number of seats than the game has."""
    if len(hole) != rules.num_players:
        raise ProtocolError(f"expected cards of {rules.num_players} players, got {len(hole)}")


def flat_betting(rules: Rules, betting: Betting) -> list[int]:
    """Actions of all streets one after another as ``without_sizes`` has them, a number of its own for each slash."""
    tokens: list[int] = []
    for street in without_sizes(rules, betting):
        tokens += [_NEXT_STREET, *street]
    return tokens[1:]


def without_sizes(rules: Rules, betting: Betting) -> Betting:
    """The betting of a line as it counts: in fixed limit a size has no meaning, whoever sends one, as in the ACPC."""
    if rules.betting != "fixed_limit":
        return betting
    return tuple(tuple(RAISE if action > CALL else action for action in street) for street in betting)


def actions_of(rules: Rules, tokens: list[int], lines: list[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(actions, line of each) of flat betting: slashes checked, raises without a size filled in."""
    state, street, last, taken, places = BettingState.start(rules), 0, 0, [], []
    for token, line in zip(tokens, lines):
        if token == _NEXT_STREET:
            street += 1
            continue
        if not state.is_over and street != state.street:
            raise ProtocolError(f"expected {state.street} streets ended by / before action {len(taken) + 1}", line)
        action, last = sized(state, token, line), street
        try:
            state = state.apply(action)
        except IllegalAction as error:
            raise ProtocolError(f"action {len(taken) + 1}: {error}", line) from None
        taken.append(action)
        places.append(line)
    most = rules.num_streets - 1 if state.is_showdown else state.street
    if not last <= street <= most:
        raise ProtocolError(f"expected at most {most} streets ended by /, got {street}", lines[-1])
    return tuple(taken), tuple(places)


def sized(state: BettingState, token: int, line: int | None = None) -> int:
    """The action that a token stands for: in fixed limit a raise has the chips of the rules, whatever a line says.

    ProtocolError where it has none.
    """
    if token in (FOLD, CALL):
        return token
    if state.rules.betting != "fixed_limit":
        if token == RAISE:
            raise ProtocolError("expected the chips after r, in no-limit hold'em", line)
        return token
    if not state.legal().max_raise_to:
        raise ProtocolError(
            f"seat {state.player} cannot bet or raise; legal: call{' or fold' * state.legal().can_fold}", line
        )
    return state.legal().max_raise_to
