"""Hands in the Poker Hand History format (PHH, Kim 2024): text of ``.phh`` and ``.phhs`` files to values.

The library pokerkit reads them and takes each hand through its own rules; it is imported when the first hand is read.
``phh_writer`` goes the other way. Only hold'em, fixed-limit (FT) and no-limit (NT). As in pokerkit, the
first player of a two-player hand is the big blind, our seat 0, and ``blinds_or_straddles`` then lists the small blind
first.
"""

import re
import warnings
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from holdem_mpi.cards import parse_card
from holdem_mpi.errors import ConfigError, ProtocolError, UserError
from holdem_mpi.formats.phh_chips import MAX_CHIPS, in_whole_chips, late_posts
from holdem_mpi.game.rules import CALL, FOLD, MAX_PLAYERS, BettingState, IllegalAction, Rules
from holdem_mpi.text import shown

_HEADER = re.compile(r"""^\[[ \t]*([A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\][ \t]*(?:\#.*)?$""", re.MULTILINE)
# A comment, or a text of one line: only good for finding on which line pokerkit's n-th text stood.
_LITERAL = re.compile(r"""\#[^\n]*|'([^'\n]*)'|"((?:[^"\\\n]|\\.)*)\"""")
_ACTIONS = re.compile(r"^actions[ \t]*=", re.MULTILINE)
# What pokerkit and tomllib raise where a hand is none; they were not made for hostile files.
COMPLAINTS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, RecursionError)
_RAISES_OF_FIXED_LIMIT = 4  # pokerkit's, on every street


class PhhHand(NamedTuple):
    """One hand of a PHH file.

    name: what the file calls it.
    rules: as the file has them, no-limit without a cap on raises.
    hole: two cards by seat, None where unknown.
    board: the public cards as far as dealt.
    actions: FOLD, CALL or raise-to totals over the hand, in order.
    names: of the players, by seat.
    """

    name: str
    rules: Rules
    hole: tuple[tuple[int, int] | None, ...]
    board: tuple[int, ...]
    actions: tuple[int, ...]
    names: tuple[str, ...]


class PhhSection(NamedTuple):
    """The text of one hand.

    line: where it begins in the file, from 1.
    header: what its header calls it; may be empty.
    text: of the hand, not read yet.
    """

    line: int
    header: str
    text: str


def split_hands(text: str) -> list[PhhSection]:
    """The hands of a file, unread. A text without headers such as ``[1]`` is one hand."""
    heads = list(_HEADER.finditer(text))
    starts = [(0, 0, "")] + [(head.start(), head.end(), head[1].strip("'\"")) for head in heads]
    ends = [start for start, _, _ in starts[1:]] + [len(text)]
    parts = [(begin, name, text[body:end]) for (begin, body, name), end in zip(starts, ends)]
    return [
        PhhSection(text.count("\n", 0, begin) + 1, name, body)
        for begin, name, body in parts
        if name or re.search(r"^[ \t]*[^#\s]", body, re.MULTILINE)
    ]


def read_hand(
    section: PhhSection, accept: Callable[[Rules], None] = lambda rules: None, table: Rules | None = None
) -> tuple[PhhHand, tuple[int, ...]]:
    """(hand, line of each of its actions). accept: told the rules before the hand is played, may raise ProtocolError.

    table: of the table that the hand is for: its blinds are the unit of chips where that makes all amounts whole (else
    the largest unit that does), and its stacks stand for unknown ones.

    ProtocolError with the line on anything amiss, actions that the rules do not allow among it; UserError without
    pokerkit.
    """
    notation = pokerkit_notation()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pokerkit warns of fields that it does not know
        try:
            history = notation.HandHistory.loads(section.text)
        except COMPLAINTS as error:
            raise ProtocolError(f"expected a hand in PHH: {cause_of(error)}", _toml_line(section, error)) from None
    return hand_of_history(section, history, accept, table)


def hand_of_history(
    section: PhhSection, history: Any, accept: Callable[[Rules], None], table: Rules | None
) -> tuple[PhhHand, tuple[int, ...]]:
    """The same of a hand that pokerkit has read already. history: pokerkit's; its amounts may be changed in place."""
    notation = pokerkit_notation()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lines = _lines_of_actions(section, history.actions)
        chip = in_whole_chips(history, table)
        try:
            rules = _rules(section, history)
            accept(rules)
            names = _names(section, history, rules.num_players)
            replay = _Replay(notation, section, history, rules, lines)
        except ProtocolError as error:
            raise ProtocolError(f"{error} (in chips of {chip})" if chip != 1 else str(error), error.line) from None
    name = section.header if history.hand is None else str(history.hand)
    hole, board, actions = replay.result()
    hand = PhhHand(name=name or "1", rules=rules, hole=hole, board=board, actions=actions, names=names)
    return hand, tuple(replay.lines)


