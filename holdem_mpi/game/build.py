"""From a config's game section to rules, action menu and public tree."""

from holdem_mpi.config_schema import GameConfig
from holdem_mpi.game.betting import Menu, SizeMenu, limit_menu
from holdem_mpi.game.rules import Rules, kuhn_rules, leduc_rules
from holdem_mpi.game.toy import ToyDeck, toy_deck
from holdem_mpi.game.tree import PublicTree, build_tree


def rules_of(game: GameConfig) -> Rules:
    """The rules that a config describes. ConfigError where they contradict each other."""
    if game.deck == "kuhn":
        return kuhn_rules(game.players)
    if game.deck == "leduc":
        return leduc_rules(game.players)
    return Rules(
        stacks=tuple(game.stacks),
        blinds=tuple(game.blinds),
        ante=game.ante,
        betting=game.betting,
        board_cards=tuple(game.board_cards),
        first_to_act=tuple(game.first_to_act),
        raise_sizes=tuple(game.raise_sizes),
        max_raises=tuple(game.max_raises),
    )


def menu_of(game: GameConfig) -> Menu:
    """The action menu of a config: every action in limit games, the listed sizes in no-limit ones."""
    if game.deck != "holdem" or game.betting == "fixed_limit":
        return limit_menu
    return SizeMenu(
        bets=tuple(tuple(sizes) for sizes in game.bet_sizes),
        raises=tuple(tuple(sizes) for sizes in game.raise_bet_sizes),
        all_in=tuple(game.all_in),
    )


def tree_of(game: GameConfig) -> PublicTree:
    """The public tree of a config's game."""
    return build_tree(rules_of(game), menu_of(game))


def deck_of(game: GameConfig) -> ToyDeck | None:
    """The deck of a toy game; None for hold'em."""
    return None if game.deck == "holdem" else toy_deck(game.deck, game.players)
