"""Names of positions, in the order in which they act after the flop."""

from collections.abc import Sequence
from typing import Any

# Names in one group are of one seat.
_ORDER = (
    ("oop",),
    ("sb",),
    ("bb",),
    ("utg", "ep"),
    ("utg+1", "utg1"),
    ("utg+2", "utg2"),
    ("mp", "mp1"),
    ("lj", "mp2"),
    ("hj", "mp3"),
    ("co",),
    ("btn", "bu", "button", "dealer"),
    ("ip",),
)
_PLACE = {name: place for place, names in enumerate(_ORDER) for name in names}
UNKNOWN = len(_ORDER)
KNOWN = "oop, ip, SB, BB, UTG, UTG+1, UTG+2, MP, LJ, HJ, CO or BTN"


def place_of(position: Any) -> int:
    """When a position acts after the flop; names that nobody knows come last, as UNKNOWN."""
    return _PLACE.get(position.strip().lower(), UNKNOWN) if isinstance(position, str) else UNKNOWN


def one_of_positions(name: str, positions: Sequence[str]) -> str | None:
    """The one of ``positions`` that ``name`` means, in any case and by any of its names (BTN, button); None if none."""
    place = place_of(name)
    return next((each for each in positions if place < UNKNOWN and place_of(each) == place), None)
