"""The actions that a searched subgame offers: sizes on the decision's street, fewer on later ones."""

from dataclasses import dataclass

from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.betting import Menu, SizeMenu, limit_menu
from holdem_mpi.game.rules import CALL, BettingState, Rules
from holdem_mpi.policy.translation import pot_fraction


def search_menu(config: SearchConfig, rules: Rules, street: int, deepest: int | None = None) -> Menu:
    """The actions of a subgame that begins on ``street`` of a game by ``rules``; after street ``deepest`` all check.

    Menus of the same actions are equal, and can be hashed.
    """
    if rules.betting == "fixed_limit":
        return limit_menu if deepest is None else _LimitMenu(deepest)
    last, here = rules.num_streets - 1, STREETS[street]
    sizes = (getattr(config.menu.bet_sizes, here), getattr(config.menu.raise_sizes, here))
    later = (config.later_bets, config.later_raises)
    bets, raises = (
        tuple(tuple(own if each == street else other) for each in range(last + 1)) for own, other in zip(sizes, later)
    )
    all_in = tuple(config.menu.all_in if each == street else each >= last - 1 for each in range(last + 1))
    return _CappedMenu(SizeMenu(bets, raises, all_in), config.most_raises, config.all_in_pots, deepest or last)


@dataclass(frozen=True)
class _LimitMenu:
    """Every legal action of a fixed-limit game, but that nobody bets on streets after ``deepest``."""

    deepest: int

    def __call__(self, state: BettingState) -> list[int]:
        return limit_menu(state) if state.street <= self.deepest else [CALL]


@dataclass(frozen=True)
class _CappedMenu:
    """A menu with fewer actions after some bets and raises.

    sizes: on offer until a street has seen ``most`` bets and raises; then all-in where it is on offer, and no other.
    most: bets and raises of a street.
    pots: no all-in of more than so many pots.
    deepest: nobody bets on streets after it.
    """

    sizes: SizeMenu
    most: int
    pots: float
    deepest: int

    def __call__(self, state: BettingState) -> list[int]:
        actions, all_in = self.sizes(state), state.legal().max_raise_to
        if state.num_raises >= self.most:
            actions = [action for action in actions if action <= CALL or action == all_in]
        if state.street > self.deepest:
            return [CALL]
        if all_in in actions and all_in > CALL and pot_fraction(state, all_in) > self.pots:
            actions.remove(all_in)
        return actions