def pokerkit_notation():
    """pokerkit's reader and writer. UserError, saying what to install, where it is missing."""
    try:
        from pokerkit import notation
    except ImportError:
        install = "pip install 'holdem_mpi[phh]', with Python 3.11 or newer"
        raise UserError(f"PHH and text of poker rooms: expected the package pokerkit, got none ({install})") from None
    return notation


def _rules(section: PhhSection, history) -> Rules:
    """The rules that the fields of a hand describe."""

    def refuse(key: str, expected: str) -> ProtocolError:
        line = _line_of_key(section, key)
        return ProtocolError(f"{key}: expected {expected}, got {shown(getattr(history, key))}", line)

    def chips(key: str, players: int | None = None) -> list[int]:
        values = getattr(history, key)
        if key == "blinds_or_straddles" and late:
            values = list(map(abs, values))
        whole = isinstance(values, list) and [_whole(value) for value in values]
        if not whole or None in whole or (len(whole) != players if players else not 2 <= len(whole) <= MAX_PLAYERS):
            raise refuse(key, f"a list of whole chips, one for each of {players or f'2 to {MAX_PLAYERS}'} players")
        return whole

    late = late_posts(history.blinds_or_straddles)
    if history.variant not in ("NT", "FT"):
        raise refuse("variant", "NT or FT (no-limit or fixed-limit hold'em)")
    stacks = chips("starting_stacks")
    blinds, antes = (chips(key, len(stacks)) for key in ("blinds_or_straddles", "antes"))
    antes = antes[::-1] if len(antes) == 2 else antes
    # Where all pay the same and in full, it is the same whether antes are dead chips or not.
    trimmed = history.ante_trimming_status
    alike = len(set(antes)) == 1 and (trimmed or min(stacks) >= antes[0])
    if trimmed and not alike:
        raise refuse("ante_trimming_status", "false where antes differ")
    sizes = {}
    for key in ("min_bet",) if history.variant == "NT" else ("small_bet", "big_bet"):
        sizes[key] = _whole(getattr(history, key))
        if not sizes[key]:
            raise refuse(key, "whole chips above 0")
    if history.variant == "FT":
        small, big = sizes.values()
        caps = (_RAISES_OF_FIXED_LIMIT,) * 4
        sizes = {"betting": "fixed_limit", "raise_sizes": (small, small, big, big), "max_raises": caps}
    if late:  # who posts out of turn acts in his turn all the same
        in_turn = [seat for seat, sign in enumerate(late) if sign > 0 and blinds[seat] == max(blinds)]
        if len(stacks) == 2 or not in_turn:
            raise refuse("blinds_or_straddles", "a list of whole chips, below 0 only for posts besides the blinds")
        sizes["first_to_act"] = ((in_turn[-1] + 1) % len(stacks), 0, 0, 0)
    try:
        antes_of_all = {"ante": antes[0]} if alike else {"antes": tuple(antes)}
        return Rules(tuple(stacks), tuple(blinds[::-1] if len(blinds) == 2 else blinds), **antes_of_all, **sizes)
    except ConfigError as error:
        raise ProtocolError(str(error), section.line) from None


def _whole(value: Any) -> int | None:
    """Chips as an int, None where they are no whole number."""
    if isinstance(value, Decimal) and value.is_finite() and 0 <= value <= MAX_CHIPS and value == int(value):
        return int(value)
    return value if type(value) is int and 0 <= value <= MAX_CHIPS else None


def _names(section: PhhSection, history, players: int) -> tuple[str, ...]:
    """Names by seat; p1, p2 and so on, as actions call the players, where there are none."""
    names = history.players
    if names is None:
        return tuple(f"p{seat + 1}" for seat in range(players))
    if not isinstance(names, list) or len(names) != players or not all(isinstance(name, str) for name in names):
        line = _line_of_key(section, "players")
        raise ProtocolError(f"players: expected the names of {players} players, got {shown(names)}", line)
    return tuple(names)


