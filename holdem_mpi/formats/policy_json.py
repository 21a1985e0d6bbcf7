"""The text form of an average policy, ``avg_policy.json``: for people, other programs, and small games.

An infoset's key is ``player|street|bucket|betting``, such as ``1|1|AKs|cr300/c``: the bucket by its name, the betting
as in the ACPC protocol (``f`` fold, ``c`` check or call, ``rN`` raise to N chips in all), streets separated by ``/``.
"""

import json
import math
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from holdem_mpi.errors import DataError

FORMAT = "holdem_mpi avg_policy"
VERSION = 1
HEADER_KEYS = ("game", "bucket_digest", "table_digest", "complete")
_ACTION = re.compile(r"f|c|r[1-9][0-9]{0,9}", re.ASCII)
_KEY = re.compile(r"([0-5])\|([0-3])\|([A-Za-z0-9-]{1,32})\|((?:f|c|r[1-9][0-9]{0,9}|/)*)", re.ASCII)
_SUM_TOLERANCE = 1e-5  # float32 probabilities do not add up to 1 exactly


class InfosetKey(NamedTuple):
    """Who acts where.

    player: the seat.
    street: from 0.
    bucket: its name.
    betting: so far, with one ``/`` for each street begun.
    """

    player: int
    street: int
    bucket: str
    betting: str


class PolicyRow(NamedTuple):
    """The policy at one infoset.

    key: of the infoset.
    actions: their names.
    probabilities: of the actions.
    visited: False where training never came there.
    """

    key: InfosetKey
    actions: tuple[str, ...]
    probabilities: tuple[float, ...]
    visited: bool


def format_key(key: InfosetKey) -> str:
    """Text of a key. ValueError where it would not be read back."""
    text = f"{key.player}|{key.street}|{key.bucket}|{key.betting}"
    if parse_key_or_none(text) != key:
        raise ValueError(f"not an infoset key: {key}")
    return text


def parse_key(text: str) -> InfosetKey:
    """Key of its text. DataError where it is none."""
    key = parse_key_or_none(text)
    if key is None:
        raise DataError(f"infoset key {text[:80]!r}: expected player|street|bucket|betting such as '1|1|AKs|cr300/c'")
    return key


def parse_key_or_none(text: str) -> InfosetKey | None:
    """Key of its text, or None."""
    match = _KEY.fullmatch(text)
    if match is None or match[4].count("/") != int(match[2]):
        return None
    return InfosetKey(int(match[1]), int(match[2]), match[3], match[4])


def dumps(header: dict[str, Any], rows: Iterable[PolicyRow]) -> str:
    """JSON text, one infoset a line. ``header``: ``game`` (its config, with a name), ``bucket_digest`` (None without
    buckets), ``table_digest``, ``complete`` (False where only part of the game is in it).

    Floats are written so that they are read back to the bit. ValueError on what ``loads`` would refuse.
    """
    try:
        _check_header(header)
        seen: set[str] = set()
        lines = []
        for row in rows:
            key = format_key(row.key)
            if key in seen:
                raise ValueError(f"infoset {key} appears twice")
            seen.add(key)
            body = {
                "actions": list(row.actions),
                "probabilities": [float(probability) for probability in row.probabilities],
                "visited": bool(row.visited),
            }
            _row_of(key, body)
            lines.append(f"  {json.dumps(key)}: {json.dumps(body, allow_nan=False)}")
    except DataError as error:
        raise ValueError(str(error)) from None
    head = {"format": FORMAT, "version": VERSION} | {key: header[key] for key in HEADER_KEYS}
    parts = [f" {json.dumps(key)}: {json.dumps(value, allow_nan=False)},\n" for key, value in head.items()]
    return "{\n" + "".join(parts) + ' "infosets": {\n' + ",\n".join(lines) + "\n }\n}\n"


def loads(text: str, source: str = "avg_policy.json") -> tuple[dict[str, Any], list[PolicyRow]]:
    """Header and rows of a text that ``dumps`` could have written. DataError, one line that begins with ``source``, on
    anything else.
    """
    try:
        return _header_and_rows(text)
    except DataError as error:
        raise DataError(f"{source}: {error}") from None


def _header_and_rows(text: str) -> tuple[dict[str, Any], list[PolicyRow]]:
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except RecursionError:
        raise DataError("nested too deeply, expected a policy in JSON") from None
    except ValueError as error:
        raise DataError(f"not JSON: {' '.join(str(error).split())[:120]}") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise DataError(f"expected an object with format {FORMAT!r}")
    version = data.get("version")
    if type(version) is not int or version != VERSION:
        raise DataError(f"version {version!r:.60}, expected {VERSION}")
    expected = {"format", "version", "infosets", *HEADER_KEYS}
    if data.keys() != expected:
        raise DataError(f"expected the keys {sorted(expected)}, got {sorted(data)}"[:300])
    header = {key: data[key] for key in HEADER_KEYS}
    _check_header(header)
    if not isinstance(data["infosets"], dict):
        raise DataError("infosets: expected an object")
    return header, [_row_of(key, body) for key, body in data["infosets"].items()]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        raise DataError(f"duplicate key {next(name for name in names if names.count(name) > 1)[:80]!r}")
    return result


def _refuse_constant(text: str) -> float:
    raise DataError(f"{text} is no JSON, expected finite numbers")


def _check_header(header: dict[str, Any]) -> None:
    if header.keys() != set(HEADER_KEYS):
        raise DataError(f"expected a header with {sorted(HEADER_KEYS)}, got {sorted(header)}"[:300])
    game = header["game"]
    if not isinstance(game, dict) or not isinstance(game.get("name"), str):
        raise DataError("game: expected an object with a name")
    if not isinstance(header["bucket_digest"], str | None) or not isinstance(header["table_digest"], str):
        raise DataError("bucket_digest and table_digest: expected texts")
    if not isinstance(header["complete"], bool):
        raise DataError("complete: expected true or false")


def _row_of(text: str, body: Any) -> PolicyRow:
    key = parse_key(text)
    place = f"infoset {text}"
    if not isinstance(body, dict) or body.keys() != {"actions", "probabilities", "visited"}:
        raise DataError(f"{place}: expected an object with actions, probabilities and visited")
    actions, probabilities, visited = body["actions"], body["probabilities"], body["visited"]
    if not isinstance(actions, list) or not actions or not all(_is_action(action) for action in actions):
        raise DataError(f"{place}: actions: expected a list of f, c and rN")
    if len(set(actions)) != len(actions):
        raise DataError(f"{place}: an action appears twice")
    if not isinstance(probabilities, list) or len(probabilities) != len(actions):
        raise DataError(f"{place}: expected a probability for each of {len(actions)} actions")
    if not all(type(value) in (int, float) and 0 <= value <= 1 for value in probabilities):
        raise DataError(f"{place}: probabilities: expected numbers from 0 to 1")
    if abs(math.fsum(probabilities) - 1) > _SUM_TOLERANCE:
        raise DataError(f"{place}: probabilities add up to {math.fsum(probabilities):.6g}, expected 1")
    if not isinstance(visited, bool):
        raise DataError(f"{place}: visited: expected true or false")
    return PolicyRow(key, tuple(actions), tuple(float(value) for value in probabilities), visited)


def _is_action(action: Any) -> bool:
    return isinstance(action, str) and _ACTION.fullmatch(action) is not None
