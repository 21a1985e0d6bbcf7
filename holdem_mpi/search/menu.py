"""The actions that a searched subgame offers: sizes on the decision's street, fewer on later ones."""

from holdem_mpi.config.profile_config import STREETS
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.game.betting import LimitMenu, Menu, SizeMenu
from holdem_mpi.game.rules import Rules


def search_menu(
    config: SearchConfig, rules: Rules, street: int, deepest: int | None = None, extra: bool = False
) -> Menu:
    """The actions of a subgame that begins on ``street`` of a game by ``rules``; after street ``deepest`` all check.
    extra: on ``street`` with the menu's extra sizes.

    Menus of the same actions are equal, and can be hashed.
    """
    if rules.betting == "fixed_limit":
        return LimitMenu(deepest)
    last, here = rules.num_streets - 1, STREETS[street]
    sizes = [getattr(config.menu.bet_sizes, here), getattr(config.menu.raise_sizes, here)]
    if extra:
        more = (config.menu.extra_bet_sizes, config.menu.extra_raise_sizes)
        sizes = [sorted({*own, *besides}) for own, besides in zip(sizes, more)]
    later = (config.later_bets, config.later_raises)
    bets, raises = (
        tuple(tuple(own if each == street else other) for each in range(last + 1)) for own, other in zip(sizes, later)
    )
    all_in = tuple(config.menu.all_in if each == street else each >= last - 1 for each in range(last + 1))
    return SizeMenu(
        bets,
        raises,
        all_in,
        most_raises=config.most_raises,
        all_in_pots=config.all_in_pots,
        deepest=deepest or last,
    )
