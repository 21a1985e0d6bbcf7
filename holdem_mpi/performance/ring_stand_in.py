"""A small game of three players that compiles what search with three and more needs of a large one's policy."""

import numpy as np

from holdem_mpi.abstraction.percentile import bucket_dtype
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.load import load_config
from holdem_mpi.config.search_config import SearchConfig
from holdem_mpi.config.shipped import shipped_games
from holdem_mpi.game.game import Game
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compilers import Job
from holdem_mpi.policy.blueprint import Blueprint
from holdem_mpi.policy.tabular import TabularPolicy
from holdem_mpi.search.root_search import CardAbstraction
from holdem_mpi.search.team import compile_search
from holdem_mpi.subgame.ring_blueprint import RingContinuation
from holdem_mpi.training.stand_in import empty_tables

_STREETS = [0, 3, 1, 1]
_SECONDS = 60.0
_SMALL = {
    "name": "small",
    "deck": "holdem",
    "players": 3,
    "betting": "no_limit",
    "stacks": 400,
    "blinds": [5, 10, 0],
    "board_cards": _STREETS,
    "bet_sizes": [],
    "max_raises": [1, 0, 0, 0],
}


def ring_search_jobs() -> list[Job]:
    """What compiles search with three and more players, once for all shipped games with buckets of the same types."""
    jobs = {}
    for name in shipped_games():
        config = load_config(name)
        if config.game.players > 2 and config.game.board_cards == _STREETS:
            dtypes = [bucket_dtype(count).name for count in config.abstraction.buckets[1:]]
            arguments = {"dtypes": dtypes, "precision": config.solver.precision}
            name = f"search of three players, {dtypes[-1]}, {config.solver.precision}"
            job = Job(name, f"{__name__}:compile_ring_search", arguments, _SECONDS)
            jobs[job.mark] = job
    return list(jobs.values())


def compile_ring_search(dtypes: list[str], precision: str) -> None:
    """Compile, or load, all that a search with a blueprint of three and more players calls.

    dtypes: of the blueprint's buckets, by street from the flop on. precision: of its probabilities.
    """
    game = Game(GameConfig.model_validate(_SMALL))
    layout = game.layout((169, 1, 1, 1))
    rows = TabularPolicy(layout, np.ones(layout.num_pairs, precision), np.ones(layout.num_rows, bool))
    continuation = RingContinuation(Blueprint(rows, empty_tables(game.config, dtypes)))
    config = SearchConfig()
    buckets = (169, *[config.buckets] * 3)
    tables = empty_tables(game.config, [bucket_dtype(config.buckets).name] * 3)
    compile_search(Communicator(), config, game.rules, CardAbstraction(tables, buckets, continuation))
