"""Names of a spot's actions and of the cards between them, as people write them."""

import re
from collections.abc import Sequence

from holdem_mpi.cards import parse_card, plain_cards
from holdem_mpi.errors import UserError
from holdem_mpi.text import one_line


def named_action(text: str, actions: Sequence[str]) -> str | None:
    """The one of ``actions`` that a name means: as it stands, ``raise 140`` for ``raise to 140``, or ``all-in`` without
    its chips. None if none.
    """
    name = re.sub(r"^raise (?!to )", "raise to ", one_line(text).lower())
    return next((action for action in actions if name == action or (name, action[:7]) == ("all-in", "all-in ")), None)


def named_card(text: str) -> int | None:
    """The card that a word names, if it is one: ``3c``, ``card 3c`` or ``turn 3c``."""
    try:
        return parse_card(plain_cards(re.sub(r"^(card|turn|river)\s+", "", text.strip(), flags=re.IGNORECASE)))
    except UserError:
        return None
