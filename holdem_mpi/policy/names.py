"""How actions, bettings, boards, hands and buckets are written, and read back."""

import functools
import re

from holdem_mpi.cards import RANKS, SUITS, Cards, card_name, cards_text, class_name, hand_of_cards, parse_cards
from holdem_mpi.errors import UserError
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import Layout
from holdem_mpi.game.rules import CALL, FOLD, BettingState, IllegalAction
from holdem_mpi.text import shown

_ACTION = re.compile(r"f|c|k|x|r([0-9]{0,18})", re.ASCII)
# A check, as other notations write it.
_CHECKS = ("k", "x")
# As many cards of it are an example of a board.
_BOARD = "Qh7h2c5sTd"


def action_name(action: int) -> str:
    """``f``, ``c`` or ``rN``, as the ACPC protocol writes them."""
    return {FOLD: "f", CALL: "c"}.get(int(action), f"r{int(action)}")


def betting_to(layout: Layout, node: int) -> str:
    """The betting that leads to a node, ``cr300/c``, streets separated by slashes."""
    tree, text, street = layout.tree, "", 0
    for above, action in [*layout.tree.line_to(node), (node, None)]:
        text += "/" * (int(tree.street_of_node[above]) - street)
        street = int(tree.street_of_node[above])
        text += "" if action is None else action_name(tree.actions(above)[action])
    return text


def bucket_name(game: Game, street: int, bucket: int) -> str:
    """``AKs`` before the flop, ``K-Q`` in Leduc, else the bucket's number."""
    if game.toy_deck:
        return game.toy_deck.bucket_name(street, bucket)
    return class_name(bucket) if street == 0 and game.rules.board_cards[0] == 0 else str(bucket)


def betting_of(state: BettingState) -> str:
    """The betting so far, ``r300c/c``; a street that has just begun ends it with a slash."""
    return "/".join("".join(map(action_name, actions)) for actions in state.history)


def legal_text(state: BettingState) -> str:
    """The legal actions of the player to act, for people: ``f, c, r200 to r2000``."""
    legal = state.legal()
    texts = ["f"] if legal.can_fold else []
    texts.append("c")
    if legal.max_raise_to:
        least, most = f"r{legal.min_raise_to}", f"r{legal.max_raise_to}"
        texts.append(least if least == most else f"{least} to {most}")
    return ", ".join(texts) + (f" (no raise: max_raises is {state.num_raises} here)" if state.is_capped else "")


def states_of_betting(game: Game, betting: str | None) -> list[BettingState]:
    """The states along a betting line: the start, then one after each action; the last one is where it leads.

    betting: ``f``, ``c`` and ``rCHIPS`` (the total over the whole hand; in fixed-limit games ``r`` is enough), with a
    slash between streets, which may be left out at the very end; in any case, and ``k`` or ``x`` for a check. None is
    no betting.

    UserError, saying what would be legal, where the rules do not allow the line or it ends the betting.
    """
    states, done = [BettingState.start(game.rules)], ""

    def refuse(instead: str) -> UserError:
        after = f"after {done!r}" if done else "at the start"
        return UserError(f"betting {shown(betting)}: {after} expected {instead}")

    if not isinstance(betting, str | None):
        raise UserError(f"betting {shown(betting)}: expected a text such as r300c/c")
    text = "".join((betting or "").split()).lower()
    while done != text:
        state, rest = states[-1], text[len(done) :]
        if state.is_over:
            raise refuse("nothing more: the betting is over")
        if rest[0] == "/":
            if done.count("/") == state.street:
                raise refuse(f"{legal_text(state)}: the street is not over")
            done += "/"
            continue
        if done.count("/") < state.street:
            raise refuse("/: the next street begins")
        match = _ACTION.match(rest)
        action = None if match is None else _action_of(state, match[0])
        if action is None or (match[0] in _CHECKS and state.legal().call_amount):
            raise refuse(f"{legal_text(state)}, got {shown(match[0] if match else rest[0])}")
        try:
            states.append(state.apply(action))
        except IllegalAction:
            raise refuse(f"{legal_text(state)}, got {shown(match[0])}") from None
        done += match[0]
    if states[-1].is_over:
        raise UserError(f"betting {shown(betting)}: it ends the betting; expected a line that leads to a decision")
    return states


def _action_of(state: BettingState, name: str) -> int | None:
    """The action of a name; None for a raise that does not say how many chips, where several are legal."""
    if name != "r":
        return int(name[1:]) if len(name) > 1 else FOLD if name == "f" else CALL
    return state.legal().min_raise_to if state.rules.betting == "fixed_limit" else None


def rank_name(game: Game, card: int) -> str:
    """The rank of a toy deck's card, all that its players tell cards apart by."""
    return game.toy_deck.bucket_name(0, game.toy_deck.bucket(card, None))


def board_of(game: Game, named: Cards, street: int) -> tuple[int, ...]:
    """Public cards of names such as ``Qh7h2c``, blanks allowed, or a list of names; of a toy deck ``Q``, the first card
    of that rank. None is no card.

    UserError unless they are exactly the cards that lie open on ``street``.
    """
    seen = sum(game.rules.board_cards[: street + 1])
    text = "" if named is None else cards_text("board", named)
    letters = "".join(text.split())
    if not game.toy_deck:
        cards = parse_cards(text)
        if len(cards) != seen:
            example = f", such as {_BOARD[: 2 * seen]}" if seen else ""
            raise UserError(f"board {shown(text)}: expected {seen or 'no'} cards on this street{example}")
        return tuple(cards)
    board = tuple(_toy_cards(game, letter)[0] for letter in letters)
    if len(board) != seen:
        raise UserError(f"board {shown(text)}: expected {seen or 'no'} cards on this street")
    return board


def _toy_cards(game: Game, name: str) -> list[int]:
    """The cards of a rank of a toy deck. UserError where it has none."""
    cards = [card for card in range(game.toy_deck.num_cards) if rank_name(game, card) == name]
    if not cards:
        ranks = ", ".join(dict.fromkeys(rank_name(game, card) for card in range(game.toy_deck.num_cards)))
        raise UserError(f"card {shown(name)}: expected one of {ranks}")
    return cards


def hand_of(game: Game, named: Cards, board: tuple[int, ...]) -> int:
    """The hand (0..1325) of a name such as ``AhKh``, or of the names of its cards; of a toy deck ``K``, a card of that
    rank that is not on the board.

    UserError where there is none, or where it overlaps the board.
    """
    text = cards_text("hand", named)
    letters = "".join(text.split())
    if game.toy_deck:
        left = [card for card in _toy_cards(game, letters) if card not in board]
        if not left:
            raise UserError(f"hand {shown(text)}: all cards of this rank lie on the board; expected another one")
        return left[0]
    if len(letters) != 4:
        raise UserError(f"hand {shown(text)}: expected two cards such as AhKh, ranks of {RANKS} and suits of {SUITS}")
    cards = parse_cards(letters)
    if overlap := [card_name(card) for card in cards if card in board]:
        raise UserError(f"hand {shown(text)}: {overlap[0]} lies on the board; expected two other cards")
    return hand_of_cards(*cards)


def hand_names(game: Game) -> list[str]:
    """Names by hand: ``AhKd`` with the higher card first, or the rank of a toy deck's card."""
    if game.toy_deck:
        return [rank_name(game, card) for card in range(game.num_hands)]
    return list(_holdem_hand_names())


@functools.cache
def _holdem_hand_names() -> tuple[str, ...]:
    return tuple(card_name(high) + card_name(low) for high in range(52) for low in range(high))
