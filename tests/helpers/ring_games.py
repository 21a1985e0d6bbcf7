"""Small games of three and more players for the tests of their search, with blueprints made on the spot."""

import functools

import numpy as np

from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.cards import CLASS_OF_HAND
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.game.betting import SizeMenu
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import build_layout
from holdem_mpi.game.rules import Rules
from holdem_mpi.game.tree import build_tree
from holdem_mpi.kernels.cards.deal import holdem_tables
from holdem_mpi.policy.blueprint import Blueprint

from .search_roots import NUM_BUCKETS, pattern_tables
from .small_blueprints import random_policy

THREE = Rules(stacks=(400, 400, 400), blinds=(5, 10, 0), board_cards=(0, 3, 1, 1))
MENU = SizeMenu(bets=((1.0,),) * 4, raises=((), (1.0,), (), ()), all_in=(False, False, False, False))


@functools.cache
def toy_game(name, players=3):
    """Kuhn or Leduc."""
    return Game(GameConfig(name=f"{name}_{players}p", deck=name, players=players))


def toy_blueprint(game, probability=None):
    """Of a toy game, with ``probability`` (float64[pairs]), or of even rows."""
    layout = game.layout()
    policy = random_policy(layout)
    first = layout.first_pair_of_row()
    even = np.repeat(1.0 / np.diff(first), np.diff(first))
    policy.probability[:] = even if probability is None else probability
    return Blueprint(policy, tables_of_deck(game.toy_deck))


@functools.cache
def ring_tables(players=3):
    """``pattern_tables`` of more players."""
    tables = pattern_tables()
    by_cards = {size: getattr(tables, f"bucket_of_{size}") for size in (3, 4, 5)}
    return holdem_tables(players, (0, 3, 1, 1), CLASS_OF_HAND.astype(np.uint16), dict(by_cards))


@functools.cache
def ring_blueprint(rules=THREE, seed=5):
    """No-limit hold'em of three players, 40 big blinds; buckets of a pattern, random rows."""
    layout = build_layout(build_tree(rules, MENU), NUM_BUCKETS)
    return Blueprint(random_policy(layout, seed), ring_tables(rules.num_players))
