"""The start of a training: build its problem, compile its kernels once a host, make its trainer."""

from typing import Any

import numpy as np

from holdem_mpi.abstraction.deal_tables import digest_of_deck, tables_of_deck, tables_of_holdem
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.game.game import Game
from holdem_mpi.game.tree import ARRAYS, PublicTree
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compile_once import compile_once
from holdem_mpi.policy.tabular import count_visited
from holdem_mpi.storage.run_folder import RunFolder
from holdem_mpi.training.algorithm import algorithm_of
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.trainer import Progress, Trainer


def build_problem(config: RunConfig, comm: Communicator) -> Problem:
    """Everything that training needs, of a config whose lanes are filled in; builds or opens the card abstraction.
    Collective.
    """
    game = _shared_game(config.game, comm)
    deck, layout = game.toy_deck, game.layout(tuple(config.abstraction.buckets))
    scales = algorithm_of(config).scales(layout.tree, game.num_hands)
    if deck:
        return Problem(config, layout, tables_of_deck(deck), digest_of_deck(deck), scales)
    tables, digest = tables_of_holdem(config.game, config.abstraction, comm)
    return Problem(config, layout, tables, digest, scales)


def _shared_game(config: GameConfig, comm: Communicator) -> Game:
    """The game, its tree built by rank 0: where ranks outnumber the cores, building it on each takes their time."""
    game = Game(config)
    built: list[PublicTree] = []

    def build() -> dict[str, Any]:
        built.append(game.tree)
        arrays = {name: getattr(built[0], name) for name in ARRAYS}
        return {name: [array.dtype.str, list(array.shape)] for name, array in arrays.items()}

    arrays = {}
    for name, (dtype, shape) in comm.on_root(build).items():
        arrays[name] = getattr(built[0], name) if built else np.empty(shape, dtype)
        comm.bcast(arrays[name])
    return game if built else Game(config, PublicTree(rules=game.rules, **arrays))


def trainer_for(problem: Problem, comm: Communicator, folder: RunFolder | None, progress: Progress) -> Trainer:
    """The trainer that a problem's sampler and mode need; the arguments are those of ``Trainer``."""
    return algorithm_of(problem.config).trainer(problem, comm, folder, progress)


def compile_first(problem: Problem, comm: Communicator) -> None:
    """Run every kernel of training once on the first rank of each host; the others load its cache. Collective.

    Compiling takes half a minute the first time, which is then no part of a run's time.
    """
    compile_once(comm, lambda: warm_up(problem, lanes_last=True))


def warm_up(problem: Problem, lanes_last: bool = False) -> None:
    """Run every kernel of a problem's training once. lanes_last: merges before the lanes that take longest to compile,
    as where another process is at these.
    """
    algorithm, layout = algorithm_of(problem.config), problem.layout
    table = np.zeros(algorithm.table_entries(layout), np.dtype(problem.config.solver.precision))
    algorithm.warm_up(problem, table, lanes_last)
    # No place of the table at all: compiling needs types alone.
    pattern = layout.pattern()
    count_visited(table[:0], pattern._replace(width=pattern.width[:0]))
