"""Which boards a report solves, how many real ones each stands for, and how often those come with both ranges."""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from holdem_mpi.abstraction.board_names import board_text, usual_suits
from holdem_mpi.abstraction.canonical_flops import canonical_flops
from holdem_mpi.abstraction.flop_subset import choose_flops
from holdem_mpi.cards import CARDS_OF_HAND, NUM_CARDS, mass_of_others, mass_of_pairs, parse_cards, without_blocked
from holdem_mpi.errors import UserError
from holdem_mpi.subgame.locks import marks_of
from holdem_mpi.subgame.spot import Spot
from holdem_mpi.subgame.subgame_deck import holdem_deck
from holdem_mpi.text import counted, printable, shown, whole

ALL_FLOPS = 1755
_MOST_LINES = 50_000
_FILES = (".txt", ".csv", ".flops", ".boards")


class Board(NamedTuple):
    """A board to solve.

    name: as ``board_text`` writes it.
    cards: of it.
    weight: how many real boards it stands for; of a list, what stands there.
    share: how often one of those comes, ranges and their blockers considered; of all boards together 1.
    """

    name: str
    cards: tuple[int, ...]
    weight: float
    share: float


class BoardChoice(NamedTuple):
    """What a report solves.

    told: the choice in words.
    boards: in the order of their texture; those that cannot come are not among them.
    impossible: names of those, which leave one of the players no hand.
    """

    told: str
    boards: tuple[Board, ...]
    impossible: tuple[str, ...]


class _Member(NamedTuple):
    """A real board, or a class of alike ones, that the board of that place stands for."""

    place: int
    cards: tuple[int, ...]
    weight: float


def chosen_boards(spot: Spot, flops: str | None, turns: str | None) -> BoardChoice:
    """The boards that ``--flops`` or ``--turns`` asks for, with their shares by the ranges of ``spot``, a template.

    UserError, one line, on what is no board, and where suits matter to ranges or locks and the choice needs that they
    do not.
    """
    if (flops is None) == (turns is None):
        raise UserError("expected one of --flops and --turns (what boards the report is of)")
    if turns is not None:
        told, boards, members = _turns_of(spot, turns)
    elif flops.strip().lower() == "all" or _number(flops) is not None:
        told, boards, members = _some_flops(spot, flops)
    else:
        told, boards, members = _listed(flops)
    meetings = np.array([member.weight * meetings_on(spot.ranges, member.cards) for member in members])
    of_board = np.bincount([member.place for member in members], meetings, len(boards))
    weights = np.bincount([member.place for member in members], [member.weight for member in members], len(boards))
    if not of_board.sum():
        raise UserError(f"{spot.source}: ranges: no hands of all ranges can meet on any of the boards")
    # A board that cannot come itself cannot be solved for those that it stands for.
    alone = np.array([meetings_on(spot.ranges, cards) for cards in boards])
    share = np.where(alone > 0, of_board, 0.0)
    share /= share.sum()
    found, none = [], []
    for cards, weight, each in zip(boards, weights.tolist(), share.tolist()):
        if each > 0:
            found.append(Board(board_text(cards), cards, weight, each))
        else:
            none.append(board_text(cards))
    return BoardChoice(told, tuple(found), tuple(none))


def meetings_on(ranges: np.ndarray, board: Sequence[int]) -> float:
    """The mass of hands, one of each range (float64[player, 1326]), that can meet on a board."""
    first, *others = without_blocked(ranges, board)
    mass = mass_of_others(*others) if len(others) == 1 else mass_of_pairs(*others)
    return float(first @ np.maximum(mass, 0.0))


def keeps_suits_alike(spot: Spot, renaming: Sequence[int]) -> bool:
    """Whether ranges and locks stay as they are when suit s becomes ``renaming[s]``."""
    cards = (CARDS_OF_HAND & ~3) + np.asarray(renaming)[CARDS_OF_HAND & 3]
    high, low = cards.max(axis=1), cards.min(axis=1)
    renamed = high * (high - 1) // 2 + low
    return all((array[renamed] == array).all() for array in (*spot.ranges, *marks_of(spot.locks, holdem_deck())))


