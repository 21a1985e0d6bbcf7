"""The public web interface of Slumbot (sample_api.py on its site): answers in JSON to values, actions to its text.

Seats are ours: the interface's ``client_pos`` 0 is the big blind, 1 the small blind on the button. Its actions are
``k`` (check), ``c`` (call), ``f`` (fold) and ``b`` (bet or raise) with the chips that the player then has put in on
this street; streets end by a slash, which may be missing at the end: ``b200c/kk/kb400``. Every hand begins with 200 big
blinds.
"""

import re
from typing import Any, NamedTuple

from holdem_mpi.cards import parse_card
from holdem_mpi.errors import ProtocolError, UserError
from holdem_mpi.game.rules import CALL, FOLD, BettingState, IllegalAction, Rules
from holdem_mpi.text import shown

SLUMBOT_RULES = Rules((20_000, 20_000), (100, 50))
_TOKEN = re.compile(r"b([0-9]{1,6})|[kcf/]")
_MOST_CHIPS = 10**12
_ALL_CARDS = sum(SLUMBOT_RULES.board_cards)


class SessionTotals(NamedTuple):
    """What the server has counted of a session: its hands, the client's chips, and the baseline's."""

    hands: int
    chips: int
    baseline: int


class SlumbotState(NamedTuple):
    """What an answer says of a hand.

    seat: the client's.
    state: the betting so far.
    hole: the client's cards.
    board: the public cards.
    bot_hole: the bot's cards, None where not told.
    winnings: the client's chips in a hand that is over, else None.
    baseline: what the server's baseline won in its place; None where not told.
    totals: of the session, None where not told.
    """

    seat: int
    state: BettingState
    hole: tuple[int, int]
    board: tuple[int, ...]
    bot_hole: tuple[int, int] | None
    winnings: int | None
    baseline: int | None
    totals: SessionTotals | None

    def is_same_hand(self, later: "SlumbotState") -> bool:
        """Whether ``later`` may be the same hand, as far or further on."""
        actions, more = flat_actions(self.state), flat_actions(later.state)
        same = (self.seat, set(self.hole)) == (later.seat, set(later.hole))
        return same and more[: len(actions)] == actions and later.board[: len(self.board)] == self.board


def flat_actions(state: BettingState) -> tuple[int, ...]:
    """The actions of a hand, street after street."""
    return tuple(action for street in state.history for action in street)


def parse_answer_to(data: Any) -> SlumbotState:
    """The state of a hand that an answer tells. ProtocolError where it is none that the client may meet: its turn, or
    the end.
    """
    if not isinstance(data, dict):
        raise ProtocolError(f"expected a JSON object, got {shown(data)}")
    seat = data.get("client_pos")
    if type(seat) is not int or seat not in (0, 1):
        raise ProtocolError(f"client_pos: expected 0 or 1, got {shown(seat)}")
    state = parse_actions(data.get("action"))
    hole, board = _cards(data, "hole_cards", 2), _cards(data, "board", None)
    bot_hole = _cards(data, "bot_hole_cards", 2) if data.get("bot_hole_cards") else None
    everything = (*hole, *board, *(bot_hole or ()))
    if len(set(everything)) != len(everything):
        raise ProtocolError(f"expected different cards, got {shown([data.get('hole_cards'), data.get('board')])}")
    expected = _ALL_CARDS if state.is_showdown else sum(SLUMBOT_RULES.board_cards[: state.street + 1])
    if len(board) != expected:
        raise ProtocolError(f"board: expected {expected} cards after {shown(data.get('action'))}, got {len(board)}")
    winnings = _chips(data, "winnings")
    if state.is_over != (winnings is not None):
        raise ProtocolError(f"winnings: expected {'chips' if state.is_over else 'none yet'}, got {winnings}")
    if state.is_showdown and bot_hole is None:
        raise ProtocolError("bot_hole_cards: expected two cards at a showdown, got none")
    if not state.is_over and state.player != seat:
        raise ProtocolError(f"action: expected the client's turn, got {shown(data.get('action'))} as seat {seat}")
    return SlumbotState(
        seat=seat,
        state=state,
        hole=hole,
        board=board,
        bot_hole=bot_hole,
        winnings=winnings,
        baseline=_chips(data, "baseline_winnings"),
        totals=_totals(data),
    )


