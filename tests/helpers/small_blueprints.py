"""Blueprints made on the spot, of random numbers or of given ones: no training, no card abstraction."""

from itertools import pairwise

import numpy as np

from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.game.betting import SizeMenu
from holdem_mpi.game.layout import build_layout
from holdem_mpi.game.rules import Rules
from holdem_mpi.game.tree import build_tree
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.tabular import TabularPolicy

from .search_roots import NUM_BUCKETS, pattern_tables

RULES = Rules(stacks=(200, 200), blinds=(10, 5), board_cards=(0, 3, 1, 1))
MENU = SizeMenu(bets=((1.0,), (0.5, 1.0), (1.0,), (1.0,)), raises=((1.0,),) * 4, all_in=(False,) * 4)
# The game that they make.
NO_LIMIT = GameConfig(
    name="small",
    deck="holdem",
    players=2,
    betting="no_limit",
    stacks=list(RULES.stacks),
    blinds=list(RULES.blinds),
    board_cards=list(RULES.board_cards),
    bet_sizes=[list(sizes) for sizes in MENU.bets],
    raise_bet_sizes=[list(sizes) for sizes in MENU.raises],
    all_in=list(MENU.all_in),
)


def holdem_blueprint(seed=5):
    """Heads-up no-limit hold'em, 20 big blinds; preflop classes, later buckets of a pattern; Dirichlet rows."""
    return blueprint_on(build_tree(RULES, MENU), seed)


def blueprint_on(tree, seed=5):
    """Likewise of any heads-up hold'em tree."""
    return Blueprint(random_policy(build_layout(tree, NUM_BUCKETS), seed), pattern_tables())


def random_policy(layout, seed=5):
    """Dirichlet rows, all of them visited."""
    rng = np.random.default_rng(seed)
    probability = np.empty(layout.num_pairs)
    for start, end in pairwise(layout.first_pair_of_row()):
        probability[start:end] = rng.dirichlet(np.ones(end - start))
    return TabularPolicy(layout, probability, np.ones(layout.num_rows, bool))


def set_row(blueprint, node, bucket, probabilities):
    """Change what one bucket does at a decision."""
    pair = blueprint.policy.layout.pair(node, bucket)
    blueprint.policy.probability[pair : pair + len(probabilities)] = probabilities
