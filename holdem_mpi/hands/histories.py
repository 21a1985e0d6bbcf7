"""Histories of hands out of files: PHH files and folders of them, and ACPC logs; every hand checked by the table's
rules.

What cannot be used is reported, one line each, and left out; the rest goes on.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from holdem_mpi.errors import ProtocolError, UserError
from holdem_mpi.formats.acpc import MAX_LINE
from holdem_mpi.formats.phh import read_hand, split_hands
from holdem_mpi.hands.acpc_hands import Report, acpc_records
from holdem_mpi.hands.hand import HandHistory, HandRecord, history_of
from holdem_mpi.hands.hand_files import PHH_ENDINGS, phh_files, read_lines, read_text
from holdem_mpi.hands.profile import Profile
from holdem_mpi.text import printable

# Names that a message lists.
_MOST_PLAYERS = 10


def hand_histories(
    paths: Sequence[str | Path], profile: Profile, report: Callable[[str], None]
) -> Iterator[HandHistory]:
    """The hands of files and folders, in order. A file that ends in .phh or .phhs is PHH, any other an ACPC log.

    report: gets one line, ``file:line: hand NAME: what was expected``, for each hand or line that is left out, and for
    each file of a folder that cannot be read. UserError where a file or folder named in ``paths`` cannot be read or
    has no hand that can be used.
    """
    for path in map(Path, paths):
        count = 0
        for file, record in _records(path, profile, report):
            try:
                hand = history_of(record, profile.rules, str(file))
            except ProtocolError as error:
                _report(report, file, error.line or record.line, record.name, str(error))
                continue
            count += 1
            yield hand
        if not count:
            raise UserError(_why_none(path, profile))


def _why_none(path: Path, profile: Profile) -> str:
    """Why no hand of a file or folder can be used: the hero is another one, or what was reported."""
    anybody = profile.config.model_copy(update={"hero": 0, "hero_names": []})
    records = _records(path, dataclasses.replace(profile, config=anybody), lambda text: None)
    players = sorted({name for _, record in records for name in record.names})
    known = profile.config.names_of_hero
    if not players or isinstance(profile.config.hero, int) or set(known) & set(players):
        return f"{path}: expected at least one hand that can be used with {profile.source}, got none"
    name = profile.hero_key if profile.hero_key.startswith("--") else f"--hero is not given, and {profile.hero_key}"
    text = f"{name} {' or '.join(known)}: not among the players of {path}; expected "
    text += " or ".join(players[:_MOST_PLAYERS]) + (" or others" if len(players) > _MOST_PLAYERS else "")
    return printable(text)


def _records(path: Path, profile: Profile, report: Callable[[str], None]) -> Iterator[tuple[Path, HandRecord]]:
    """(file, hand) of a file, or of the PHH files of a folder."""
    if not path.is_dir():
        tell = partial(_report, report, path)
        if path.suffix in PHH_ENDINGS:
            records = _phh_records(read_text(path), profile, tell)
        else:
            records = acpc_records(read_lines(path, MAX_LINE), profile, tell)
        yield from ((path, record) for record in records)
        return
    for file in phh_files(path):
        try:
            text = read_text(file)
        except UserError as error:
            report(str(error))
            continue
        yield from ((file, record) for record in _phh_records(text, profile, partial(_report, report, file)))


def _phh_records(text: str, profile: Profile, report: Report) -> Iterator[HandRecord]:
    for section in split_hands(text):
        name = section.header
        try:
            hand, lines = read_hand(section, profile.refuse_other_game)
            name = hand.name
            hero = profile.hero_seat(hand.names)
        except ProtocolError as error:
            report(error.line or section.line, name, str(error))
            continue
        yield HandRecord(section.line, name, hand.names, hero, hand.hole, hand.board, hand.actions, lines)


def _report(report: Callable[[str], None], path: Path, line: int, name: str, text: str) -> None:
    report(" ".join(f"{path}:{line}: {f'hand {name}: ' if name else ''}{text}".split()))
