"""What seats are called at a table: SB, BB, UTG, HJ, CO, BTN."""

from holdem_mpi.game.rules import Rules

# Of those who act between the blinds and the button, by their number.
_BETWEEN = ((), ("UTG",), ("UTG", "CO"), ("UTG", "HJ", "CO"))


def seat_names(rules: Rules) -> tuple[str, ...]:
    """Names by seat, in the ACPC's order: heads-up BB and BTN, else SB, BB, ..., BTN; ``seat 0`` and so on where blinds
    are posted otherwise.
    """
    players, blinds = rules.num_players, rules.blinds
    if players == 2 and blinds[0] > blinds[1]:
        return ("BB", "BTN")
    if players > 2 and 0 < blinds[0] < blinds[1] and not any(blinds[2:]):
        return ("SB", "BB", *_BETWEEN[players - 3], "BTN")
    return tuple(f"seat {seat}" for seat in range(players))


def seat_with_name(rules: Rules, seat: int) -> str:
    """``seat 1 (BTN)``, or ``seat 1`` where it has no name."""
    name = seat_names(rules)[seat]
    return f"seat {seat}" if name.startswith("seat") else f"seat {seat} ({name})"
