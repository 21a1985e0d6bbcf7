"""How many buckets a street may have."""

from collections.abc import Sequence
from pathlib import Path

from holdem_mpi.text import whole

# A folder with this file holds bucket tables; the file says which.
ABSTRACTION_FILE = "abstraction.yaml"

# Hands and boards of a street up to a renaming of suits, the order of its board cards forgotten.
LOSSLESS_BUCKETS = {3: 1_286_792, 4: 13_960_050, 5: 123_156_254}
# Buckets of a street that are not lossless.
MAX_BUCKETS = 60_000
# Buckets of a texture of boards, on average; and the fewest textures that flops, turns and rivers are told apart by.
LEAST_OF_TEXTURE = 6
COARSEST_TEXTURES = {3: 6, 4: 15, 5: 13}
EXPECTED_BUCKETS = f"expected 1 to {MAX_BUCKETS} buckets, or lossless"
# Values that hands' strengths have on the last street of a game with so many board cards. On earlier streets there are
# more than MAX_BUCKETS: 63,108 on the flop before a last turn, 747,365 and 83,029 before a river.
STRENGTHS = {3: 1390, 4: 1912, 5: 1950}


def buckets(text: str) -> list[int | str] | str:
    """Ints (or ``lossless``) separated by commas, or the folder of a built abstraction. ValueError on anything else."""
    if (Path(text) / ABSTRACTION_FILE).is_file():
        return text
    return [part if part == "lossless" else whole(part) for part in text.split(",")]


# What an error of argparse calls a text that is neither.
buckets.__name__ = "list of integers or folder of an abstraction"


def known_buckets(buckets: int) -> int:
    """``buckets`` that percentiles or clusters make, or that are lossless."""
    if not 1 <= buckets <= MAX_BUCKETS and buckets not in LOSSLESS_BUCKETS.values():
        raise ValueError(f"{EXPECTED_BUCKETS}, got {buckets}")
    return buckets


def too_few_for_textures(buckets: int, board_cards: int) -> str:
    """What to say where there are too few buckets for the textures of boards of so many cards; else nothing."""
    least = LEAST_OF_TEXTURE * COARSEST_TEXTURES[board_cards]
    return f"expected at least {least} by texture, got {buckets}" if buckets < least else ""


def too_many_strengths(buckets: Sequence[int], methods: Sequence[str], board_cards: int) -> str:
    """What to say where the last street, of so many board cards, has more buckets of hands' strengths than there are
    strengths; else nothing. methods: by street, or none.
    """
    most, number, method = STRENGTHS[board_cards], buckets[-1], methods[-1] if methods else "percentile"
    if number <= most or number == LOSSLESS_BUCKETS[board_cards] or method not in ("percentile", "ehs_kmeans"):
        return ""
    return f"expected at most {most} by {method} on the last street, whose strengths have no more values, got {number}"