def parse_actions(text: Any) -> BettingState:
    """The state after the actions of a text. ProtocolError where they are none, or against the rules."""
    if not isinstance(text, str) or _TOKEN.sub("", text):
        raise ProtocolError(f"action: expected k, c, f, b with chips, and slashes, got {shown(text)}")
    state, street = BettingState.start(SLUMBOT_RULES), 0
    for token in _TOKEN.finditer(text):
        if token[0] == "/":
            street += 1
            continue
        if not state.is_over and street != state.street:
            raise ProtocolError(f"action: expected {state.street} slashes before {token[0]} in {shown(text)}")
        try:
            state = state.apply(_action(state, token))
        except IllegalAction as error:
            raise ProtocolError(f"action {shown(text)}: {error}") from None
    most = SLUMBOT_RULES.num_streets - 1 if state.is_showdown else state.street
    if not (len(state.history) - 1 if state.is_over else state.street - 1) <= street <= most:
        raise ProtocolError(f"action: expected at most {most} slashes in {shown(text)}, got {street}")
    return state


def _action(state: BettingState, token: re.Match[str]) -> int:
    legal = state.legal()
    if token[0] == "f":
        return FOLD
    if token[0] in "kc":
        if not state.is_over and (token[0] == "c") != (legal.call_amount > 0):
            raise ProtocolError(f"action: expected {'c' if legal.call_amount else 'k'} where it has {token[0]}")
        return CALL
    return max(CALL + 1, _before_street(state) + int(token[1]))


def format_action(state: BettingState, action: int) -> str:
    """The text of a legal action of the player to act. IllegalAction where it is none, so that none is ever sent."""
    state.apply(action)
    if action == FOLD:
        return "f"
    if action == CALL:
        return "c" if state.legal().call_amount else "k"
    return f"b{action - _before_street(state)}"


def format_actions(state: BettingState) -> str:
    """The text of a hand's actions as the interface writes it."""
    at, streets = BettingState.start(SLUMBOT_RULES), []
    for actions in state.history:
        words = ""
        for action in actions:
            words += format_action(at, action)
            at = at.apply(action)
        streets.append(words)
    missing = SLUMBOT_RULES.num_streets - len(streets) if state.is_showdown else 0
    return "/".join(streets + [""] * missing)


def _before_street(state: BettingState) -> int:
    """Chips of a player in the pot when the street began: both had put in the same."""
    if state.street == 0:
        return 0
    last = [action for action in flat_actions(state)[: -len(state.history[-1]) or None] if action > CALL]
    return last[-1] if last else max(SLUMBOT_RULES.blinds)


def _cards(data: dict, key: str, count: int | None) -> tuple:
    names = data.get(key)
    if not isinstance(names, list) or (len(names) != count if count else len(names) > _ALL_CARDS):
        raise ProtocolError(f"{key}: expected a list of {count or 'up to 5'} cards, got {shown(names)}")
    try:
        return tuple(parse_card(name) for name in names)
    except (UserError, TypeError, AttributeError):
        raise ProtocolError(f"{key}: expected cards such as Ah, got {shown(names)}") from None


def _chips(data: dict, key: str) -> int | None:
    value = data.get(key)
    if value is not None and (type(value) is not int or abs(value) > _MOST_CHIPS):
        raise ProtocolError(f"{key}: expected whole chips, got {shown(value)}")
    return value


def _totals(data: dict) -> SessionTotals | None:
    found = [_chips(data, key) for key in ("session_num_hands", "session_total", "session_baseline_total")]
    return None if None in found else SessionTotals(*found)
