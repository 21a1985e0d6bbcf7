"""The action menu: which of the legal actions a tree has, as bet sizes in fractions of the pot."""

from collections.abc import Callable
from dataclasses import dataclass

from holdem_mpi.game.rules import CALL, FOLD, BettingState


def limit_menu(state: BettingState) -> list[int]:
    """Every legal action of a fixed-limit game: fold when facing a bet, check or call, and the one raise."""
    legal = state.legal()
    actions = [FOLD] if legal.can_fold else []
    actions.append(CALL)
    if legal.max_raise_to:
        actions.append(legal.max_raise_to)
    return actions


@dataclass(frozen=True)
class SizeMenu:
    """Sizes of a no-limit game, by street.

    bets: pot fractions when nobody has bet on the street.
    raises: pot fractions when facing a bet, of the pot after a call.
    all_in: whether all-in is always on the menu. A size below the minimum raise becomes the minimum; one above the
        stack, or within ``merge`` of it, becomes all-in.
    """

    bets: tuple[tuple[float, ...], ...]
    raises: tuple[tuple[float, ...], ...]
    all_in: tuple[bool, ...]
    merge: float = 0.8

    def __call__(self, state: BettingState) -> list[int]:
        """Actions of the menu that are legal in ``state``, in order of size."""
        legal = state.legal()
        actions = [FOLD] if legal.can_fold else []
        actions.append(CALL)
        if not legal.max_raise_to:
            return actions
        pot = sum(state.contributions) + legal.call_amount
        called = state.contributions[state.player] + legal.call_amount
        fractions = (self.raises if legal.call_amount else self.bets)[state.street]
        sizes = set()
        for fraction in fractions:
            size = max(legal.min_raise_to, called + round(fraction * pot))
            sizes.add(legal.max_raise_to if size >= self.merge * legal.max_raise_to else size)
        if self.all_in[state.street] or not sizes:
            sizes.add(legal.max_raise_to)
        return actions + sorted(sizes)


Menu = Callable[[BettingState], list[int]]
