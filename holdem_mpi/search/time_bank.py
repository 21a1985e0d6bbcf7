"""Time that answers left of their deadlines, kept for later ones."""

# Of what is in the bank, what one decision may take: something is left for those that come after it.
SHARE = 0.5


class TimeBank:
    """Milliseconds that decisions have not used, ``most_ms`` at most; empty at first.

    All decisions together take no longer than their deadlines together: what one takes above its own deadline others
    have left of theirs.

    in_bank: milliseconds.
    """

    def __init__(self, most_ms: float) -> None:
        self._most, self.in_bank = most_ms, 0.0

    def allowed(self, deadline_ms: float) -> float:
        """Milliseconds for a decision: its deadline, and a share of the bank."""
        return deadline_ms + SHARE * self.in_bank

    def settle(self, deadline_ms: float, spent_ms: float) -> None:
        """A decision with ``deadline_ms`` of its own took ``spent_ms``."""
        self.in_bank = min(max(self.in_bank + deadline_ms - spent_ms, 0.0), self._most)
