"""Histories of hands out of files: PHH, text of poker rooms, folders of both, and ACPC logs; every hand checked by the
table's rules.

What cannot be used is reported, one line each, and left out; the rest goes on.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from holdem_mpi.errors import ProtocolError, UserError
from holdem_mpi.formats.acpc import MAX_LINE
from holdem_mpi.formats.phh import read_hand, split_hands
from holdem_mpi.formats.room_text import READABLE_ROOMS
from holdem_mpi.game.deck import Deck
from holdem_mpi.hands.acpc_hands import Report, acpc_records
from holdem_mpi.hands.hand import HandHistory, HandRecord, history_of
from holdem_mpi.hands.hand_files import (
    PHH_ENDINGS,
    files_of_hands,
    numbered_lines,
    read_room_text,
    read_text,
    room_of_file,
)
from holdem_mpi.hands.profile import Profile
from holdem_mpi.hands.room_records import AS_PLAYED, Reading, room_records, without_names
from holdem_mpi.text import printable

# Names that a message lists.
_MOST_PLAYERS = 10
_ENDINGS = " or ".join(PHH_ENDINGS)


def hand_histories(
    paths: Sequence[str | Path],
    profile: Profile,
    report: Callable[[str], None],
    remark: Callable[[str], None],
    reading: Reading = AS_PLAYED,
) -> Iterator[HandHistory]:
    """The hands of files and folders, in order. A file that ends in .phh or .phhs is PHH, one that begins as a poker
    room's does is such a text, any other an ACPC log.

    report: gets one line, ``file:line: hand NAME: what was expected``, for each hand or line that is left out, and for
    each file of a folder that cannot be read. remark: gets one likewise for each hand that is used although its result
    in the file contradicts cards and betting (chips go by these), or its stacks are only near the table's.
    reading: what is made of names and stacks.

    UserError where a file or folder named in ``paths`` cannot be read or has no hand that can be used.
    """
    deck = Deck(profile.rules.board_cards)
    for path in map(Path, paths):
        count = 0
        for file, record in _records(path, profile, report, reading):
            try:
                hand = history_of(record, profile.rules, str(file))
            except ProtocolError as error:
                _report(report, file, error.line or record.line, record.name, str(error))
                continue
            count += 1
            for text in (_contradiction(record, hand, deck), profile.depth_of(hand.rules)):
                if text:
                    _report(remark, file, record.line, record.name, text)
            yield hand
        if not count:
            raise UserError(_why_none(path, profile, reading))


def _contradiction(record: HandRecord, hand: HandHistory, deck: Deck) -> str:
    """What is wrong with the result that a file gives of a hand; nothing where it holds, or nobody can tell."""
    if record.result is None or not hand.is_settled:
        return ""
    won = hand.winnings(deck)
    if all(abs(told - chips) < 1 for told, chips in zip(record.result, won)):
        return ""
    told = "|".join(f"{chips:f}" for chips in record.result)
    return f"result {told} contradicts cards and betting, recomputed: {'|'.join(map(str, won))}"


def _why_none(path: Path, profile: Profile, reading: Reading) -> str:
    """Why no hand of a file or folder can be used: the hero is another one, or what was reported."""
    anybody = profile.config.model_copy(update={"hero": 0, "hero_names": []})
    records = _records(path, dataclasses.replace(profile, config=anybody), lambda text: None, reading)
    players = [] if reading.anonymous else sorted({name for _, record in records for name in record.names})
    known = profile.config.names_of_hero
    if not players or isinstance(profile.config.hero, int) or set(known) & set(players):
        return f"{path}: expected at least one hand that can be used with {profile.source}, got none"
    name = profile.hero_key if profile.hero_key.startswith("--") else f"--hero is not given, and {profile.hero_key}"
    text = f"{name} {' or '.join(known)}: not among the players of {path}; expected "
    text += " or ".join(players[:_MOST_PLAYERS]) + (" or others" if len(players) > _MOST_PLAYERS else "")
    return printable(text)


def _records(
    path: Path, profile: Profile, report: Callable[[str], None], reading: Reading
) -> Iterator[tuple[Path, HandRecord]]:
    """(file, hand) of a file, or of the files of a folder."""
    files = files_of_hands(path) if path.is_dir() else [path]
    for file in files:
        tell = partial(_report, report, file)
        try:
            for record in _records_of_file(file, profile, tell, reading):
                yield file, without_names(record, profile.rules) if reading.anonymous else record
        except UserError as error:
            if not path.is_dir():
                raise
            report(str(error))


def _records_of_file(path: Path, profile: Profile, tell: Report, reading: Reading) -> Iterator[HandRecord]:
    if room := room_of_file(path):
        if room not in READABLE_ROOMS:
            expected = f"ACPC logs, PHH in {_ENDINGS} files, or text of {' or '.join(READABLE_ROOMS)}"
            raise UserError(f"{path}: a hand history of {room} as text; expected {expected}")
        return room_records(read_room_text(path), profile, tell, reading)
    if path.suffix in PHH_ENDINGS:
        return _phh_records(read_text(path), profile, tell)
    return acpc_records(numbered_lines(path, MAX_LINE), profile, tell)


def _phh_records(text: str, profile: Profile, report: Report) -> Iterator[HandRecord]:
    for section in split_hands(text):
        name = section.header
        try:
            hand, lines = read_hand(section, profile.refuse_other_game, profile.rules)
            name = hand.name
            hero = profile.hero_seat(hand.names)
        except ProtocolError as error:
            report(error.line or section.line, name, str(error))
            continue
        yield HandRecord(
            line=section.line,
            name=name,
            names=hand.names,
            hero=hero,
            hole=hand.hole,
            board=hand.board,
            actions=hand.actions,
            lines=lines,
            stacks=hand.rules.stacks,
        )


def _report(report: Callable[[str], None], path: Path, line: int, name: str, text: str) -> None:
    report(" ".join(f"{path}:{line}: {f'hand {name}: ' if name else ''}{text}".split()))