def _some_flops(spot: Spot, text: str) -> tuple[str, list[tuple[int, ...]], list[_Member]]:
    number = ALL_FLOPS if text.strip().lower() == "all" else _number(text)
    assert number is not None
    if not 1 <= number <= ALL_FLOPS:
        raise UserError(
            f"--flops {text}: expected 1 to {ALL_FLOPS} flops, all, a file, or flops such as 'Ks7h2h,QsJh2h'"
        )
    if not all(keeps_suits_alike(spot, renaming) for renaming in ((1, 0, 2, 3), (1, 2, 3, 0))):
        which = "flops that differ by suits alone are not alike with these ranges and locks"
        raise UserError(f"--flops {text}: {which}; expected ranges without single suits (AhKh), or a file of flops")
    flops, weights = canonical_flops()
    usual = [tuple(usual_suits(flop)) for flop in flops.tolist()]
    chosen, stands_for = np.arange(ALL_FLOPS), np.arange(ALL_FLOPS)
    if number < ALL_FLOPS:
        chosen, stands_for = choose_flops(number)
    members = [_Member(*each) for each in zip(stands_for.tolist(), usual, weights.tolist())]
    told = f"all {ALL_FLOPS:,} flops" if number == ALL_FLOPS else f"{counted(number, 'flop')} of {ALL_FLOPS:,}"
    return told, [usual[each] for each in chosen], members


def _turns_of(spot: Spot, text: str) -> tuple[str, list[tuple[int, ...]], list[_Member]]:
    flop = tuple(sorted(_cards("--turns", text), reverse=True))
    if len(flop) != 3:
        raise UserError(f"--turns {text}: expected the three cards of a flop, got {len(flop)}")
    renamings = [
        each
        for each in itertools.permutations(range(4))
        if {(card & ~3) + each[card & 3] for card in flop} == set(flop) and keeps_suits_alike(spot, each)
    ]
    turns = [card for card in range(NUM_CARDS) if card not in flop]
    alike: dict[int, list[int]] = {}
    for card in turns:
        alike.setdefault(max((card & ~3) + each[card & 3] for each in renamings), []).append(card)
    boards = [(*flop, card) for card in alike]
    members = [
        _Member(place, board, float(len(cards))) for place, (board, cards) in enumerate(zip(boards, alike.values()))
    ]
    return f"turn cards of {board_text(flop)}", boards, members


def _listed(text: str) -> tuple[str, list[tuple[int, ...]], list[_Member]]:
    if "/" in text or text.lower().endswith(_FILES) or os.path.exists(text):
        lines, where, told = _lines_of(text), text, f"boards of {os.path.basename(text)}"
    else:
        lines = [(place, part) for place, part in enumerate(text.split(","), 1)]
        where, told = f"--flops {text}", "boards of a list"
    boards: list[tuple[int, ...]] = []
    members: list[_Member] = []
    names: dict[str, int] = {}
    for number, line in lines:
        at = f"{where}: {'line' if where == text else 'board'} {number}"
        cards, weight = _line(at, line)
        if boards and len(cards) != len(boards[0]):
            raise UserError(
                f"{at}: {len(cards)} cards, those before have {len(boards[0])}; expected boards of one street"
            )
        if (before := names.setdefault(board_text(cards), number)) != number:
            raise UserError(f"{at}: {board_text(cards)} is there already, as {before}; expected each board once")
        members.append(_Member(len(boards), cards, weight))
        boards.append(cards)
    if not boards:
        raise UserError(f"{where}: no boards; expected one a line, such as Ks 7h 2h")
    return told, boards, members


def _lines_of(path: str) -> list[tuple[int, str]]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        problem = (error.strerror if isinstance(error, OSError) else None) or "no text"
        raise UserError(f"--flops {path}: {problem}; expected all, a number, or a file with a flop a line") from None
    lines = [(number, line.partition("#")[0].strip()) for number, line in enumerate(text.splitlines(), 1)]
    found = [(number, line) for number, line in lines if line]
    if len(found) > _MOST_LINES:
        raise UserError(f"--flops {path}: {len(found):,} lines; expected at most {_MOST_LINES:,}")
    return found


def _line(at: str, line: str) -> tuple[tuple[int, ...], float]:
    """A board, and its weight after a colon (default 1)."""
    text, colon, weight = line.partition(":")
    try:
        number = float(weight) if colon else 1.0
    except ValueError:
        number = -1.0
    if not 0 < number < 1e9:
        raise UserError(f"{at}: weight {shown(printable(weight.strip()))}: expected a number above 0 after the colon")
    return _board(at, text), number


def _board(at: str, text: str) -> tuple[int, ...]:
    cards = _cards(at, text)
    if not 3 <= len(cards) <= 5:
        raise UserError(f"{at}: {len(cards)} cards; expected three to five, such as Ks 7h 2h")
    return (*sorted(cards[:3], reverse=True), *cards[3:])


def _cards(at: str, text: str) -> tuple[int, ...]:
    try:
        return tuple(parse_cards(printable(text)))
    except UserError as error:
        raise UserError(f"{at}: {error}") from None


def _number(text: str) -> int | None:
    try:
        return whole(text)
    except ValueError:
        return None
