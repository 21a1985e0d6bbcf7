"""A small problem that compiles what a large one needs: kernels know the types of their arrays, never their sizes.

So other processes can compile for a training whose tree and card abstraction are still being built.
"""

from typing import Any

import numpy as np

from holdem_mpi.abstraction.build_abstraction import building_jobs
from holdem_mpi.abstraction.deal_tables import tables_of_deck
from holdem_mpi.abstraction.features import number_of_boards
from holdem_mpi.abstraction.percentile import bucket_dtype
from holdem_mpi.cards import CLASS_OF_HAND, NUM_HANDS
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.game.game import Game
from holdem_mpi.game.layout import build_layout
from holdem_mpi.game.rules import BettingState
from holdem_mpi.game.tree import small_tree
from holdem_mpi.kernels.cards.deal import DealTables, holdem_tables
from holdem_mpi.parallel.compilers import Job
from holdem_mpi.training.algorithm import SMALL_PAIRS, ActionSampling, algorithm_of
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.start import warm_up

_SECONDS = 30.0
_TOY = {"name": "leduc", "deck": "leduc", "players": 2}


def training_jobs(config: RunConfig) -> list[Job]:
    """What other processes can compile for a training of ``config`` meanwhile: what builds its card abstraction, where
    that is not there, and what its lanes need.
    """
    building = building_jobs(config.game, config.abstraction) if config.game.deck == "holdem" else []
    return [*building, *lane_jobs(config)]


def lane_jobs(config: RunConfig) -> list[Job]:
    """All that samplers of actions need, once for all games whose arrays have the same types. Nothing for other
    samplers, whose kernels need a real table.
    """
    if not isinstance(algorithm_of(config), ActionSampling):
        return []
    game = Game(config.game)
    arguments = {
        "board_cards": [] if game.is_toy else config.game.board_cards,
        "dtypes": [] if game.is_toy else [bucket_dtype(count).name for count in config.abstraction.buckets[1:]],
        "is_small": _is_small(game, tuple(config.abstraction.buckets)),
        "mode": config.mode,
        "late_merge": config.late_merge,
        "sampler": config.solver.sampler,
        "precision": config.solver.precision,
    }
    kind = "small games" if game.is_toy else f"{game.num_streets} streets"
    name = f"{config.solver.sampler} sampling, {kind}"
    return [Job(name, f"{__name__}:compile_training", arguments, _SECONDS)]


def _is_small(game: Game, buckets: tuple[int, ...]) -> bool:
    """Whether lanes have tables of their own."""
    tree = small_tree(game.rules, game.menu, BettingState.start(game.rules))
    return tree is not None and build_layout(tree, game.buckets(buckets)).num_pairs <= SMALL_PAIRS


def compile_training(
    board_cards: list[int],
    dtypes: list[str],
    is_small: bool,
    mode: str,
    late_merge: bool,
    sampler: str,
    precision: str,
) -> None:
    """Compile, or load, all that a training needs once its tree and its card abstraction are there. Takes a second
    beside the compiling.

    board_cards: by street; none of a toy game. dtypes: of the buckets, by street from the flop on. is_small: whether
    lanes have tables of their own. The others are those of the config.
    """
    solver = {"sampler": sampler, "precision": precision}
    config = RunConfig.model_validate(
        {"game": small_game(board_cards), "solver": solver, "mode": mode, "late_merge": late_merge, "lanes": 1}
        | ({"abstraction": {"buckets": [169] + [1] * len(dtypes)}} if board_cards else {})
    )
    warm_up(_stand_in(config, dtypes, is_small))


def small_game(board_cards: list[int]) -> dict[str, Any]:
    """A toy game, or fixed limit with a bet a street, which is two players' smallest tree."""
    streets = len(board_cards)
    sizes = {"raise_sizes": [2] * streets, "max_raises": [1] * streets, "stacks": 20, "blinds": [2, 1]}
    holdem = {"name": "small", "deck": "holdem", "players": 2, "betting": "fixed_limit", "board_cards": board_cards}
    return holdem | sizes if board_cards else _TOY


def _stand_in(config: RunConfig, dtypes: list[str], is_small: bool) -> Problem:
    game = Game(config.game)
    # Of a large game the table is large, whatever its tree.
    layout = game.layout(tuple([169] + [1 if is_small else SMALL_PAIRS] * len(dtypes)))
    tables = tables_of_deck(game.toy_deck) if game.toy_deck else empty_tables(config.game, dtypes)
    return Problem(config, layout, tables, "", algorithm_of(config).scales(layout.tree, game.num_hands))


def empty_tables(game: GameConfig, dtypes: list[str]) -> DealTables:
    """Deal tables with every hand in bucket 0. They take no memory, as nobody writes to them."""
    buckets = {
        3 + place: np.zeros(number_of_boards(1 + place) * NUM_HANDS, dtype) for place, dtype in enumerate(dtypes)
    }
    return holdem_tables(game.players, tuple(game.board_cards), CLASS_OF_HAND.astype(np.uint16), buckets)
