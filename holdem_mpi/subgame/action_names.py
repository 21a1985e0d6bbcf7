"""Names of a spot's actions, as people write them."""

import re
from collections.abc import Sequence

from holdem_mpi.text import one_line


def named_action(text: str, actions: Sequence[str]) -> str | None:
    """The one of ``actions`` that a name means: as it stands, ``raise 140`` for ``raise to 140``, or ``all-in`` without
    its chips. None if none.
    """
    name = re.sub(r"^raise (?!to )", "raise to ", one_line(text).lower())
    return next((action for action in actions if name == action or (name, action[:7]) == ("all-in", "all-in ")), None)