class _Replay:
    """A hand taken through pokerkit, action by action."""

    def __init__(self, notation, section: PhhSection, history, rules: Rules, lines: list[int]) -> None:
        self._notation, self._section = notation, section
        self._hole: list[tuple[int, int] | None] = [None] * rules.num_players
        self._board: list[int] = []
        self._actions: list[int] = []
        self._betting = BettingState.start(rules)
        self._before_street = tuple(min(stack, rules.ante) for stack in rules.stacks)
        self.lines: list[int] = []
        texts = history.actions
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            line = _line_of_key(section, "actions")
            raise ProtocolError(f"actions: expected a list of texts, got {shown(texts)}", line)
        try:
            self._state = history.create_state()
        except COMPLAINTS as error:
            raise ProtocolError(f"expected a game that pokerkit can play: {cause_of(error)}", section.line) from None
        for text, line in zip(texts, lines):
            self._take(text, line)

    def result(self) -> tuple[tuple, tuple[int, ...], tuple[int, ...]]:
        """(hole, board, actions) as in PhhHand."""
        return tuple(self._hole), tuple(self._board), tuple(self._actions)

    def _take(self, text: str, line: int) -> None:
        state, before = self._state, len(self._state.operations)
        while True:
            try:
                self._notation.parse_action(state, text)
                break
            except COMPLAINTS as error:
                if not self._dealt(text):
                    expected = self._expected()
                    raise ProtocolError(f"action {shown(text)}: {cause_of(error)}; expected {expected}", line) from None
        for operation in list(state.operations[before:]):
            self._note(operation, line)

    def _dealt(self, text: str) -> bool:
        """Whether a step of the dealer's was done that files may leave out; never one of a player."""
        state = self._state
        if state.can_burn_card():
            state.burn_card("??")
        elif text.startswith("p") and state.can_deal_hole():
            state.deal_hole("??")
        elif text.startswith("d db") and state.can_show_or_muck_hole_cards(()):
            state.show_or_muck_hole_cards(())
        else:
            return False
        return True

    def _expected(self) -> str:
        """What a file might have had instead, as it would write it."""
        state = self._state
        if state.actor_index is None:
            return "a card to be dealt or shown" if state.status else "no more actions, the hand is over"
        actions = ["f"] if state.checking_or_calling_amount else []
        actions.append("cc")
        if state.max_completion_betting_or_raising_to_amount is not None:
            least = state.min_completion_betting_or_raising_to_amount
            actions.append(f"cbr {least} to {state.max_completion_betting_or_raising_to_amount}")
        return f"p{state.actor_index + 1} to {' or '.join(actions)}"

    def _note(self, operation, line: int) -> None:
        kind, state = type(operation).__name__, self._state
        if kind == "BoardDealing":
            self._board += [parse_card(repr(card)) for card in operation.cards]
        elif kind in ("HoleDealing", "HoleCardsShowingOrMucking"):
            cards = operation.cards if kind == "HoleDealing" else operation.hole_cards
            self._note_hole(operation.player_index, [repr(card) for card in cards], line)
        elif kind == "Folding":
            self._add(FOLD, line)
        elif kind == "CheckingOrCalling":
            others = [i for i in state.player_indices if i != operation.player_index and state.statuses[i]]
            # Our rules ask for no check where all others are all-in.
            if operation.amount or any(state.stacks[i] for i in others):
                self._add(CALL, line)
        elif kind == "CompletionBettingOrRaisingTo":
            # Chips of this street in pokerkit, of the whole hand here.
            amount = _whole(operation.amount)
            if amount is None:
                raise ProtocolError(f"cbr {operation.amount}: expected whole chips", line)
            self._add(self._before_street[operation.player_index] + amount, line)

    def _add(self, action: int, line: int) -> None:
        street = self._betting.street
        try:
            self._betting = self._betting.apply(action)
        except IllegalAction as error:
            raise ProtocolError(str(error), line) from None
        if self._betting.street != street:
            self._before_street = self._betting.contributions
        self._actions.append(action)
        self.lines.append(line)

    def _note_hole(self, seat: int, cards: list[str], line: int) -> None:
        if len(cards) != 2 or "??" in cards:
            return
        hole, known = (parse_card(cards[0]), parse_card(cards[1])), self._hole[seat]
        if known is not None and set(known) != set(hole):
            raise ProtocolError(f"p{seat + 1} shows {''.join(cards)}: expected the cards dealt to him", line)
        self._hole[seat] = known or hole


def _lines_of_actions(section: PhhSection, texts: Any) -> list[int]:
    """Line of each action; of the list where it cannot be told. Nothing where ``texts`` is no list."""
    if not isinstance(texts, list):
        return []
    first = _line_of_key(section, "actions")
    head = _ACTIONS.search(section.text)
    found = [] if head is None else [each for each in _LITERAL.finditer(section.text, head.end()) if each[0][0] != "#"]
    literals = [each[1] if each[2] is None else each[2] for each in found[: len(texts)]]
    if literals != texts:
        return [first] * len(texts)
    return [_line(section, each.start()) for each in found[: len(texts)]]


def _line_of_key(section: PhhSection, key: str) -> int:
    match = re.search(rf"^[ \t]*{key}[ \t]*=", section.text, re.MULTILINE)
    return section.line if match is None else _line(section, match.start())


def _line(section: PhhSection, place: int) -> int:
    """Line in the file of a place in the section, whose text begins at the end of its header's line."""
    return section.line + section.text.count("\n", 0, place)


def _toml_line(section: PhhSection, error: Exception) -> int:
    """Line in the file that a TOML error speaks of."""
    match = re.search(r"at line ([0-9]+)", str(error))
    return section.line + (int(match[1]) - 1 if match else 0)


def cause_of(error: Exception) -> str:
    """First line of what a library complains of, short."""
    text = " ".join(str(error).split()).removesuffix(".")
    missing = re.search(r"missing [0-9]+ required .*arguments?: (.*)", text)
    text = f"missing {missing[1]}" if missing else re.sub(r"at line [0-9]+, ", "at ", text)
    if not text or text.startswith("[<class"):
        text = type(error).__name__
    return text if len(text) <= 160 else text[:157] + "..."
