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
    all_in: whether all-in is always on the menu, as it is where there is no size.
    merge: a size of this share of the stack, or more, becomes all-in; one below the minimum raise becomes the minimum.
    limp: whether the blind may be called before anybody has raised, by whoever can raise.
    """

    bets: tuple[tuple[float, ...], ...]
    raises: tuple[tuple[float, ...], ...]
    all_in: tuple[bool, ...]
    merge: float = 0.8
    limp: bool = True

    def __call__(self, state: BettingState) -> list[int]:
        """Actions of the menu that are legal in ``state``, in order of size."""
        legal = state.legal()
        actions = [FOLD] if legal.can_fold else []
        if not legal.max_raise_to:
            return [*actions, CALL]
        would_limp = state.street == 0 and state.num_raises == 0 and legal.can_fold
        if self.limp or not would_limp:
            actions.append(CALL)
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
