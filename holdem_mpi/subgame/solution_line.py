"""Lines through a solved spot, from its first street to the river: actions, and the cards that come between streets."""

from collections.abc import Sequence
from typing import NamedTuple

from holdem_mpi.cards import card_name
from holdem_mpi.errors import UserError
from holdem_mpi.game.rules import BettingState
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.subgame.action_names import named_action, named_card
from holdem_mpi.subgame.spot import Spot
from holdem_mpi.text import one_line, shown


class Place(NamedTuple):
    """Where a line leads.

    node: of the spot's tree. state: of its betting. line: names of the actions, and of cards as ``card 3c``.
    cards: those that have come. entry: the node where its street begins. taken: (node, place of the action, cards
    that had come) of each action, from the root on.
    """

    node: int
    state: BettingState
    line: tuple[str, ...]
    cards: tuple[int, ...]
    entry: int
    taken: tuple[tuple[int, int, tuple[int, ...]], ...]


def words_of(line: str | Sequence[str]) -> list[str]:
    """The parts of ``"check, bet 50"`` or ``["check", "bet 50"]``. UserError where it is neither."""
    words = [word for word in line.split(",") if word.strip()] if isinstance(line, str) else line
    if not isinstance(words, Sequence) or not all(isinstance(word, str) for word in words):
        raise UserError(f"line {shown(line)}: expected actions such as 'check, bet 50', or a list of them")
    return list(words)


def start_of(spot: Spot) -> Place:
    """The place at the root of a spot's tree, where no action was taken and no card has come."""
    return Place(node=0, state=spot.start, line=(), cards=(), entry=0, taken=())


def is_decision(spot: Spot, place: Place) -> bool:
    """Whether somebody is to act there; else a card comes, or the hand is over."""
    return bool(spot.tree.kind_of_node[place.node] == KIND_DECISION) and not waits_for_card(spot, place)


def waits_for_card(spot: Spot, place: Place) -> bool:
    """Whether a card comes there, and betting after it."""
    tree, here = spot.tree, spot.start.street + len(place.cards)
    return bool(tree.kind_of_node[place.node] == KIND_DECISION and tree.street_of_node[place.node] > here)


def follow(spot: Spot, line: str | Sequence[str], cards: Sequence[int] = ()) -> Place:
    """Where a line leads: actions as they are named there (``all-in`` needs no chips), and cards that come as ``3c`` or
    ``card 3c``; ``cards`` come, in their order, where the line has a street end and names none.

    UserError, one line, that says what may come where the line cannot go on.
    """
    words, at, left = words_of(line), start_of(spot), list(cards)
    for place, word in enumerate(words):
        card = named_card(word)
        if left and card is None and waits_for_card(spot, at):
            at = _dealt(spot, line, at, left.pop(0))
        at = _acted(spot, line, at, word, place == len(words) - 1) if card is None else _dealt(spot, line, at, card)
    while left:
        at = _dealt(spot, line, at, left.pop(0))
    return at


def line_text(line: str | Sequence[str]) -> str:
    """A line as messages show it."""
    return shown(line if isinstance(line, str) else ", ".join(map(str, line)))


def _after(place: Place) -> str:
    return ", ".join(place.line) or "the start"


def _dealt(spot: Spot, line: str | Sequence[str], at: Place, card: int) -> Place:
    if not waits_for_card(spot, at):
        ends = "the hand is over" if not is_decision(spot, at) else "somebody is to act"
        raise UserError(f"line {line_text(line)}: after {_after(at)} {ends}, no card comes; got {card_name(card)}")
    if card in (*spot.board, *at.cards):
        raise UserError(f"line {line_text(line)}: {card_name(card)} is on the board; expected another card")
    return at._replace(line=(*at.line, f"card {card_name(card)}"), cards=(*at.cards, card), entry=at.node)


def _acted(spot: Spot, line: str | Sequence[str], at: Place, word: str, last: bool) -> Place:
    wrong = None
    if waits_for_card(spot, at):
        wrong = f"{at.line[-1]} ends the betting of this street; expected the card that comes, such as 'card 3c'"
    elif not is_decision(spot, at):
        wrong = f"{at.line[-1]} ends the hand; expected a line to one of its decisions"
    else:
        actions = spot.tree.actions(at.node)
        known = spot.action_names(at.state, actions)
        name = named_action(word, known)
        if name is None:
            there = "" if last else "there "
            wrong = f"no {shown(word.strip())} there; expected {there}one of {', '.join(known)}"
    if wrong:
        before = _after(at) if is_decision(spot, at) else f"{', '.join(at.line[:-1]) or 'the start'},"
        raise UserError(one_line(f"line {line_text(line)}: after {before} {wrong}"))
    return at_action(spot, at, known.index(name))


def at_action(spot: Spot, at: Place, action: int) -> Place:
    """The place that the action of that number leads to."""
    actions = spot.tree.actions(at.node)
    name = spot.action_names(at.state, actions[action : action + 1])[0]
    node, state = int(spot.tree.children(at.node)[action]), at.state.apply(int(actions[action]))
    return at._replace(node=node, state=state, line=(*at.line, name), taken=(*at.taken, (at.node, action, at.cards)))
